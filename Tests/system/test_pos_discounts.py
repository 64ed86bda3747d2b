"""A reward is carried to its order at the point of sale, once, however its answers are lost: with the whole product."""

import re
import uuid

import pytest
import requests

from support.instance import API_KEY, Instance
from support.simulator import RunningSimulator
from support.visitor import SyncAPI, Visitor, bearer


@pytest.fixture(scope="module")
def product():
    made = Instance(arguments=("--customers", "20", "--orders", "40"))
    try:
        made.start()
        SyncAPI(made).run()
        admin = Visitor(made)
        assert admin.save("program", {"pos_discount_enabled": "1"}).status_code == 303
        fields = admin.form("redemptions")
        row = next(name for name, value in fields.items() if re.fullmatch(r"redemption\[.*\]\[points_cost\]", name)
                   and value == "100")
        # The point of sale's discount 56 is $5, as this reward.
        named = {row.replace("points_cost", "pos_discount_id"): "56"}
        assert admin.save("redemptions", named).status_code == 303
        yield made
    finally:
        made.stop()
        made.remove()


@pytest.fixture
def pos(product):
    simulator = RunningSimulator(product.base_url)
    yield simulator
    simulator.fail("alleaves", "none")


def call(product, path: str, body: dict | None = None) -> dict:
    headers = bearer(API_KEY) | {"Idempotency-Key": str(uuid.uuid4())}
    answer = requests.post(product.url(path), json=body or {}, headers=headers, timeout=20)
    assert answer.ok, answer.text
    return answer.json()


def discount(product, redemption: dict) -> dict | None:
    path = product.url(f"/api/v1/redemptions/{redemption['id']}")
    return requests.get(path, headers=bearer(API_KEY), timeout=20).json()["posDiscount"]


def state(product, redemption: dict) -> str | None:
    found = discount(product, redemption)
    return found and found["state"]


@pytest.fixture
def member(product):
    body = {"firstName": "Ada", "posId": None, "phone": None}
    made = call(product, "/api/v1/customers", {name: value for name, value in body.items() if value})
    call(product, "/api/v1/adjustments", {"customerId": made["id"], "points": 1000, "reason": "Goodwill"})
    return made["id"]


@pytest.fixture
def order(pos):
    """An open order of one line, $60.00."""
    return pos.control("/order", {"status": "pending", "total": "60.00"})["id_order"]


def redeem(product, member: str, order: int, **use) -> dict:
    made = call(product, "/api/v1/redemptions", {
        "customerId": member, "orderTotalCents": 6000, "posOrderId": str(order), **use})
    assert made["posDiscount"]["state"] == "queued"
    return made


def tier(product) -> dict:
    program = requests.get(product.url("/api/v1/program"), headers=bearer(API_KEY), timeout=20).json()
    return {"redemptionTierId": next(row["id"] for row in program["rewards"] if row["pointsCost"] == 100)}


def cents(order: dict, field: str) -> int:
    return round(float(order[field]) * 100)


def shown(pos, order: int) -> dict:
    return pos.control(f"/order/{order}")


def price(pos, order: int) -> int:
    return cents(shown(pos, order)["items"][0], "price")


def asked(pos, order: int) -> list[str]:
    rows = pos.control("/requests")["requests"]
    return [row["path"] for row in rows if row["method"] in ("POST", "PUT") and f"/order/{order}/" in row["path"]]


def test_a_reward_with_a_discount_of_its_own_puts_it_on_the_open_order(product, pos, member, order):
    made = redeem(product, member, order, **tier(product))
    product.wait_until(lambda: state(product, made) == "applied")
    assert cents(shown(pos, order), "discount") == 500 and len(asked(pos, order)) == 1


@pytest.mark.parametrize("mode", ["down", "500", "garbage", "half"])
def test_a_discount_whose_answer_was_lost_is_found_on_the_order_and_not_sent_again(product, pos, member, order, mode):
    pos.fail("alleaves", mode, path=f"/order/{order}/discount", count=1, done=1)
    made = redeem(product, member, order, **tier(product))
    product.wait_until(lambda: state(product, made) == "applied", 60)
    assert cents(shown(pos, order), "discount") == 500 and len(asked(pos, order)) == 1


@pytest.mark.parametrize("mode", ["down", "half"])
def test_prices_whose_answer_was_lost_are_found_and_put_back_with_the_points(product, pos, member, order, mode):
    pos.fail("alleaves", mode, path=f"/order/{order}/item", count=1, done=1)
    made = redeem(product, member, order, points=400)
    product.wait_until(lambda: state(product, made) == "applied", 60)
    assert price(pos, order) == 6000 - made["valueCents"] and len(asked(pos, order)) == 1
    assert call(product, f"/api/v1/redemptions/{made['id']}/void")["status"] == "voided"
    product.wait_until(lambda: discount(product, made) is None, 60)
    assert price(pos, order) == 6000


def test_a_discount_that_no_call_takes_off_is_said_to_be_still_there(product, pos, member, order):
    made = redeem(product, member, order, **tier(product))
    product.wait_until(lambda: state(product, made) == "applied")
    call(product, f"/api/v1/redemptions/{made['id']}/void")
    product.wait_until(lambda: "still on the order" in (discount(product, made)["detail"] or ""), 60)
    assert cents(shown(pos, order), "discount") == 500


def test_an_order_that_was_paid_or_is_unknown_gets_none_and_the_redemption_says_so(product, pos, member, order):
    pos.control(f"/order/{order}", {"status": "completed"})
    paid = redeem(product, member, order, points=100)
    unknown = redeem(product, member, 5_000_000, points=100)
    for made in (paid, unknown):
        product.wait_until(lambda made=made: state(product, made) == "failed")
        assert discount(product, made)["detail"]
    assert asked(pos, order) == []


def test_the_shops_switch_holds_discounts_back(product, pos, member, order):
    admin = Visitor(product)
    assert admin.save("program", {"outbound_enabled": None}).status_code == 303
    made = redeem(product, member, order, points=100)
    assert admin.save("program", {"outbound_enabled": "1"}).status_code == 303
    product.wait_until(lambda: state(product, made) == "applied")
    # Until it was on again, nobody had asked about the order.
    assert price(pos, order) == 5500
