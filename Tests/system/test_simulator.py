"""The simulator as a program, and the people in it: docs/simulator.md, The data."""

import collections
import concurrent.futures
import datetime
import subprocess
import time

import pytest

from support.shop import PIIS, TODAY, pos, running, shop  # noqa: F401 (fixtures)
from support.simulator import Simulator, program


def everything(simulator) -> bytes:
    order = simulator.alleaves("GET", "/order", page=3, pageSize=200, startDate="2010-01-01", endDate="2030-01-01")
    customers = simulator.alleaves("POST", "/customer/search", {"page": 1, "pageSize": 300})
    return order.body + customers.body + simulator.alpine("GET", PIIS, limit=2_000).body


def test_the_same_seed_gives_the_same_bytes(pos):
    with Simulator(today=TODAY) as again, Simulator(today=TODAY, seed=2) as other:
        assert everything(again) == everything(pos) != everything(other)


def test_today_is_the_last_day_and_nothing_lies_ahead():
    with Simulator(customers=2_000, orders=40_000) as simulator:
        newest = simulator.alleaves("GET", "/order", page=1, pageSize=1).json[0]
        age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(newest["date_created"])
        assert datetime.timedelta(0) <= age < datetime.timedelta(hours=40)


def test_it_stops_within_a_second_also_while_a_request_waits():
    with Simulator(customers=10, orders=20) as simulator, concurrent.futures.ThreadPoolExecutor() as pool:
        simulator.fail("alpine", "slow", ms=5_000)
        pool.submit(simulator.alpine, "GET", PIIS)
        time.sleep(0.2)
        begin = time.monotonic()
        simulator.process.terminate()
        assert simulator.process.wait(5) == 0 and time.monotonic() - begin < 1


@pytest.mark.parametrize("arguments", [[], ["--socket"], ["--socket", "x", "--seed", "no"], ["--odd", "1"]])
def test_a_wrong_command_line_is_explained(arguments):
    done = subprocess.run([program(), *arguments], capture_output=True, text=True, timeout=10)
    assert done.returncode == 2 and "usage: PosSimulator" in done.stderr


# The people


def test_every_tier_and_every_segment_has_people(shop):
    tiers = collections.Counter(shop.tier(customer) for customer in shop.customers)
    segments = collections.Counter(shop.segment(customer) for customer in shop.customers)
    assert set(tiers) == {0, 1, 2, 3}
    assert set(segments) == {"new", "vip", "high_value", "frequent", "loyal", "slipping", "at_risk", "churned"}
    assert min(tiers.values()) >= 10 and min(segments.values()) >= 10, (tiers, segments)
    assert sum(not shop.days[customer] for customer in shop.customers) >= 10


def test_alpine_agrees_with_the_orders_except_where_meant(shop):
    assert 400 <= len(shop.personas) <= 430
    by_code = {row.get("alpine_user_code"): number for number, row in shop.customers.items()}
    off = same = 0
    kinds = collections.Counter()
    for persona in shop.personas:
        kinds["member" if persona["loyalty"] else "no member"] += 1
        if persona["srcID"] is None:
            kinds["code" if persona["contactID"] in by_code else "phone"] += 1
        if persona.get("hidePointsInWallet"):
            assert persona["loyaltyPoints"] == 0
            kinds["hidden"] += 1
        elif "loyaltyPoints" not in persona:
            kinds["unknown"] += 1
        elif persona["srcID"]:
            base = shop.base[int(persona["srcID"])]
            if int(persona["loyaltyPoints"]) == base:
                same += 1
                kinds["fractional"] += persona["loyaltyPoints"] != base
            else:
                off += 1
                assert abs(int(persona["loyaltyPoints"]) - base) * 10 > persona["loyaltyPoints"]
    assert 0.02 < off / len(shop.personas) < 0.05 and same > 300
    expected = {"member", "no member", "code", "phone", "hidden", "unknown", "fractional"}
    assert all(kinds[kind] >= 4 for kind in expected), kinds
