"""What others send to the product, again and again until it says that it has it, as a good sender does."""

import datetime
import hashlib
import hmac
import json
import time
import uuid

import requests

from .instance import API_KEY, WEBHOOK_SECRET
from .visitor import bearer

# What is tried again: nobody there, busy, or another delivery of the same under way. A 500 is a defect.
AGAIN = (409, 429, 502, 503, 504)


def acknowledged(send, seconds: float = 60) -> requests.Response:
    """The first answer of `send` that is final."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            answer = send()
            if answer.status_code not in AGAIN:
                return answer
            problem = f"{answer.status_code} {answer.text[:300]}"
        except requests.RequestException as error:
            problem = str(error)
        assert time.monotonic() < deadline, f"not acknowledged within {seconds} s: {problem}"
        time.sleep(0.05)


def deliver(product, row: dict, event: str = "order.updated") -> str:
    """Tells an order by webhook; returns what was done with it."""
    envelope = {"event": event, "timestamp": datetime.datetime.now(datetime.UTC).isoformat(), "data": row}
    body = json.dumps(envelope).encode()
    signature = hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    answer = acknowledged(lambda: requests.post(
        product.url("/api/webhooks/alleaves/demo"), data=body, timeout=30,
        headers={"Content-Type": "application/json", "x-alleaves-signature": signature}))
    assert answer.status_code == 200, answer.text
    return answer.text


def adjust(product, customer: int, points: int) -> int:
    """Adjusts points through the API; returns what was moved: nothing while the customer is not known or has too few."""
    key = str(uuid.uuid4())
    answer = acknowledged(lambda: requests.post(
        product.url("/api/v1/adjustments"), timeout=30, headers=bearer(API_KEY) | {"Idempotency-Key": key},
        json={"customer": {"posId": str(customer)}, "points": points, "reason": "Counted again"}))
    if answer.status_code == 201:
        return points
    assert answer.json()["code"] in ("not_found", "insufficient_points"), answer.text
    return 0
