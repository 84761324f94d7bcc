# shellcheck shell=bash
# Runs of chat-bench and what stands beside their figures. Sourced by the scripts named bench…, which set `local_dir`,
# `results`, `programs` and `measure`; sets `faulty` once a run had faults.

faulty=

# Limits against abuse would only measure themselves, and slow password hashes only delay the beginning.
readonly unlimited_node=(--set rate.registrations=0 --set rate.login-failures=0 --set rate.login-failures-address=0
    --set rate.commands=0)
readonly measured_node=("${unlimited_node[@]}" --set password.memory=8 --set password.operations=1)

take_lock() {
    mkdir -p "$local_dir/log" "$results"
    chmod 700 "$local_dir/log"
    exec 9>>"$local_dir/bench.lock"
    flock --nonblock 9 || fail "another benchmark holds this checkout"
    rm -f "$results"/*
}

# A signal ends the wait at once; the program gets it too.
interruptible() {
    "$@" 9>&- &
    wait $!
}

# measure_run NAME OPTION …: one line of JSON for NAME. Faults are reported, and make the script fail at its end.
measure_run() {
    local name=$1 status=0
    shift
    interruptible "$programs/chat-bench" "$@" --json >>"$results/$name.jsonl" || status=$?
    case $status in
        0) ;;
        1) faulty=yes; printf '%s: faults in %s:\n' "${0##*/}" "$name" >&2; tail -n 1 "$results/$name.jsonl" >&2 ;;
        *) fail "chat-bench ended with $status" ;;
    esac
}

# measure_once NAME OPTION …: the same of a load on the run's own cluster.
measure_once() {
    local name=$1
    shift
    measure_run "$name" "$@" --seconds "$measure" --warmup 3 \
        --run-file "$local_dir/run.env" --token-file "$local_dir/tokens.json"
}

# What a commit costs on this disk, with the method that PostgreSQL uses by default.
measure_flush() {
    local file=$store_dir/flush
    as_store "$postgres_programs/pg_test_fsync" -s 1 -f "$file" >"$results/flush.txt" 2>&1 || true
    as_store rm -f "$file"
}

describe_machine() {
    {
        printf 'cores=%s\n' "$(nproc)"
        printf 'model=%s\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
        printf 'memory=%s\n' "$(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo)"
        printf 'kernel=%s\n' "$(uname -sr | grep -oE '^[A-Za-z]+ [0-9]+\.[0-9]+')"
        printf 'postgres=%s\n' "$("$postgres_programs/postgres" --version)"
        printf 'redis=%s\n' "$(redis-server --version | sed -n 's/.*v=\([^ ]*\).*/\1/p')"
        printf 'commit=%s\n' "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
        printf 'date=%s\n' "$(date -u +%Y-%m-%d)"
    } >"$results/machine.txt"
}
