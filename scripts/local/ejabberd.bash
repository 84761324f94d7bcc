# shellcheck shell=bash
# An ejabberd of the run's own, in Debian's version, that stores in the run's PostgreSQL. Sourced by
# scripts/bench-compare behind stores.bash; needs `store_dir`, `socket_dir` and a PostgreSQL that runs.

# The password of chat-bench's users.
readonly bench_password=throw-away-of-the-benchmark

# Where Debian put its modules: /usr/lib/ARCHITECTURE/ejabberd-VERSION.
ejabberd_libraries() { dpkg-query -L ejabberd | sed -n 's|/[^/]*/ebin/ejabberd\.app$||p'; }

in_ejabberd_database() {
    "$postgres_programs/psql" -XAtq -v ON_ERROR_STOP=1 "postgresql:///ejabberd?host=$socket_dir&port=$postgres_port&user=chat" "$@"
}

# make_ejabberd_database USERS: the schema of the package, and the accounts of chat-bench's users.
make_ejabberd_database() {
    "$postgres_programs/psql" -XAtq "postgresql:///postgres?host=$socket_dir&port=$postgres_port&user=chat" \
        -c 'DROP DATABASE IF EXISTS ejabberd' -c 'CREATE DATABASE ejabberd'
    in_ejabberd_database -f /usr/share/ejabberd/sql/pg.sql >>"$local_dir/log/ejabberd-schema.log" 2>&1 ||
        fail_with_log ejabberd-schema "ejabberd's schema could not be made"
    in_ejabberd_database -c "INSERT INTO users (username, password)
        SELECT 'bench-' || number, '$bench_password' FROM generate_series(0, $1 - 1) AS number"
}

# What belongs to the workload and nothing else: every message into the archive, rooms' messages too, the offline store,
# acknowledgements. No shapers, no rosters, no other modules, each of which would only cost it something.
write_ejabberd_configuration() {
    local password
    password=$(cut -d : -f 5 "$local_dir/pgpass")
    (
        umask 077
        cat >"$1" <<END
hosts: [localhost]
loglevel: warning
log_rotate_count: 0
listen:
  - {port: $ejabberd_port, ip: "127.0.0.1", module: ejabberd_c2s, shaper: none, max_stanza_size: 262144, backlog: 1000}
auth_method: sql
auth_password_format: plain
default_db: sql
sql_type: pgsql
sql_server: "127.0.0.1"
sql_port: $postgres_port
sql_database: ejabberd
sql_username: chat
sql_password: "$password"
modules:
  mod_mam: {default: always, assume_mam_usage: true}
  mod_offline: {}
  mod_stream_mgmt: {}
  mod_muc:
    default_room_options: {mam: true, persistent: true}
END
    )
}

# It runs as the stores' user, whose folder it can reach, without a name in a network: nothing else of Erlang is
# started, and its process is the one that is measured. The options are those of Debian's ejabberdctl.
start_ejabberd() {
    local folder=$store_dir/ejabberd identity
    rm -rf "$folder"
    give_to_store "$folder" || fail "cannot use $folder"
    write_ejabberd_configuration "$folder/ejabberd.yml"
    ! as_root_user || chown "$service_user:" "$folder/ejabberd.yml"
    mapfile -t identity < <(store_identity)
    HOME=$folder ERL_LIBS=$(ejabberd_libraries) ERL_CRASH_DUMP_BYTES=0 \
        EJABBERD_CONFIG_PATH=$folder/ejabberd.yml EJABBERD_LOG_PATH=$folder/ejabberd.log \
        start_process ejabberd TERM "${identity[@]}" -- \
        erl +K true +P 250000 -noinput -mnesia dir "\"$folder/mnesia\"" -s ejabberd
    await ejabberd 60 accepts "$ejabberd_port"
}

stop_ejabberd() {
    signal_process ejabberd TERM
    await_end ejabberd 15 || signal_process ejabberd KILL
}
