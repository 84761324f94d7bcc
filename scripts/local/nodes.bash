# shellcheck shell=bash
# The run's nodes and the balancer in front of them. Sourced by scripts/run and scripts/bench, which set
# `local_dir`, `programs`, `database_url`, `redis_url` and the ports.

readonly nodes=(a b)
# Further options of every node.
node_options=()
# Set to let the nodes listen for the balancer's connections at Unix sockets, and at their ports otherwise.
nodes_at_sockets=

# http_status PORT PATH: prints the status of a GET on loopback.
http_status() {
    local protocol status rest
    exec 8<>"/dev/tcp/127.0.0.1/$1" || return 1
    printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$2" >&8
    read -r -t 5 protocol status rest <&8 || status=
    exec 8>&-
    : "$protocol" "$rest"
    printf '%s' "$status"
}

is_ready() { [ "$(http_status "$1" /readyz)" = 200 ]; }
accepts() { (exec 8<>"/dev/tcp/127.0.0.1/$1"); }

# node_address NAME: where the node listens for the balancer. The stores' folder of sockets is closed to its workers.
node_address() {
    if [ -n "$nodes_at_sockets" ]; then
        printf 'unix:%s/%s' "$socket_dir-nodes" "$1"
    else
        printf '127.0.0.1:%s' "${node_port[$1]}"
    fi
}

# start_node NAME: it is ready when await_node comes back.
start_node() {
    CHAT_DATABASE=$database_url CHAT_REDIS=$redis_url start_process "node-$1" TERM \
        -- "$programs/chatserver" serve --node "$1" --listen "$(node_address "$1")" \
        --http "127.0.0.1:${http_port[$1]}" --proxy-protocol --trust-forwarded "${node_options[@]}"
}

await_node() { await "node-$1" 60 is_ready "${http_port[$1]}"; }

# Renders the balancer's configuration, checks it, and starts it.
start_balancer() {
    local folder=$local_dir/nginx
    mkdir -p "$folder"
    "$scripts/render-nginx" >"$folder/nginx.conf" \
        FOLDER="$folder" BALANCER="127.0.0.1:$balancer_port" BALANCER_HTTP="127.0.0.1:$balancer_http_port" \
        ENTRY_A="127.0.0.1:${entry_port[a]}" ENTRY_B="127.0.0.1:${entry_port[b]}" \
        NODE_A="$(node_address a)" NODE_B="$(node_address b)" \
        HTTP_A="127.0.0.1:${http_port[a]}" HTTP_B="127.0.0.1:${http_port[b]}"
    start_process nginx TERM -- "$(PATH=$PATH:/usr/sbin command -v nginx)" -p "$folder" -c "$folder/nginx.conf" \
        -e "$folder/error.log"
    await nginx 20 accepts "$balancer_port"
}
