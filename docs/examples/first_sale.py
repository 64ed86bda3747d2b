"""From the first call to a reward used, with nothing but Python. Needs LOYALTY_URL and LOYALTY_KEY, as after
script/server:

    LOYALTY_URL=http://127.0.0.1:8080 LOYALTY_KEY=demo-api-key python3 docs/examples/first_sale.py
"""

import datetime
import json
import os
import secrets
import time
import urllib.error
import urllib.request
import uuid

ADDRESS = os.environ["LOYALTY_URL"]
KEY = os.environ["LOYALTY_KEY"]


class Refused(Exception):
    """A problem as RFC 9457 has it: `code` for programs, `detail` for people, `errors` by field."""

    def __init__(self, problem: dict):
        super().__init__(problem.get("detail"))
        self.problem = problem


def call(method: str, path: str, body: dict | None = None, tries: int = 4) -> dict:
    """One call. The Idempotency-Key is made once, so that a write which is tried again is done once."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json",
               "Idempotency-Key": str(uuid.uuid4())}
    data = None if body is None else json.dumps(body).encode()
    for attempt in range(1, tries + 1):
        request = urllib.request.Request(ADDRESS + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            if not problem.get("retryable") or attempt == tries:
                raise Refused(problem) from None
            wait = float(error.headers.get("Retry-After", attempt))
        except (urllib.error.URLError, TimeoutError):
            # Nobody knows whether it was done: the same key asks again, safely.
            if attempt == tries:
                raise
            wait = attempt
        time.sleep(wait)
    raise AssertionError("every way out is above")


def main() -> None:
    sale = f"sale-{secrets.token_hex(6)}"
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    print("The key belongs to", call("GET", "/api/v1/me")["tenant"]["name"])

    customer = call("POST", "/api/v1/customers", {
        "phone": f"+1202555{secrets.randbelow(9000) + 1000}", "firstName": "Ada", "consent": {"sms": True}})
    print("Joined" if customer["created"] else "A member already", customer["id"])

    order = call("POST", "/api/v1/orders", {
        "posOrderId": sale, "customerId": customer["id"], "status": "completed", "totalCents": 12000,
        "completedAt": now})
    print(*order["receipt"]["lines"], sep="\n")

    quote = call("POST", "/api/v1/redemptions/quote", {"customerId": customer["id"], "orderTotalCents": 3000})
    option = next(option for option in quote["options"] if option["usable"])
    print("Could use", option["label"])

    hold = call("POST", "/api/v1/redemptions", {
        "customerId": customer["id"], "redemptionTierId": option["redemptionTierId"], "orderTotalCents": 3000,
        "posOrderId": sale + "-2", "hold": True})
    used = call("POST", f"/api/v1/redemptions/{hold['id']}/capture", {"orderTotalCents": 3000})
    print(used["status"], used["points"], "points for", used["valueCents"], "cents;", used["available"], "left")

    try:
        call("POST", "/api/v1/redemptions", {
            "customerId": customer["id"], "redemptionTierId": option["redemptionTierId"], "orderTotalCents": 3000})
    except Refused as refused:
        print("A second one is refused:", refused.problem["code"], "short by", refused.problem.get("shortBy"))


if __name__ == "__main__":
    main()
