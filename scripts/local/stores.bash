# shellcheck shell=bash
# The run's own PostgreSQL and Redis. Sourced by scripts/run and scripts/bench, which set `local_dir`; sets `store_dir`, `socket_dir`,
# `database_url`, `database_tcp_url` and `redis_url`.
#
# PostgreSQL refuses to run as root. So where this script is root, both stores run as the system's user `postgres`, and
# their data belongs to it. That user may be unable to reach a checkout in, say, /root: then the data stands under
# /var/lib/parley, in a folder named after the checkout, and .local/stores points to it.

readonly service_user=postgres
# The longest path of a Unix socket is 107 bytes, and checkouts lie deep: sockets get a short folder of their own.
socket_dir=

as_root_user() { [ "$(id -u)" = 0 ]; }

# Runs a command as the user that the stores run as.
as_store() {
    if as_root_user; then
        setpriv --reuid="$service_user" --regid="$service_user" --init-groups "$@"
    else
        "$@"
    fi
}

# The prefix of a command for start_process, which has setpriv already.
store_identity() {
    if as_root_user; then printf '%s\n' --reuid="$service_user" --regid="$service_user" --init-groups; fi
}

find_postgres_programs() {
    local found
    found=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    [ -x "$found/initdb" ] || fail "no PostgreSQL server found under /usr/lib/postgresql; make deps installs it"
    printf '%s' "$found"
}

# Makes sure that the store user owns the folder, and can write in it.
give_to_store() {
    mkdir -p "$1" || return 1
    ! as_root_user || chown "$service_user:" "$1" 2>/dev/null || return 1
    # shellcheck disable=SC2016
    chmod 700 "$1" && as_store sh -c 'cd "$1" && touch .reachable && rm .reachable' sh "$1" 2>/dev/null
}

choose_store_dir() {
    local elsewhere
    store_dir=$local_dir/stores
    if [ -L "$store_dir" ]; then
        store_dir=$(readlink "$store_dir")
        give_to_store "$store_dir" || fail "cannot use $store_dir"
    elif ! give_to_store "$store_dir"; then
        [ -z "$(ls -A "$store_dir" 2>/dev/null)" ] || fail "$store_dir holds data, but user $service_user cannot reach it"
        elsewhere=/var/lib/parley/$(printf '%s' "$local_dir" | sha256sum | cut -c 1-16)
        mkdir -p "${elsewhere%/*}" && chmod 755 "${elsewhere%/*}"
        give_to_store "$elsewhere" || fail "neither $store_dir nor $elsewhere can be used by user $service_user"
        rm -rf "$store_dir"
        ln -s "$elsewhere" "$store_dir"
        printf '%s: user %s cannot reach this checkout, the data is in %s\n' "${0##*/}" "$service_user" "$elsewhere"
        store_dir=$elsewhere
    fi
}

make_socket_dir() {
    local previous
    if [ -f "$local_dir/run.sockets" ]; then
        previous=$(<"$local_dir/run.sockets")
        case $previous in /tmp/parley-run-*) rm -rf "$previous" "$previous-nodes" ;; esac
    fi
    socket_dir=$(mktemp -d /tmp/parley-run-XXXXXX)
    printf '%s\n' "$socket_dir" >"$local_dir/run.sockets"
    ! as_root_user || chown "$service_user:" "$socket_dir"
    mkdir -m 711 "$socket_dir-nodes"
}

remove_socket_dir() { [ -z "$socket_dir" ] || rm -rf "$socket_dir" "$socket_dir-nodes" "$local_dir/run.sockets"; }

# Makes the cluster once. The password is for the loopback port only; the socket's folder is closed to others.
init_postgres() {
    local data=$store_dir/postgres password password_file=$socket_dir/password
    [ ! -e "$data/PG_VERSION" ] || return 0
    printf '%s: making a database cluster\n' "${0##*/}"
    rm -rf "$data.new"
    password=$(head -c 18 /dev/urandom | base64 | tr '+/' 'ab')
    (umask 077 && printf '%s\n' "127.0.0.1:*:*:chat:$password" >"$local_dir/pgpass")
    (umask 077 && printf '%s\n' "$password" >"$password_file")
    ! as_root_user || chown "$service_user:" "$password_file"
    as_store "$postgres_programs/initdb" --pgdata="$data.new" --username=chat --encoding=UTF8 --locale=C.UTF-8 \
        --data-checksums --auth-local=trust --auth-host=scram-sha-256 --pwfile="$password_file" \
        >>"$local_dir/log/postgres.log" 2>&1 || fail_with_log postgres "initdb failed"
    rm -f "$password_file"
    mv "$data.new" "$data"
}

start_postgres() {
    local data=$store_dir/postgres port=$1 identity
    postgres_programs=$(find_postgres_programs)
    init_postgres
    if as_store "$postgres_programs/pg_ctl" -D "$data" status >/dev/null 2>&1; then
        printf '%s: stopping the PostgreSQL that an earlier run left on this data\n' "${0##*/}"
        as_store "$postgres_programs/pg_ctl" -D "$data" -m fast -w stop >/dev/null
    fi
    mapfile -t identity < <(store_identity)
    start_process postgres INT "${identity[@]}" -- "$postgres_programs/postgres" -D "$data" -p "$port" \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories="$socket_dir"
    database_url="postgresql:///chat?host=$socket_dir&port=$port&user=chat"
    # shellcheck disable=SC2034
    database_tcp_url="postgresql://chat@127.0.0.1:$port/chat"
    await postgres 60 "$postgres_programs/pg_isready" -q -h "$socket_dir" -p "$port"
    "$postgres_programs/psql" -XAtq "postgresql:///postgres?host=$socket_dir&port=$port&user=chat" <<<"
        SELECT 'CREATE DATABASE chat' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'chat') \\gexec"
}

# Redis carries nothing that must survive: it saves nothing, and its memory is bounded.
start_redis() {
    local identity
    mapfile -t identity < <(store_identity)
    start_process redis TERM "${identity[@]}" -- "$(command -v redis-server)" --port 0 --save '' --appendonly no \
        --unixsocket "$socket_dir/redis.sock" --unixsocketperm 700 --dir "$store_dir" \
        --maxmemory 256mb --maxmemory-policy noeviction
    redis_url="redis+unix://$socket_dir/redis.sock"
    await redis 20 redis_answers
}

redis_answers() { [ "$(redis-cli -s "$socket_dir/redis.sock" ping 2>/dev/null)" = PONG ]; }
