# Starts parts, starts them again when they die, and stops them in order. Sourced after common.sh.
# A part NAME is a function run_NAME that ends in `exec setsid setpriv --pdeathsig TERM -- program`: its own process
# group, so that Ctrl-C reaches only this script, and an end of its own should this script be killed.
# shellcheck shell=bash

declare -A PART_PID=() PART_STARTED_MS=() PART_DELAY_MS=() PART_DUE_MS=() PART_DEATHS=()
# The order of stopping: first who takes requests, last who holds the data.
STOP_ORDER=(nginx php responder worker simulator mariadb)
declare -A STOP_SIGNAL=([nginx]=QUIT) STOP_SECONDS=([nginx]=5 [responder]=12 [worker]=12 [mariadb]=120)
DELAY_MAX_MS=10000
FOREGROUND_PID=
STOP_ASKED=no
# What being asked to stop exits with: a server that stops has done its work, tests that were stopped have not.
STOP_CODE=0

# supervise_begin: call once, before anything is started.
supervise_begin() {
    # A pipe nobody writes to: `read -t` on it waits without a process, and a signal ends the wait.
    exec {TICK}<> <(:)
    # Only a flag: bash 5.2 crashes when a trap leaves a `read -t` for good.
    trap 'STOP_ASKED=yes' INT TERM HUP
    trap stop_all EXIT
}

stop_when_asked() { [[ $STOP_ASKED == no ]] || exit "$STOP_CODE"; }

tick() {
    read -rt 0.2 -u "$TICK" || true
    stop_when_asked
}

# in_foreground COMMAND…: as if called directly, except that a signal to this script ends it at once.
in_foreground() {
    local code=0
    # Its own process group, so that what it starts ends with it.
    set -m
    "$@" <&0 &
    FOREGROUND_PID=$!
    set +m
    wait "$FOREGROUND_PID" || code=$?
    stop_when_asked
    FOREGROUND_PID=
    return "$code"
}

part_start() {
    local name=$1
    (
        exec {TICK}<&-
        [[ -z ${LOCK:-} ]] || exec {LOCK}>&-
        "run_$name"
    ) </dev/null >>"$LOG_DIR/$name.log" 2>&1 &
    PART_PID[$name]=$!
    PART_STARTED_MS[$name]=$(now_ms)
    printf '%s\n' "$!" >"$RUN_DIR/$name.pid"
}

part_alive() { [[ -n ${PART_PID[$1]:-} ]] && kill -0 "${PART_PID[$1]}" 2>/dev/null; }

part_last_words() { printf '%s (%s)' "$(tail -n 2 "$LOG_DIR/$1.log" 2>/dev/null | tr '\n' ' ' | cut -c 1-300)" "$LOG_DIR/$1.log"; }

# What a dead part left in its group (nginx workers keep the port) would stand in the way of the next.
group_kill() { kill -KILL -- "-$1" 2>/dev/null || true; }

part_died() {
    local name=$1 code=0 lived_ms delay_ms
    wait "${PART_PID[$name]}" 2>/dev/null || code=$?
    group_kill "${PART_PID[$name]}"
    lived_ms=$(($(now_ms) - PART_STARTED_MS[$name]))
    delay_ms=${PART_DELAY_MS[$name]:-0}
    ((lived_ms < 30000)) || delay_ms=0
    PART_DEATHS[$name]=$((${PART_DEATHS[$name]:-0} + 1))
    PART_PID[$name]=
    PART_DUE_MS[$name]=$(($(now_ms) + delay_ms))
    warn "$name ended by itself (exit $code), starts again in $((delay_ms / 1000)).$((delay_ms % 1000 / 100)) s: $(part_last_words "$name")"
    delay_ms=$((delay_ms == 0 ? 250 : delay_ms * 2))
    PART_DELAY_MS[$name]=$((delay_ms > DELAY_MAX_MS ? DELAY_MAX_MS : delay_ms))
}

# Looks at every part once.
parts_check() {
    local name
    for name in "${!PART_PID[@]}"; do
        if [[ -z ${PART_PID[$name]} ]]; then
            (($(now_ms) < PART_DUE_MS[$name])) || part_start "$name"
        elif ! part_alive "$name"; then
            part_died "$name"
        fi
    done
}

# wait_until SECONDS CHECK PART…: false when time is up or a part died three times.
wait_until() {
    local seconds=$1 check=$2 name
    shift 2
    local deadline_ms=$(($(now_ms) + seconds * 1000))
    until "$check"; do
        (($(now_ms) < deadline_ms)) || return 1
        parts_check
        for name in "$@"; do
            ((${PART_DEATHS[$name]:-0} < 3)) || return 1
        done
        tick
    done
}

supervise() {
    while true; do
        tick
        parts_check
    done
}

part_stop() {
    local name=$1 pid=${PART_PID[$1]:-} deadline_ms
    if [[ -n $pid ]]; then
        kill -s "${STOP_SIGNAL[$name]:-TERM}" "$pid" 2>/dev/null
        deadline_ms=$(($(now_ms) + ${STOP_SECONDS[$name]:-5} * 1000))
        while kill -0 "$pid" 2>/dev/null && (($(now_ms) < deadline_ms)); do
            sleep 0.05
        done
        ! kill -0 "$pid" 2>/dev/null || warn "$name did not stop in ${STOP_SECONDS[$name]:-5} s and was killed."
        group_kill "$pid"
        wait "$pid" 2>/dev/null
        PART_PID[$name]=
    fi
    rm -f "$RUN_DIR/$name.pid"
}

stop_all() {
    local code=$? name
    trap '' INT TERM HUP
    trap - EXIT
    set +e
    if [[ -n $FOREGROUND_PID ]]; then
        kill -- "-$FOREGROUND_PID" 2>/dev/null
        wait "$FOREGROUND_PID" 2>/dev/null
        group_kill "$FOREGROUND_PID"
    fi
    ((${#PART_PID[@]} == 0)) || warn "Stopping."
    for name in "${STOP_ORDER[@]}"; do
        [[ -z ${PART_PID[$name]+x} ]] || part_stop "$name"
    done
    if declare -F on_stopped >/dev/null; then on_stopped; fi
    exit "$code"
}

# Ends what an earlier start of this home left behind when it was killed. A process is ours when its command line or
# its environment names the home: a pid alone may be somebody else's by now.
leftovers_stop() {
    local file pid
    for file in "$RUN_DIR"/*.pid; do
        [[ -s $file && $file != */server.pid ]] || continue
        pid=$(<"$file")
        if [[ $pid =~ ^[0-9]+$ ]] && kill -0 "$pid" 2>/dev/null \
            && grep -qaF -- "$HOME_DIR" "/proc/$pid/cmdline" "/proc/$pid/environ" 2>/dev/null; then
            warn "Ending ${file##*/} $pid, left by an earlier start."
            kill "$pid" 2>/dev/null || true
            for _ in {1..150}; do
                kill -0 "$pid" 2>/dev/null || break
                sleep 0.1
            done
            group_kill "$pid"
        fi
        rm -f "$file"
    done
}
