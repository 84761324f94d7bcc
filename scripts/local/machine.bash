# shellcheck shell=bash
# What a benchmark says of the machine that it ran on. Sourced by scripts/bench and scripts/bench-figures, behind the
# other files of this folder.

# measure_flush FOLDER: what a commit costs on this disk, with the method that PostgreSQL uses by default.
measure_flush() {
    local file=$store_dir/flush
    as_store "$postgres_programs/pg_test_fsync" -s 1 -f "$file" >"$1/flush.txt" 2>&1 || true
    as_store rm -f "$file"
}

# describe_machine FOLDER: what was measured, where, when.
describe_machine() {
    {
        printf 'cores=%s\n' "$(nproc)"
        printf 'model=%s\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
        printf 'memory=%s\n' "$(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo)"
        printf 'kernel=%s\n' "$(uname -sr)"
        printf 'postgres=%s\n' "$("$postgres_programs/postgres" --version)"
        printf 'redis=%s\n' "$(redis-server --version | sed -n 's/.*v=\([^ ]*\).*/\1/p')"
        printf 'commit=%s\n' "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
        printf 'date=%s\n' "$(date -u +%Y-%m-%d)"
    } >"$1/machine.txt"
}
