# shellcheck shell=bash
# The processes of a run: started in a session of their own (so that Ctrl-C reaches only the script, which stops them
# in order), tied to the script's life by the kernel, and written down so that a later run knows which were ours.
# Sourced by scripts/run and scripts/bench, which set `local_dir`.

declare -A pid_of=()

processes_file() { printf '%s/run.processes' "$local_dir"; }

# Prints when a process started, in clock ticks since boot, or nothing if there is none (or only its zombie).
start_time_of() {
    local stat
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 0
    # The name in parentheses may hold blanks; what follows it begins with field 3, the state.
    read -r -a stat <<<"${stat##*) }"
    [ "${stat[0]}" = Z ] || printf '%s' "${stat[19]}"
}

# start_process ROLE SIGNAL COMMAND …: SIGNAL is what the kernel sends it when this script dies without a word.
start_process() {
    local role=$1 death=$2 log="$local_dir/log/$1.log"
    shift 2
    setsid setpriv --pdeathsig "$death" "$@" >>"$log" 2>&1 </dev/null 9>&- &
    pid_of[$role]=$!
    # Its end is seen in /proc and told in our words, not in the shell's.
    disown $!
    printf '%s %s %s %s\n' "$role" "$death" "$!" "$(start_time_of $!)" >>"$(processes_file)"
}

is_running() { [ -n "${pid_of[$1]:-}" ] && [ -n "$(start_time_of "${pid_of[$1]}")" ]; }

# send SIGNAL PID: a process that somebody paused is woken, so that it can obey.
send() { if kill -s "$1" "$2" 2>/dev/null; then kill -s CONT "$2" 2>/dev/null || true; fi; }

# signal_process ROLE SIGNAL
signal_process() { if is_running "$1"; then send "$2" "${pid_of[$1]}"; fi; }

# await_end ROLE SECONDS: fails if the process is still there after that time.
await_end() {
    local tenths=$(($2 * 10))
    while is_running "$1"; do
        [ "$tenths" -gt 0 ] || return 1
        tenths=$((tenths - 1))
        sleep 0.1
    done
}

# await ROLE SECONDS COMMAND …: repeats the command until it succeeds; fails loudly if the role ends or time runs out.
await() {
    local role=$1 seconds=$2 deadline=$((SECONDS + $2))
    shift 2
    until "$@" >/dev/null 2>&1; do
        is_running "$role" || fail_with_log "$role" "$role ended while it was starting"
        [ "$SECONDS" -lt "$deadline" ] || fail_with_log "$role" "$role is not ready after $seconds s"
        sleep 0.1
    done
}

fail_with_log() {
    printf '%s: %s. The end of %s:\n' "${0##*/}" "$2" "$local_dir/log/$1.log" >&2
    tail -n 20 "$local_dir/log/$1.log" >&2 || true
    exit 3
}

# Keeps logs bounded: what grew beyond 16 MiB is put aside, one generation.
rotate_logs() {
    local log
    for log in "$local_dir"/log/*.log; do
        if [ -f "$log" ] && [ "$(stat -c %s "$log")" -gt 16777216 ]; then mv "$log" "$log.old"; fi
    done
}

# Stops what an earlier run of this checkout left behind. A process counts as ours only if it still has the start time
# that was written down; a reused number never does.
stop_leftovers() {
    local role signal pid started tenths
    [ -e "$(processes_file)" ] || return 0
    while read -r role signal pid started; do
        if [ -z "$started" ] || [ "$(start_time_of "$pid")" != "$started" ]; then continue; fi
        printf '%s: stopping %s (process %s), left behind by an earlier run\n' "${0##*/}" "$role" "$pid"
        send "$signal" "$pid"
        for ((tenths = 0; tenths < 150; tenths++)); do
            [ "$(start_time_of "$pid")" = "$started" ] || continue 2
            sleep 0.1
        done
        kill -s KILL "$pid" 2>/dev/null || true
    done < <(tac "$(processes_file)")
    rm -f "$(processes_file)"
}
