# The benchmarks of script/bench: each function bench_NAME prints one JSON line. Sourced after the rest of script/lib.
# shellcheck shell=bash

# rate URL: requests a second with wrk; a run with errors counts for nothing and stops the benchmark.
rate() {
    local out
    out=$(wrk -t2 -c"${BENCH_CONNECTIONS:-32}" -d"${BENCH_SECONDS:-3}s" "$1")
    if grep -qE 'Non-2xx|Socket errors' <<<"$out"; then
        warn "$1: $(grep -E 'Non-2xx|Socket errors' <<<"$out" | tr -s ' ')"
        return 1
    fi
    awk '/^Requests\/sec/ { print $2 }' <<<"$out"
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# ratio NAME GOAL URL AGAINST: medians of five runs each, one after the other in turns, so that both see the same machine.
ratio() {
    local name=$1 goal=$2 url=$3 against=$4 ours=() theirs=() mine other
    for _ in 1 2 3 4 5; do
        if ! { mine=$(rate "$url") && other=$(rate "$against"); }; then
            bench_failed "$name"
            return 1
        fi
        ours+=("$mine")
        theirs+=("$other")
    done
    ratio_line "$name" "$goal" "$(printf '%s\n' "${ours[@]}" | median)" "$(printf '%s\n' "${theirs[@]}" | median)"
}

# ratio_line NAME GOAL OURS THEIRS
ratio_line() {
    awk -v n="$1" -v g="$2" -v a="$3" -v b="$4" 'BEGIN {
        printf "{\"benchmark\":\"%s\",\"perSecond\":%.0f,\"againstPerSecond\":%.0f,\"ratio\":%.3f,\"goal\":%s,\"met\":%s}\n",
            n, a, b, a / b, g, a / b >= g ? "true" : "false" }'
}

bench_failed() { printf '{"benchmark":"%s","error":"a run failed, see above","met":false}\n' "$1"; }

# atMost NAME UNIT VALUE GOAL
at_most() {
    awk -v n="$1" -v u="$2" -v v="$3" -v g="$4" 'BEGIN {
        printf "{\"benchmark\":\"%s\",\"%s\":%s,\"goal\":%s,\"met\":%s}\n", n, u, v, g, v < g ? "true" : "false" }'
}

# The same bytes as the bar, as a file.
bench_bar_cached() {
    curl -fsS "$URL/menu/demo/bar" -o "$BENCH_DIR/files/bar.html"
    ratio bar-cached-vs-static 0.85 "$URL/menu/demo/bar" "$UNCACHED/files/bar.html"
}

bench_bar_responder() {
    if ! cmp <(curl -fsS "$UNCACHED/menu/demo/bar") <(curl -fsS "$UNCACHED/php/bar"); then
        warn "PHP does not print the same fragment: script/bench-php/bar.php must follow templates/public/bar.mustache"
        bench_failed bar-responder-vs-php
        return 1
    fi
    ratio bar-responder-vs-php 1.0 "$UNCACHED/menu/demo/bar" "$UNCACHED/php/bar"
}

resident_kb() { awk '/^VmRSS/ { print $2 }' "/proc/${PART_PID[responder]}/status"; }

# requests COUNT: exactly as many as wrk cannot promise, so in rounds of a second.
requests_sent() {
    local left=$1 sent
    while ((left > 0)); do
        sent=$(wrk -t2 -c32 -d1s "$UNCACHED/menu/demo/bar" | awk '/requests in/ { print $1 }')
        ((sent > 0)) || return 1
        left=$((left - sent))
    done
}

bench_responder_memory() {
    local before after
    requests_sent 10000 || { bench_failed responder-memory; return 1; }
    before=$(resident_kb)
    requests_sent "$([[ $FULL == yes ]] && echo 1000000 || echo 100000)"
    after=$(resident_kb)
    at_most responder-memory growthKB $((after - before)) 5120
}

bench_first_sync() {
    local begun_ms
    begun_ms=$(now_ms)
    "$ROOT/script/loyalty" sync --tenant demo --force --json >"$BENCH_DIR/sync.json" \
        || { cat "$BENCH_DIR/sync.json" >&2; bench_failed first-sync-1000-10000; return 1; }
    at_most first-sync-1000-10000 seconds "$(seconds_since "$begun_ms")" 2
}

# sync_measured FILE: a forced sync in the foreground; prints seconds and the process's largest memory in MB.
sync_measured() {
    local begun_ms pid peak=0 now_kb
    begun_ms=$(now_ms)
    "$ROOT/script/loyalty" sync --tenant demo --force --json >"$1" &
    pid=$!
    while now_kb=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null) && [[ -n $now_kb ]]; do
        peak=$now_kb
        sleep 0.2
    done
    wait "$pid" || { cat "$1" >&2; return 1; }
    printf '%s %s\n' "$(seconds_since "$begun_ms")" $((peak / 1024))
}

# For bench_sync_sizes, in an instance with a simulator of its own size: the first sync, and the same again.
bench_sync_pair() {
    local first again
    first=$(sync_measured "$BENCH_DIR/sync.json") && again=$(sync_measured "$BENCH_DIR/sync.json") || return 1
    printf 'pair %s %s\n' "$first" "$again"
    local begun_ms entries
    begun_ms=$(now_ms)
    entries=$("$ROOT/script/loyalty" ledger verify --tenant demo --json | grep -o '"entries":[0-9]*' | cut -d: -f2) || return 1
    printf 'verify %s %s\n' "$(seconds_since "$begun_ms")" "$entries"
}

# 100,000 orders, and with --full a million: whole, unchanged again, and ten times as many as a tenth.
bench_sync_sizes() {
    local customers=10000 found tenth seconds memory again
    [[ $FULL == no ]] || customers=100000
    if ! { found=$(BENCH_SYNC_CUSTOMERS=$customers "$ROOT/script/bench" sync-pair) \
        && tenth=$(BENCH_SYNC_CUSTOMERS=$((customers / 10)) "$ROOT/script/bench" sync-pair | grep '^pair '); }; then
        bench_failed sync-sizes
        return 1
    fi
    read -r _ seconds memory again _ < <(grep '^pair ' <<<"$found")
    local name="sync-$customers-${customers}0" met=yes
    at_most "$name" seconds "$seconds" $((customers * 60 / 100000)) || met=no
    at_most "$name-memory" MB "$memory" 400 || met=no
    at_most "$name-unchanged" ofTheFirst "$(awk -v a="$again" -v b="$seconds" 'BEGIN { printf "%.3f", a / b }')" 0.25 || met=no
    at_most "$name-against-a-tenth" times \
        "$(awk -v a="$seconds" -v b="$(awk '{ print $2 }' <<<"$tenth")" 'BEGIN { printf "%.2f", a / b }')" 11 || met=no
    # Ten million entries in a minute.
    awk '$1 == "verify" {
        printf "{\"benchmark\":\"verify-%s\",\"entriesPerSecond\":%.0f,\"goal\":166667,\"met\":%s}\n",
            $3, $3 / $2, $3 / $2 >= 166667 ? "true" : "false" }' <<<"$found"
    [[ $met == yes ]]
}

# copies TENANT BASE FIRST: every other copy of what a first sync left, from FIRST to BENCH_COPIES (ledger-copies.sql).
copies() {
    local copy
    for ((copy = $3; copy <= BENCH_COPIES; copy += 2)); do
        {
            printf 'SET @tenant = %d, @base = %d, @copy = %d;\n' "$1" "$2" "$copy"
            cat "$ROOT/script/lib/ledger-copies.sql"
        } | database_root "$LOYALTY_DB_NAME" || return 1
    done
}

# For bench_verify, in an instance with a simulator of its own size.
bench_verify_copies() {
    local tenant base odd begun_ms found
    "$ROOT/script/loyalty" sync --tenant demo --force --json >"$BENCH_DIR/sync.json" \
        || { cat "$BENCH_DIR/sync.json" >&2; return 1; }
    read -r tenant base < <(database_root --skip-column-names "$LOYALTY_DB_NAME" -e \
        "SELECT tenants.id, ASCII(SUBSTR(MAX(customers.id), 2, 1)) FROM tenants
           JOIN customers ON customers.tenant_id = tenants.id WHERE slug = 'demo' GROUP BY tenants.id")
    copies "$tenant" "$base" 1 &
    odd=$!
    copies "$tenant" "$base" 2 && wait "$odd" || return 1
    begun_ms=$(now_ms)
    found=$("$ROOT/script/loyalty" ledger verify --tenant demo --json) || { printf '%s\n' "$found" >&2; return 1; }
    printf 'verify %s %s\n' "$(seconds_since "$begun_ms")" "$(grep -o '"entries":[0-9]*' <<<"$found" | cut -d: -f2)"
}

# The proof of a ledger: ten million entries with --full, else not half a million.
bench_verify() {
    local customers=10000 copies=4 found seconds entries
    [[ $FULL == no ]] || { customers=100000 copies=11; }
    found=$(BENCH_SYNC_CUSTOMERS=$customers BENCH_COPIES=$copies "$ROOT/script/bench" verify-copies | grep '^verify ') \
        || { bench_failed verify; return 1; }
    read -r _ seconds entries <<<"$found"
    at_most "verify-$entries" seconds "$seconds" "$(awk -v n="$entries" 'BEGIN { printf "%.1f", n * 60 / 10000000 }')"
}

# A hundred sales a second by webhook, each posted before it is answered: the slowest of a hundred, in milliseconds. The
# median of three rounds, for a disk that stalls for a moment is the slowest of any hundred.
bench_webhooks() {
    local out seconds=10 rates=() slowest=()
    for _ in 1 2 3; do
        "$ROOT/script/loyalty" bench webhooks --tenant demo --secret demo-webhook-secret --count $((seconds * 300)) \
            >"$BENCH_DIR/webhooks"
        out=$(WEBHOOK_PAUSE_MS=90 wrk -t2 -c10 -d"${seconds}s" --latency -s "$ROOT/script/lib/webhooks.lua" "$URL" \
            -- "$BENCH_DIR/webhooks" 2)
        if grep -qE 'Non-2xx|Socket errors' <<<"$out"; then
            warn "webhooks: $(grep -E 'Non-2xx|Socket errors' <<<"$out" | tr -s ' ')"
            bench_failed webhooks-p99
            return 1
        fi
        rates+=("$(per_second <<<"$out")")
        slowest+=("$(milliseconds_99 <<<"$out")")
    done
    at_most "webhooks-p99-at-$(printf '%s\n' "${rates[@]}" | median | cut -d. -f1)-per-second" milliseconds \
        "$(printf '%s\n' "${slowest[@]}" | median)" 100
}

# Checkouts are those of the tenant `other`, which is connected to nobody: nothing but the responder and the database works.
CHECKOUT_CUSTOMERS=2000
CHECKOUT_CONNECTIONS=${BENCH_CONNECTIONS:-32}
CHECKOUT_RUN=0

checkout_customers() {
    CHECKOUT_IDS=$BENCH_DIR/checkout-ids
    export CHECKOUT_KEY=other-api-key
    [[ -s $CHECKOUT_IDS ]] \
        || "$ROOT/script/loyalty" bench prepare --tenant other --customers "$CHECKOUT_CUSTOMERS" >"$CHECKOUT_IDS"
}

# checkout_wrk KIND [OPTION…]: what wrk says; a run with errors counts for nothing and stops the benchmark.
checkout_wrk() {
    local kind=$1 out
    shift
    CHECKOUT_RUN=$((CHECKOUT_RUN + 1))
    out=$(wrk -t2 -c"$CHECKOUT_CONNECTIONS" -d"${BENCH_SECONDS:-3}s" "$@" -s "$ROOT/script/lib/checkout.lua" "$URL" \
        -- "$kind" "$CHECKOUT_IDS" "$kind-$BASHPID-$RANDOM$RANDOM-$CHECKOUT_RUN")
    if grep -qE 'Non-2xx|Socket errors' <<<"$out"; then
        warn "$kind: $(grep -E 'Non-2xx|Socket errors' <<<"$out" | tr -s ' ')"
        return 1
    fi
    printf '%s\n' "$out"
}

per_second() { awk '/^Requests\/sec/ { print $2 }'; }

# The same statements on as many connections, without HTTP.
checkout_without_http() {
    "$ROOT/script/loyalty" bench run --tenant other --key "$CHECKOUT_KEY" --ids "$CHECKOUT_IDS" --kind "$1" \
        --connections "$CHECKOUT_CONNECTIONS" --seconds "${BENCH_SECONDS:-3}"
}

# checkout_ratio NAME GOAL KIND: medians of five runs each, in turns.
checkout_ratio() {
    local name=$1 goal=$2 kind=$3 ours=() theirs=() mine other
    checkout_customers || { bench_failed "$name"; return 1; }
    for _ in 1 2 3 4 5; do
        if ! { mine=$(checkout_wrk "$kind" | per_second) && [[ -n $mine ]] && other=$(checkout_without_http "$kind"); }; then
            bench_failed "$name"
            return 1
        fi
        ours+=("$mine")
        theirs+=("$other")
    done
    ratio_line "$name" "$goal" "$(printf '%s\n' "${ours[@]}" | median)" "$(printf '%s\n' "${theirs[@]}" | median)"
}

bench_checkout_redeem() { checkout_ratio checkout-redeem-vs-statements 0.5 redeem; }
bench_checkout_order() { checkout_ratio checkout-order-vs-statements 0.4 order; }

bench_checkout_quote() {
    local found=() rate
    checkout_customers || { bench_failed checkout-quote; return 1; }
    for _ in 1 2 3 4 5; do
        rate=$(checkout_wrk quote | per_second)
        [[ -n $rate ]] || { bench_failed checkout-quote; return 1; }
        found+=("$rate")
    done
    awk -v v="$(printf '%s\n' "${found[@]}" | median)" 'BEGIN {
        printf "{\"benchmark\":\"checkout-quote\",\"perSecond\":%.0f,\"goal\":3000,\"met\":%s}\n",
            v, v >= 3000 ? "true" : "false" }'
}

# The slowest of a hundred when half as many come as could: connections that pause between their calls.
bench_checkout_p99() {
    local kind most out met=yes
    checkout_customers || { bench_failed checkout-p99; return 1; }
    for kind in redeem order quote; do
        most=$(checkout_wrk "$kind" | per_second)
        [[ -n $most ]] || { bench_failed "checkout-$kind-p99"; met=no; continue; }
        out=$(CHECKOUT_CONNECTIONS=64
            CHECKOUT_PAUSE_MS=$(awk -v m="$most" 'BEGIN { printf "%d", 128000 / m + 0.5 }')
            export CHECKOUT_PAUSE_MS
            checkout_wrk "$kind" --latency) || { bench_failed "checkout-$kind-p99"; met=no; continue; }
        at_most "checkout-$kind-p99-at-$(per_second <<<"$out" | cut -d. -f1)-of-${most%.*}-per-second" milliseconds \
            "$(milliseconds_99 <<<"$out")" 50 || met=no
    done
    [[ $met == yes ]]
}

# `99%   12.34ms` of wrk, which writes us, ms or s.
milliseconds_99() {
    awk '$1 == "99%" { v = $2 + 0; print $2 ~ /us$/ ? v / 1000 : $2 ~ /ms$/ ? v : v * 1000 }'
}

# recalculation_customers COUNT: customers of the tenant `other` with one to eight sales each, in bulk and so for
# benchmarks only. No sale is worth a point, so that no ledger is needed; segments are as they would be today.
recalculation_customers() {
    database_root loyalty <<SQL
SET @tenant = (SELECT id FROM tenants WHERE slug = 'other'), @noon = UTC_DATE() + INTERVAL 17 HOUR;
SET @tier = (SELECT id FROM tiers WHERE tenant_id = @tenant AND name = 'Bronze');
INSERT INTO customers (tenant_id, id, first_name, lifetime_cents, qualifying_cents, order_count, first_order_at, last_order_at,
  tier_id, segment, created_at)
SELECT @tenant, UNHEX(CONCAT('02', LPAD(HEX(seq), 30, '0'))), 'Bench', 99 * (1 + seq % 8), 99 * (1 + seq % 8), 1 + seq % 8,
       @noon - INTERVAL 1 + seq % 300 + 30 * (seq % 8) DAY, @noon - INTERVAL 1 + seq % 300 DAY, @tier,
       CASE WHEN 1 + seq % 300 >= 90 THEN 'churned' WHEN 1 + seq % 300 >= 60 THEN 'at_risk'
            WHEN 1 + seq % 300 >= 30 THEN 'slipping' WHEN seq % 8 = 0 THEN 'new' WHEN seq % 8 >= 4 THEN 'frequent'
            ELSE 'loyal' END, @noon - INTERVAL 2 YEAR
  FROM seq_1_to_$1;
INSERT INTO orders (tenant_id, id, pos_order_id, source, customer_id, is_completed, total_cents, completed_at, stored_at)
SELECT @tenant, UNHEX(CONCAT('02', LPAD(HEX(buyer.seq * 8 + sale.seq), 30, '0'))), CONCAT('bench-', buyer.seq, '-', sale.seq),
       'pos', UNHEX(CONCAT('02', LPAD(HEX(buyer.seq), 30, '0'))), TRUE, 99,
       @noon - INTERVAL 1 + buyer.seq % 300 + 30 * sale.seq DAY, @noon
  FROM seq_1_to_$1 AS buyer JOIN seq_0_to_7 AS sale ON sale.seq <= buyer.seq % 8;
INSERT INTO order_postings (tenant_id, order_id, points_per_dollar, equity_multiplier, tier_multiplier, rounding, earn_on,
  settings_version, posting_count, posted_customer_id, points_posted, points_told, is_counted, no_points_reason)
SELECT tenant_id, id, 1000, 1000, 1000, 'down', 'total', 1, 0, customer_id, 0, 0, TRUE, 'below_one_point'
  FROM orders WHERE tenant_id = @tenant AND pos_order_id LIKE 'bench-%-%';
SQL
}

# What a night does: as of the day after the last time, when a few of a hundred customers move.
bench_recalculation() {
    local customers=100000 begun_ms seconds tomorrow
    [[ $FULL == no ]] || customers=1000000
    tomorrow=$(TZ=America/New_York date -d tomorrow +%F)
    if ! { recalculation_customers "$customers" >&2 \
        && "$ROOT/script/loyalty" recalculate --tenant other --json >&2; }; then
        bench_failed "recalculation-$customers"
        return 1
    fi
    begun_ms=$(now_ms)
    "$ROOT/script/loyalty" recalculate --tenant other --as-of "$tomorrow" --json >&2 \
        || { bench_failed "recalculation-$customers"; return 1; }
    seconds=$(seconds_since "$begun_ms")
    awk -v n="$customers" -v s="$seconds" 'BEGIN {
        million = s * 1000000 / n
        printf "{\"benchmark\":\"recalculation-%d\",\"seconds\":%s,\"customersPerSecond\":%.0f,\"secondsPerMillion\":%.1f,\"goal\":60,\"met\":%s}\n",
            n, s, n / s, million, million < 60 ? "true" : "false"
        exit million >= 60 }'
}
