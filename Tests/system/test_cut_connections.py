"""The connection to a till is cut at any moment, and the request repeated with its key: one effect, the same answer."""

import json
import random
import socket
import time
import uuid

import pytest

from support.checkout import Checkout
from support.deliveries import acknowledged
from support.faults import verify
from support.instance import API_KEY, Instance
from support.seeds import FULL, with_seeds

CUTS = 400 if FULL else 40
# Of one call: entries, redemptions, holds.
EFFECTS = {"redeem": (1, 1, 0), "hold": (0, 1, 1), "capture": (1, 0, -1), "void": (1, 0, 0), "order": (1, 0, 0)}


@pytest.fixture(scope="module")
def product():
    made = Instance(settings={"LOYALTY_API_RATE": "0"}, arguments=("--customers", "10", "--orders", "20"))
    try:
        yield made.start()
    finally:
        made.stop()
        made.remove()


@pytest.fixture(scope="module")
def desk(product):
    return Checkout(product.base_url)


def wire(product, path: str, body: dict, key: str) -> bytes:
    """The request, as it goes over the wire."""
    text = json.dumps(body).encode()
    head = (f"POST /api/v1{path} HTTP/1.1\r\nHost: 127.0.0.1:{product.port}\r\nAuthorization: Bearer {API_KEY}\r\n"
            f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n")
    return head.encode() + text


def send_and_cut(product, request: bytes, sent: int, read: int, wait: float, resets: bool) -> None:
    """Sends the first bytes of a request; if that was all of it, reads the first bytes of the answer. Then it is over."""
    with socket.create_connection(("127.0.0.1", product.port), timeout=20) as line:
        if resets:
            # Ends with RST, as a till does that loses its power.
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        line.sendall(request[:sent])
        if sent == len(request) and read:
            line.recv(read)
        time.sleep(wait)


def places(chance: random.Random, length: int) -> list[tuple[int, int]]:
    """Where it is cut: bytes sent, bytes read. The ends of things first, then anywhere."""
    ends = [(0, 0), (1, 0), (length - 1, 0), (length, 0), (length, 1), (length, 17), (length, 4_096)]
    return ends + [
        (length, chance.randrange(1_000)) if chance.random() < 0.5 else (chance.randrange(length), 0)
        for _ in range(CUTS - len(ends))]


@pytest.mark.parametrize("verb", ["redeem", "hold", "capture", "void", "order"])
@with_seeds(1)
def test_a_request_cut_anywhere_and_repeated_with_its_key_has_one_effect_and_one_answer(product, desk, seed, verb):
    print(f"LOYALTY_TEST_SEED={seed}")
    chance = random.Random(seed)
    customer = desk.member(1_000_000)
    for number in range(CUTS):
        path, body = call(desk, customer, verb, f"{verb}-{seed}-{number}")
        key = str(uuid.uuid4())
        request = wire(product, path, body, key)
        sent, read = places(chance, len(request))[number]
        before = effects(product)
        # How long the answer takes at most, so that it is cut before, while and after it is made.
        send_and_cut(product, request, sent, read, chance.choice((0, 0, 0.001, 0.005, 0.02, 0.05)), chance.random() < 0.5)
        where = f"sent {sent} of {len(request)}, read {read}"
        answers = [acknowledged(lambda: desk.post(path, body, key)) for _ in range(2)]
        assert {answer.status_code for answer in answers} <= {200, 201}, (where, answers[0].text)
        assert answers[0].text == answers[1].text and answers[1].headers["Idempotent-Replayed"] == "true", where
        after = effects(product)
        assert tuple(now - then for now, then in zip(after, before)) == EFFECTS[verb], where
    verify(product)


def call(desk, customer: str, verb: str, order: str) -> tuple[str, dict]:
    """What is asked for."""
    use = {"customerId": customer, "points": 100, "orderTotalCents": 6_000}
    if verb == "redeem":
        return "/redemptions", use
    if verb == "hold":
        return "/redemptions", use | {"hold": True}
    if verb == "order":
        return "/orders", {"posOrderId": order, "customerId": customer, "status": "completed", "totalCents": 5_000,
                           "completedAt": "2026-01-02T15:04:05Z"}
    made = desk.redeem(customer, 100, hold=verb == "capture")
    assert made.status_code == 201, made.text
    return f"/redemptions/{made.json()['id']}/{verb}", {}


def effects(product) -> tuple[int, int, int]:
    """How many entries, redemptions and holds there are."""
    return tuple(product.ask(
        """SELECT (SELECT COUNT(*) FROM ledger_entries) AS entries, (SELECT COUNT(*) FROM redemptions) AS redemptions,
                  (SELECT COUNT(*) FROM redemptions WHERE status = 'held') AS holds""")[0].values())
