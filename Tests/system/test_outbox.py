"""What Alpine IQ cannot know is told to it, once: rules.md, "Alpine IQ and reconciliation", with the whole product."""

import os
import signal
import uuid

import pytest
import requests

from support.instance import API_KEY
from support.simulator import ACCOUNT, RunningSimulator
from support.synced import product  # noqa: F401 (a fixture)
from support.visitor import SyncAPI, bearer

ADJUST = "/v1.1/adjust/loyaltyPoints"


@pytest.fixture
def alpine(product):
    simulator = RunningSimulator(product.base_url)
    yield simulator
    simulator.fail("alpine", "none")


@pytest.fixture
def member(alpine):
    """A customer whom Alpine knows by the POS id, with some points."""
    return next(row for row in alpine.personas() if row["srcID"] and row.get("loyaltyPoints", 0) > 300)


def adjust(product, member, points: int) -> str:
    """Posts an adjustment and returns the entry's id."""
    answer = requests.post(
        product.url("/api/v1/adjustments"), timeout=20,
        headers=bearer(API_KEY) | {"Idempotency-Key": str(uuid.uuid4())},
        json={"customer": {"posId": str(member["srcID"])}, "points": points, "reason": "Goodwill"})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def taken(alpine, entry: str) -> list:
    rows = alpine.alpine("GET", f"/v1.1/adjustments/{ACCOUNT}/0/9999999999").json["data"] or []
    return [row["value"] for row in rows if entry in row["note"]]


def state(product, entry: str) -> str:
    return product.ask("SELECT state FROM outbox WHERE note LIKE %s", f"%{entry}")[0]["state"]


def test_an_adjustment_reaches_alpine_with_its_entry_in_the_note(product, alpine, member):
    entry = adjust(product, member, 25)
    product.wait_until(lambda: state(product, entry) == "acknowledged")
    assert taken(alpine, entry) == [25]
    row = alpine.alpine("GET", f"/v1.1/piis/{ACCOUNT}/{member['contactID']}").json["data"]
    assert row["loyaltyPoints"] == member["loyaltyPoints"] + 25


@pytest.mark.parametrize("mode", ["down", "garbage", "half"])
def test_a_push_that_was_done_and_whose_answer_was_lost_is_found_and_not_repeated(product, alpine, member, mode):
    alpine.fail("alpine", mode, path=ADJUST, count=1, done=1)
    entry = adjust(product, member, -7)
    product.wait_until(lambda: state(product, entry) == "unclear")
    product.wait_until(lambda: state(product, entry) == "acknowledged", 90)
    assert taken(alpine, entry) == [-7]


def test_a_worker_killed_while_it_sends_leaves_a_push_that_its_successor_finds(product, alpine, member):
    alpine.fail("alpine", "slow", path=ADJUST, count=1, ms=2_000)
    entry = adjust(product, member, 11)
    product.wait_until(lambda: state(product, entry) == "sending")
    old = product.pid("worker")
    os.kill(old, signal.SIGKILL)
    product.wait_until(lambda: product.pid("worker") not in (None, old))
    product.wait_until(lambda: taken(alpine, entry) == [11])
    assert state(product, entry) == "sending"
    # Ten minutes later.
    product.ask("UPDATE outbox SET next_attempt_at = UTC_TIMESTAMP(6) WHERE note LIKE %s", f"%{entry}")
    product.wait_until(lambda: state(product, entry) == "acknowledged", 60)
    assert taken(alpine, entry) == [11]
