# Steps of script/test: each is timed, logged, counted and never silently passed. Sourced after common.sh.
# Wants WORK, a directory for the logs.
# shellcheck shell=bash

PASSED=0 FAILED=0 SKIPPED=0
FAILED_STEPS=()

# step NAME COUNTER COMMAND…: COUNTER reads the log and the exit code (count_one, count_swift, count_pytest).
step() {
    local name=$1 counter=$2 begun_ms log code=0 failed_before=$FAILED
    shift 2
    begun_ms=$(now_ms)
    log="$WORK/${name//[^a-z0-9]/-}.log"
    [[ -z ${CI:-} ]] || say "... $name"
    in_foreground "$@" </dev/null >"$log" 2>&1 || code=$?
    "$counter" "$log" "$code"
    # A step that crashed after its last good line has failed all the same.
    ((code == 0 || FAILED > failed_before)) || FAILED=$((FAILED + 1))
    if ((FAILED == failed_before)); then
        printf 'ok      %-28s %7s s  %s\n' "$name" "$(seconds_since "$begun_ms")" "$COUNTED"
        return
    fi
    printf 'FAILED  %-28s %7s s  %s\n' "$name" "$(seconds_since "$begun_ms")" "$COUNTED"
    FAILED_STEPS+=("$name")
    log_tail "$log"
    return 1
}

# The lines that name a failure, then the end.
log_tail() {
    grep -aE '✘|error:|^FAILED|^ERROR|Fatal error' "$1" | head -n 40 | sed 's/^/    /' || true
    say "    ---"
    tail -n 25 "$1" | sed 's/^/    /'
}

# skip_step NAME WHY: what could not run because an earlier step failed is a failure, not a pass.
skip_step() {
    FAILED=$((FAILED + 1))
    FAILED_STEPS+=("$1")
    printf 'FAILED  %-28s %9s  %s\n' "$1" "" "not run: $2"
}

count_one() {
    COUNTED=
    if (($2 == 0)); then PASSED=$((PASSED + 1)); else FAILED=$((FAILED + 1)); fi
}

# Adds up the closing lines of Swift Testing and XCTest; none at all means that the run broke off.
count_swift() {
    local log=$1 total=0 failed=0 skipped=0 runs=0 line
    while IFS= read -r line; do
        if [[ $line =~ Test\ run\ with\ ([0-9]+)\ tests? ]]; then
            total=$((total + BASH_REMATCH[1])) runs=$((runs + 1))
        elif [[ $line =~ Executed\ ([0-9]+)\ tests?,\ with\ (([0-9]+)\ tests?\ skipped\ and\ )?([0-9]+)\ failures? ]]; then
            # XCTest repeats itself per suite; the last line is the sum, and it comes before Swift Testing's.
            XCTEST=("${BASH_REMATCH[1]}" "${BASH_REMATCH[3]:-0}" "${BASH_REMATCH[4]}")
        fi
    done < <(grep -aE 'Test run with|Executed [0-9]+ test' "$log")
    failed=$(grep -aE '^✘ Test .* failed after' "$log" | grep -avcE '^✘ Test (run with|case) ' || true)
    skipped=$(grep -acE '^[^ ]+ +Test ("[^"]*"|[^ "]+) skipped' "$log" || true)
    if ((${XCTEST[0]:-0} > 0)); then
        total=$((total + XCTEST[0])) skipped=$((skipped + XCTEST[1])) failed=$((failed + XCTEST[2]))
    fi
    # No test at all is a mistake too.
    ((runs > 0 && total > 0)) || failed=$((failed + 1)) total=$((total + 1))
    ((failed > 0 || $2 == 0)) || failed=1
    count_add $((total - failed - skipped)) "$failed" "$skipped"
}

# Reads pytest's junit file beside the log.
count_pytest() {
    local numbers
    numbers=$(python3 - "$WORK/pytest.xml" 2>/dev/null <<'PY'
import sys, xml.etree.ElementTree as tree
total = failed = skipped = 0
for suite in tree.parse(sys.argv[1]).getroot().iter("testsuite"):
    total += int(suite.get("tests"))
    failed += int(suite.get("failures")) + int(suite.get("errors"))
    skipped += int(suite.get("skipped"))
print(max(total - failed - skipped, 0), failed, skipped)
PY
    ) || numbers="0 1 0"
    # shellcheck disable=SC2086
    count_add $numbers
}

count_add() {
    COUNTED="$1 passed, $2 failed, $3 skipped"
    PASSED=$((PASSED + ($1 > 0 ? $1 : 0))) FAILED=$((FAILED + $2)) SKIPPED=$((SKIPPED + $3))
}
