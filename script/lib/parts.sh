# The product's own parts, and starting all of them in order. Sourced after the rest of script/lib.
# shellcheck shell=bash

run_simulator() {
    exec setsid setpriv --pdeathsig TERM -- "$BIN_DIR/PosSimulator" --socket "$LOYALTY_SIMULATOR_LISTEN" \
        --customers "${LOYALTY_SIMULATOR_CUSTOMERS:-500}" --orders "${LOYALTY_SIMULATOR_ORDERS:-6000}"
}

run_worker() { exec setsid setpriv --pdeathsig TERM -- "$BIN_DIR/loyalty" work; }

run_responder() { exec setsid setpriv --pdeathsig TERM -- "$BIN_DIR/loyalty" serve; }

# Only one script at a time may run a home.
home_lock() {
    exec {LOCK}>>"$RUN_DIR/lock"
    flock -n "$LOCK" || stop_with 1 "already running in $HOME_DIR (pid $(cat "$RUN_DIR/server.pid" 2>/dev/null || echo unknown)): stop it first, or use another LOYALTY_HOME and LOYALTY_PORT"
    leftovers_stop
    printf '%s\n' "$$" >"$RUN_DIR/server.pid"
}

on_stopped() {
    # A start that was refused must not touch what belongs to the running one.
    [[ $(cat "$RUN_DIR/server.pid" 2>/dev/null) == "$$" ]] || return
    rm -f "$RUN_DIR/server.pid"
    [[ $SOCKETS == "$RUN_DIR" ]] || rm -rf "$SOCKETS" "$RUN_DIR/sockets"
}

# Logs of earlier starts: one generation is kept.
logs_rotate() {
    local file
    for file in "$LOG_DIR"/*.log; do
        [[ -e $file ]] && (($(stat -c %s "$file") > 20000000)) && mv -f "$file" "$file.1"
    done
    return 0
}

site_answers() { curl -fsS -o /dev/null --max-time 2 "$URL/readyz" 2>/dev/null; }

# Everything, from the database to the first good answer. Needs settings_read … BIN_DIR, and supervise_begin.
parts_start_all() {
    logs_rotate
    [[ $PRIVATE_DATABASE == no ]] || database_start
    in_foreground with_migration_rights "$BIN_DIR/loyalty" migrate || stop_with 69 "the schema could not be brought up to date"
    if is_loopback "$LISTEN" && [[ ! -e $HOME_DIR/demo-loaded ]]; then
        in_foreground "$BIN_DIR/loyalty" demo || stop_with 1 "the demo tenants could not be loaded"
        : >"$HOME_DIR/demo-loaded"
    fi
    nginx_render
    [[ $SIMULATOR == no ]] || part_start simulator
    part_start responder
    part_start nginx
    part_start worker
    wait_until 60 site_answers responder nginx || no_answer
}

no_answer() {
    local name
    for name in "${!PART_DEATHS[@]}"; do
        warn "$name: $(part_last_words "$name")"
    done
    stop_with 69 "no good answer from $URL/readyz; the logs are in $LOG_DIR"
}
