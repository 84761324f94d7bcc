# shellcheck shell=bash
# Everything together: both stores, the schema, the nodes and the balancer, up in order and down backwards. Sourced by
# scripts/run and scripts/bench, behind the other files of this folder; sets the ports.

declare -A entry_port node_port http_port

# Every connection is a file to a node, and two to the balancer.
allow_many_files() {
    local most
    most=$(ulimit -Hn)
    if [ "$most" = unlimited ] || [ "$most" -gt 65536 ]; then most=65536; fi
    ulimit -Sn "$most"
}

choose_ports() {
    local ports
    mapfile -t ports < <("$scripts/free-ports" 6000 6001 6002 6080 6011 6012 6081 6082 6054)
    [ "${#ports[@]}" = 9 ] || fail "no free ports found"
    balancer_port=${ports[0]} balancer_http_port=${ports[3]} postgres_port=${ports[8]}
    entry_port=([a]=${ports[1]} [b]=${ports[2]})
    node_port=([a]=${ports[4]} [b]=${ports[5]})
    http_port=([a]=${ports[6]} [b]=${ports[7]})
}

migrate() {
    CHAT_DATABASE=$database_url "$programs/chatserver" migrate >>"$local_dir/log/migrate.log" 2>&1 ||
        fail_with_log migrate "the migration failed"
}

start_stores() {
    rotate_logs
    choose_ports
    choose_store_dir
    make_socket_dir
    start_postgres "$postgres_port"
    start_redis
    migrate
}

start_nodes() {
    for node in "${nodes[@]}"; do start_node "$node"; done
    for node in "${nodes[@]}"; do await_node "$node"; done
    start_balancer
}

start_everything() {
    start_stores
    start_nodes
}

# What a script needs to find this run: lines of NAME='VALUE'.
write_addresses() {
    (
        umask 077
        {
            printf "CHAT_DATABASE='%s'\nCHAT_REDIS='%s'\n" "$database_url" "$redis_url"
            printf "CHAT_BALANCER='127.0.0.1:%s'\nCHAT_BALANCER_HTTP='127.0.0.1:%s'\n" "$balancer_port" "$balancer_http_port"
            for node in "${nodes[@]}"; do
                printf "CHAT_NODE_%s='127.0.0.1:%s'\n" "${node^^}" "${entry_port[$node]}"
                printf "CHAT_NODE_%s_HTTP='127.0.0.1:%s'\n" "${node^^}" "${http_port[$node]}"
                printf "CHAT_NODE_%s_LISTEN='%s'\n" "${node^^}" "$(node_address "$node")"
                printf "CHAT_NODE_%s_PID='%s'\n" "${node^^}" "${pid_of[node-$node]}"
            done
            printf "CHAT_POSTGRES_PID='%s'\nCHAT_REDIS_PID='%s'\nCHAT_NGINX_PID='%s'\n" \
                "${pid_of[postgres]}" "${pid_of[redis]}" "${pid_of[nginx]}"
            printf "CHAT_RUN_PID='%s'\n" $$
        } >"$local_dir/run.env.new"
    )
    mv "$local_dir/run.env.new" "$local_dir/run.env"
}

# Backwards: the balancer takes no more, the nodes say goodbye (10 s), then what they stood on.
stop_nodes() {
    local node
    signal_process nginx QUIT
    for node in "${nodes[@]}"; do signal_process "node-$node" TERM; done
    for node in "${nodes[@]}"; do
        await_end "node-$node" 11 || { printf '%s: node-%s is ended by force\n' "${0##*/}" "$node" >&2; signal_process "node-$node" KILL; }
    done
    signal_process nginx TERM
    await_end nginx 5 || signal_process nginx KILL
}

stop_stores() {
    signal_process redis TERM
    await_end redis 5 || signal_process redis KILL
    signal_process postgres INT
    await_end postgres 60 || { signal_process postgres QUIT; await_end postgres 10 || true; }
}
