#!/usr/bin/env bash
# From the first call to a reward used, with nothing but curl. Needs LOYALTY_URL and LOYALTY_KEY, as after script/server:
#   LOYALTY_URL=http://127.0.0.1:8080 LOYALTY_KEY=demo-api-key docs/examples/first_sale.sh
set -euo pipefail
: "${LOYALTY_URL:?where Loyalty is, as http://127.0.0.1:8080}" "${LOYALTY_KEY:?an API key}"

# call METHOD PATH [BODY]: prints the answer; one that is refused ends the script with its words.
# The Idempotency-Key is made once for each write: curl sends the same one when it tries again, so nothing is done twice.
call() {
    local answer=(--silent --show-error --fail-with-body --retry 3 --retry-connrefused --max-time 20)
    curl "${answer[@]}" -X "$1" "$LOYALTY_URL$2" \
        -H "Authorization: Bearer $LOYALTY_KEY" \
        -H "Idempotency-Key: $(openssl rand -hex 16)" \
        -H "Content-Type: application/json" ${3:+-d "$3"}
}

# value NAME: of the first member of that name in the JSON on standard input.
value() { grep -o "\"$1\":[^,}]*" | head -n 1 | cut -d : -f 2- | tr -d '"'; }

sale="sale-$(openssl rand -hex 6)"
phone="+1202555$((RANDOM % 9000 + 1000))"

echo "1. Whose key is this?"
call GET /api/v1/me
echo

echo "2. A customer joins at the till; who has the phone already is found instead."
customer=$(call POST /api/v1/customers "{\"phone\":\"$phone\",\"firstName\":\"Ada\",\"consent\":{\"sms\":true}}")
id=$(value id <<<"$customer")
echo "$id"

echo "3. They buy for \$120.00, and the points are there before the answer is."
call POST /api/v1/orders "{\"posOrderId\":\"$sale\",\"customerId\":\"$id\",\"status\":\"completed\",
    \"totalCents\":12000,\"completedAt\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"}"
echo

echo "4. What could they use on a purchase of \$30.00?"
quote=$(call POST /api/v1/redemptions/quote "{\"customerId\":\"$id\",\"orderTotalCents\":3000}")
echo "$quote"
reward=$(value redemptionTierId <<<"$quote")

echo "5. Reserve the reward while they pay, then spend it."
hold=$(call POST /api/v1/redemptions "{\"customerId\":\"$id\",\"redemptionTierId\":\"$reward\",
    \"orderTotalCents\":3000,\"posOrderId\":\"$sale-2\",\"hold\":true}")
redemption=$(value id <<<"$hold")
call POST "/api/v1/redemptions/$redemption/capture" '{"orderTotalCents":3000}'
echo

echo "6. Every point explained."
call GET "/api/v1/customers/$id/ledger"
echo
