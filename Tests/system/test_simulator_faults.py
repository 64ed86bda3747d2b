"""What can be made to go wrong: docs/simulator.md, Faults."""

import concurrent.futures
import time

import pytest

from support.shop import PIIS, TODAY, cents, plain_persona, pos, running  # noqa: F401 (fixtures)
from support.simulator import ACCOUNT


def both(pos):
    return pos.alleaves("GET", "/order", page=1, pageSize=5), pos.alpine("GET", PIIS)


@pytest.mark.parametrize("target", [0, 1], ids=["alleaves", "alpine"])
@pytest.mark.parametrize(
    "mode, status", [("down", 502), ("401", 401), ("429", 429), ("500", 500), ("503", 503), ("garbage", 200),
                     ("half", 200), ("blank", 200)])
def test_a_fault_hits_its_target_as_often_as_asked(pos, target, mode, status):
    pos.sign_in()
    right = both(pos)
    pos.fail(["alleaves", "alpine"][target], mode, count=2)
    for _ in range(2):
        answers = both(pos)
        assert answers[target].status == status
        if status == 200:
            with pytest.raises(ValueError):
                answers[target].json
        assert answers[1 - target].body == right[1 - target].body
    assert [answer.body for answer in both(pos)] == [answer.body for answer in right]


def test_half_is_the_beginning_of_the_right_answer(pos):
    right = pos.alpine("GET", PIIS).body
    pos.fail("alpine", "half", count=1)
    half = pos.alpine("GET", PIIS).body
    assert right.startswith(half) and 0 < len(half) < len(right)


def test_it_answers_with_any_body_that_it_is_told(pos):
    pos.sign_in()
    pos.fail("alleaves", "says", body='{"error":"maintenance"}', count=1)
    pos.fail("alpine", "says", body="null", count=1)
    assert [(answer.status, answer.json) for answer in both(pos)] == [(200, {"error": "maintenance"}), (200, None)]


def test_empty_lists_are_well_formed(pos):
    pos.fail("alleaves", "empty")
    pos.fail("alpine", "empty")
    assert pos.alleaves("GET", "/order", page=1, pageSize=5).json == []
    assert pos.alleaves("POST", "/customer/search", {"page": 1, "pageSize": 5}).json == {}
    assert pos.alpine("GET", PIIS).json["data"]["results"] is None
    assert pos.alpine("GET", f"/v1.1/adjustments/{ACCOUNT}/0/1").json["data"] is None


def test_slow_waits_and_does_not_hold_up_others(pos):
    pos.sign_in()
    pos.fail("alpine", "slow", ms=700, count=2)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        begin = time.monotonic()
        slow = [pool.submit(pos.alpine, "GET", PIIS) for _ in range(2)]
        assert pos.alleaves("GET", "/location").status == 200 and time.monotonic() - begin < 0.5
        assert [answer.result().status for answer in slow] == [200, 200]
    assert 0.7 <= time.monotonic() - begin < 1.3
    assert pos.control("/state")["alpine"]["inFlightMax"] == 2


def test_a_fault_can_wait_for_a_page_and_name_a_path(pos):
    pos.sign_in()
    pos.fail("alleaves", "500", path="/order", after=1)
    seen = [pos.alleaves("GET", "/order", page=1, pageSize=5).status for _ in range(3)]
    assert seen == [200, 500, 500] and pos.alleaves("GET", "/location").status == 200
    pos.fail("alleaves", "429", retry=7)
    assert pos.alleaves("GET", "/location").headers["Retry-After"] == "7"
    pos.fail("alleaves", "none")
    assert pos.alleaves("GET", "/order", page=1, pageSize=5).status == 200


def test_hidden_points_are_zero_and_say_so(pos):
    pos.fail("alpine", "hidden")
    rows = pos.alpine("GET", PIIS).json["data"]["results"]
    assert all(row["loyaltyPoints"] == 0 and row["hidePointsInWallet"] for row in rows)
    wallet = pos.alpine("POST", "/v2/wallet", {"phone": rows[0]["mobilePhone"]}).json["data"]
    assert wallet["loyaltyPoints"] == 0 and wallet["hidePointsInWallet"] is True and not wallet["discountTemplates"]


def test_a_request_can_be_done_and_its_answer_lost(pos):
    persona = plain_persona(pos)
    contact, before = persona["contactID"], persona["loyaltyPoints"]
    adjust = lambda: pos.alpine("PUT", f"/v1.1/adjust/loyaltyPoints/{ACCOUNT}/{contact}", {"value": 5, "note": "n"})
    points = lambda: pos.alpine("GET", f"{PIIS}/{contact}").json["data"]["loyaltyPoints"]
    for number, (mode, status) in enumerate([("down", 502), ("500", 500), ("garbage", 200), ("half", 200)], start=1):
        pos.fail("alpine", mode, count=1, done=1, path="/v1.1/adjust/")
        assert adjust().status == status and points() == before + 5 * number
    pos.fail("alpine", "500", count=1)
    assert adjust().status == 500 and points() == before + 20
    assert len(pos.alpine("GET", f"/v1.1/adjustments/{ACCOUNT}/0/9999999999").json["data"]) == 4


def test_figures_can_lag_behind_sales_and_not_behind_adjustments(pos):
    persona = plain_persona(pos)
    contact, before = persona["contactID"], persona["loyaltyPoints"]
    points = lambda: pos.alpine("GET", f"{PIIS}/{contact}").json["data"]["loyaltyPoints"]
    sale = pos.control("/order", {"customer": int(persona["srcID"]), "total": "30.00"})["id_order"]
    pos.fail("alpine", "lag", seconds=3_600)
    assert points() == before
    pos.control(f"/order/{sale}", {"total": "12.00"})
    pos.alpine("PUT", f"/v1.1/adjust/loyaltyPoints/{ACCOUNT}/{contact}", {"value": -7, "note": "n"})
    assert points() == before - 7
    assert [row["loyaltyPoints"] for row in pos.personas() if row["contactID"] == contact] == [before - 7]
    pos.fail("alpine", "lag", seconds=0)
    assert points() == before + 5
    pos.fail("alpine", "none")
    assert points() == before + 5


def test_a_wave_shows_all_figures_or_a_part_of_them_as_zero(pos):
    before = pos.personas()
    pos.fail("alpine", "zero", percent=30)
    hit = [row["contactID"] for row in pos.personas() if row.get("loyaltyPoints") == 0]
    known = [row for row in before if row.get("loyaltyPoints")]
    share = sum(row["contactID"] in hit for row in known) / len(known)
    assert 0.2 < share < 0.4
    assert [row["contactID"] for row in pos.personas() if row.get("loyaltyPoints") == 0] == hit
    pos.fail("alpine", "zero")
    assert not any(row.get("loyaltyPoints") for row in pos.personas())
    assert pos.alpine("GET", f"/v2/wallet/{known[0]['mobilePhone']}").json["data"]["loyaltyPoints"] == 0
    pos.fail("alpine", "none")
    assert pos.personas() == before


def test_decimals_round_back_to_the_same_cents(pos):
    path = {"startDate": "2026-05-01", "endDate": TODAY, "page": 1, "pageSize": 500}
    plain = pos.alleaves("GET", "/order", **path).json
    pos.fail("alleaves", "decimals")
    odd = pos.alleaves("GET", "/order", **path)
    assert [cents(row["total"]) for row in odd.json] == [cents(row["total"]) for row in plain]
    assert sum(len(str(row["total"]).partition(".")[2]) > 2 for row in odd.json) > 400


def test_unknown_modes_targets_and_shapes_are_refused(pos):
    for query in ("target=alleaves&mode=odd", "target=simulator&mode=down", "mode=down", "target=alpine&mode=200",
                  "target=alleaves&mode=shape&shape=round"):
        assert pos.request("GET", "/simulator/fail?" + query).status == 400


@pytest.mark.parametrize("mode", ["down", "500", "garbage", "half"])
def test_a_change_of_an_order_whose_answer_is_lost_is_on_the_order_where_done_says_so(pos, mode):
    order = pos.control("/order", {"status": "pending", "total": "60.00"})["id_order"]
    line = pos.control(f"/order/{order}")["items"][0]["id_item"]
    for done in (0, 1):
        pos.fail("alleaves", mode, path=f"/order/{order}", count=2, done=done)
        pos.alleaves("PUT", f"/order/{order}/item/{line}", {"price_override": 50 - 10 * done})
        pos.alleaves("POST", f"/order/{order}/discount", {"id_discount": 56})
        seen = pos.alleaves("GET", f"/order/{order}").json
        times = done if mode != "half" else done + 1
        assert cents(seen["discount"]) == 500 * times
        assert cents(seen["items"][0]["price"]) == (6_000 if times == 0 else 5_000 - 1_000 * done)
