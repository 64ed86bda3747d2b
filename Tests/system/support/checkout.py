"""What a till asks of API v1."""

import uuid

import requests

from .instance import API_KEY
from .visitor import bearer


class Checkout:
    """Calls one responder; each write has a key of its own unless one is named."""

    def __init__(self, base: str):
        self.base = base
        self.session = requests.Session()
        # As many at once as a test has threads.
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=64)
        self.session.mount("http://", adapter)

    def post(self, path: str, body: dict | None = None, key: str | None = None) -> requests.Response:
        headers = bearer(API_KEY) | {"Idempotency-Key": key or str(uuid.uuid4())}
        return self.session.post(f"{self.base}/api/v1{path}", json=body or {}, headers=headers, timeout=60)

    def get(self, path: str) -> dict:
        answer = self.session.get(f"{self.base}/api/v1{path}", headers=bearer(API_KEY), timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    def member(self, points: int, name: str = "Ada") -> str:
        """A new customer with points."""
        made = self.post("/customers", {"firstName": name})
        assert made.status_code == 201, made.text
        customer = made.json()["id"]
        if points:
            assert self.adjust(customer, points).status_code == 201
        return customer

    def adjust(self, customer: str, points: int, key: str | None = None) -> requests.Response:
        return self.post("/adjustments", {"customerId": customer, "points": points, "reason": "Test"}, key)

    def redeem(self, customer: str, points: int, key: str | None = None, **more) -> requests.Response:
        body = {"customerId": customer, "points": points, "orderTotalCents": 100_000, **more}
        return self.post("/redemptions", body, key)

    def order(self, customer: str, order: str, cents: int, key: str | None = None, **more) -> requests.Response:
        body = {"posOrderId": order, "customerId": customer, "status": "completed", "totalCents": cents,
                "completedAt": "2026-01-02T15:04:05Z", **more}
        return self.post("/orders", body, key)

    def available(self, customer: str) -> int:
        return self.get(f"/customers/{customer}")["available"]

    def entries(self, customer: str) -> list[dict]:
        """The whole ledger, newest first."""
        found, cursor = [], ""
        while True:
            page = self.get(f"/customers/{customer}/ledger?limit=100{cursor}")
            found += page["entries"]
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"
