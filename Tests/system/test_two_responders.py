"""Two responders on one database: never a point spent twice, whichever of them is asked."""

import random
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.checkout import Checkout
from support.faults import verify
from support.responders import TwoResponders
from support.seeds import with_seeds


@pytest.fixture(scope="module")
def both():
    # Of one key many more are asked at once than a shop's tills would.
    made = TwoResponders(settings={"LOYALTY_API_RATE": "0"}, arguments=("--customers", "10", "--orders", "20"))
    try:
        yield made.start()
    finally:
        made.stop()


@pytest.fixture(scope="module")
def desks(both):
    return [Checkout(base) for base in both.bases]


def at_once(calls: list) -> list:
    """What the calls return, all made at the same moment."""
    start = threading.Barrier(len(calls))

    def run(call):
        start.wait(30)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_fifty_redemptions_at_both_with_points_for_one_one_succeeds_and_49_say_what_is_missing(both, desks):
    customer = desks[0].member(250)
    answers = at_once([
        lambda number=number: desks[number % 2].redeem(customer, 250, hold=number % 4 > 1) for number in range(50)])
    refused = [answer.json() for answer in answers if answer.status_code == 422]
    assert [answer.status_code for answer in answers].count(201) == 1 and len(refused) == 49
    assert {tuple(row[name] for name in ("code", "available", "required", "shortBy")) for row in refused} == {
        ("insufficient_points", 0, 250, 250)}
    assert desks[1].available(customer) == 0
    verify(both.product)


@pytest.mark.parametrize("verb", ["redeem", "refused", "adjust", "order", "capture", "void"])
def test_one_key_sent_to_both_at_once_has_one_effect_and_one_answer(desks, verb):
    for number in range(8):
        customer = desks[0].member(1_000)
        key, order = str(uuid.uuid4()), f"both-{verb}-{number}"
        hold = desks[0].redeem(customer, 100, hold=True).json()["id"] if verb == "capture" else None
        taken = desks[0].redeem(customer, 100).json()["id"] if verb == "void" else None
        call = {
            "redeem": lambda desk: desk.redeem(customer, 300, key),
            "refused": lambda desk: desk.redeem(customer, 5_000, key),
            "adjust": lambda desk: desk.adjust(customer, -17, key),
            "order": lambda desk: desk.order(customer, order, 5_000, key),
            "capture": lambda desk: desk.post(f"/redemptions/{hold}/capture", {}, key),
            "void": lambda desk: desk.post(f"/redemptions/{taken}/void", {}, key),
        }[verb]
        entries = len(desks[0].entries(customer))
        answers = at_once([lambda desk=desk: call(desk) for desk in desks * 2])
        assert len({(answer.status_code, answer.text) for answer in answers}) == 1, [a.text for a in answers]
        assert sum(answer.headers.get("Idempotent-Replayed") == "true" for answer in answers) == 3
        assert len(desks[1].entries(customer)) - entries == (0 if verb == "refused" else 1)


class Mixed:
    """Whatever tills ask, of either responder; remembers what every answer below 300 must have written."""

    def __init__(self, desks, customers, seed: int):
        self.desks, self.customers, self.chance = desks, customers, random.Random(seed)
        self.lock = threading.Lock()
        self.requests, self.server_faults = 0, []
        # By entry: how often it must be there.
        self.adjusted, self.keys, self.orders = [], [], []

    def step(self, number: int) -> None:
        with self.lock:
            customer, verb = self.chance.choice(self.customers), self.chance.choice(
                ("adjust", "redeem", "redeem", "hold", "order", "undo"))
            points, order = self.chance.randrange(1, 400), f"mixed-{self.chance.randrange(200)}"
            first = self.chance.randrange(2)
        here, there = self.desks[first], self.desks[1 - first]
        if verb == "adjust":
            self.count(here.adjust(customer, points - 200 or 1), lambda made: self.adjusted.append(made["id"]))
        elif verb == "order":
            # An order is of one customer; the same one is told again and again.
            owner = self.customers[int(order.split("-")[1]) % len(self.customers)]
            self.count(here.order(owner, order, 2_000), lambda _: self.orders.append(order))
        else:
            made = self.count(
                here.redeem(customer, max(points, 100), hold=verb == "hold"),
                lambda made: None if verb == "hold" else self.keys.append(f"redeem:{made['id']}"))
            if made and verb == "hold":
                self.count(there.post(f"/redemptions/{made['id']}/capture"),
                           lambda made: self.keys.append(f"redeem:{made['id']}"))
            elif made and verb == "undo":
                self.count(there.post(f"/redemptions/{made['id']}/void"),
                           lambda made: self.keys.append(f"reversal:{made['id']}"))

    def count(self, answer, note) -> dict | None:
        with self.lock:
            self.requests += 1
            if answer.status_code >= 500:
                self.server_faults.append(answer.text)
            if answer.status_code >= 300:
                return None
            note(answer.json())
        return answer.json()


@with_seeds(1)
def test_a_thousand_mixed_requests_at_both_keep_every_balance_provable_and_each_success_has_its_entry(
        both, desks, seed):
    print(f"LOYALTY_TEST_SEED={seed}")
    customers = [desks[0].member(500) for _ in range(20)]
    mixed = Mixed(desks, customers, seed)
    with ThreadPoolExecutor(32) as pool:
        while mixed.requests < 1_000:
            list(pool.map(mixed.step, range(100)))
    assert mixed.server_faults == []
    verify(both.product)
    ledgers = {customer: desks[0].entries(customer) for customer in customers}
    ids = [entry["id"] for entries in ledgers.values() for entry in entries]
    assert len(set(ids)) == len(ids) and min(
        entry["balanceAfter"] for entries in ledgers.values() for entry in entries) >= 0
    assert len(mixed.adjusted) > 20 and set(mixed.adjusted) <= set(ids)
    assert len(set(mixed.adjusted)) == len(mixed.adjusted)
    kept = [row["entry_key"].decode() for row in both.product.ask(
        "SELECT entry_key FROM ledger_entries WHERE entry_key LIKE 'redeem:%%' OR entry_key LIKE 'reversal:%%'")]
    assert len(mixed.keys) > 100 and len(set(mixed.keys)) == len(mixed.keys)
    assert all(kept.count(key) == 1 for key in mixed.keys)
    told = both.product.ask(
        """SELECT o.pos_order_id, COUNT(e.id) AS n, SUM(e.points) AS points FROM orders o
             JOIN ledger_entries e ON e.tenant_id = o.tenant_id AND e.order_id = o.id
            WHERE o.pos_order_id LIKE 'mixed-%%' GROUP BY o.pos_order_id""")
    assert {(row["n"], int(row["points"])) for row in told} == {(1, 20)}
    assert {row["pos_order_id"].decode() for row in told} == set(mixed.orders)
