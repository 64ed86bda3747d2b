"""What tests of the till share: members with points, their balance, browsers that are signed in, lines that break."""

import re
import socket
import uuid
from urllib.parse import urlencode

import requests

from .instance import API_KEY
from .visitor import bearer


def new_member(product, points: int) -> str:
    """The id of somebody with so many points of whom nothing was taken."""
    made = _call(product, "/api/v1/customers", {"firstName": "Ada", "lastName": f"B{uuid.uuid4().hex[:8]}"})
    _call(product, "/api/v1/adjustments", {"customerId": made["id"], "points": points, "reason": "Goodwill"})
    return made["id"]


def name_of(product, member: str) -> str:
    found = requests.get(product.url(f"/api/v1/customers/{member}"), headers=bearer(API_KEY), timeout=20).json()
    return f"{found['firstName']} {found['lastName']}"


def _call(product, path: str, body: dict) -> dict:
    headers = bearer(API_KEY) | {"Idempotency-Key": str(uuid.uuid4())}
    answer = requests.post(product.url(path), json=body, headers=headers, timeout=20)
    assert answer.ok, answer.text
    return answer.json()


def points(till, member: str) -> int:
    page = till.get(f"/till?customer={member}").text
    return int(re.search(r'id="points-now"[^>]*>([\d,]+) point', page).group(1).replace(",", ""))


def context(browser, shop, visitor, **options):
    made = browser.new_context(base_url=shop.base_url, **options)
    made.add_cookies([{"name": "session", "value": visitor.session.cookies["session"], "url": shop.base_url}])
    return made


def too_wide(page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def cut_off(shop, visitor, path: str, fields: dict) -> None:
    """Sends a form and goes away without reading the answer, as when the line breaks."""
    body = urlencode(fields).encode()
    head = (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{shop.port}\r\nContent-Length: {len(body)}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\n"
            f"Cookie: session={visitor.session.cookies['session']}\r\n\r\n")
    with socket.create_connection(("127.0.0.1", shop.port)) as line:
        line.sendall(head.encode() + body)
