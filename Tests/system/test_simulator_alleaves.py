"""The simulated Alleaves: its shapes, as docs/simulator.md promises them."""

import base64
import datetime
import time

import pytest

from support.shop import ZONE, cents, local_day, pos, running, shop  # noqa: F401 (fixtures)
from support.simulator import PASSWORD, USER, claims


# Alleaves: signing in


def test_both_forms_of_signing_in_give_a_token_for_a_day(pos):
    form_a = pos.request("POST", "/alleaves/api/auth", {"username": USER, "password": PASSWORD, "pin": "0000"})
    basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    form_b = pos.request("POST", "/alleaves/api/auth", b"", {"Authorization": f"Basic {basic}"})
    for answer in (form_a, form_b):
        assert answer.status == 200
        token = answer.json["token"]
        assert 86_000 < claims(token)["exp"] - time.time() <= 86_400
        payload = token.split(".")[1]
        assert "=" not in payload and ("-" in payload or "_" in payload), "plain base64 readers must fail"
        bearer = {"Authorization": f"Bearer {token}"}
        assert pos.request("GET", "/alleaves/api/location", headers=bearer).status == 200


def test_wrong_credentials_and_missing_tokens_are_401(pos):
    assert pos.request("POST", "/alleaves/api/auth", {"username": USER, "password": "no"}).status == 401
    assert pos.request("POST", "/alleaves/api/auth", b"").status == 401
    for header in (None, "Bearer x.y.z", "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()):
        headers = {"Authorization": header} if header else {}
        assert pos.request("GET", "/alleaves/api/location", headers=headers).status == 401


def test_tokens_expire_and_can_be_revoked(pos):
    pos.sign_in()
    pos.control("/token", revoke=1)
    assert pos.alleaves("GET", "/location").status == 401
    pos.control("/token", seconds=0)
    pos.sign_in()
    assert pos.alleaves("GET", "/location").status == 401


def test_locations_are_wide_and_hold_secrets(pos):
    rows = pos.alleaves("GET", "/location").json
    assert rows[0]["id_location"] == 1000 and rows[0]["timezone"] == "America/New_York"
    assert rows[0]["kiosk"] is None and rows[0]["created_by"] == "7" and rows[0]["pos_configuration"]["created_by"] == 7
    assert "made-up-secret" in str(rows)


# Alleaves: customers


def test_customer_pages_need_page_and_size(pos):
    for body in ({}, {"page": 1}, {"pageSize": 100}, {"page": 0, "pageSize": 100}):
        assert pos.alleaves("POST", "/customer/search", body).status == 400
    assert pos.alleaves("POST", "/customer/search", {"page": 6, "pageSize": 100}).json == {}


@pytest.mark.parametrize("shape", ["array", "customers", "data", "numeric", "unknown"])
def test_customer_pages_come_in_each_shape(pos, shape):
    pos.fail("alleaves", "shape", shape=shape)
    page = pos.alleaves("POST", "/customer/search", {"page": 2, "pageSize": 3}).json
    rows = {
        "array": lambda: page, "customers": lambda: page["customers"], "data": lambda: page["data"],
        "numeric": lambda: [page[key] for key in ("0", "1", "2")], "unknown": lambda: page["result"]["rows"],
    }[shape]()
    assert [row["id_customer"] for row in rows] == [100004, 100005, 100006]


def test_customers_look_like_a_real_list(shop):
    rows = list(shop.customers.values())
    assert len(rows) == 500
    phones = [row["phone"] for row in rows]
    assert 0.3 < sum(bool(phone) for phone in phones) / 500 < 0.5
    assert None in phones and "" in phones and any((phone or "").startswith("(") for phone in phones)
    assert any(row["name_first"].lower() == "guest" for row in rows)
    assert any(row.get("alpine_user_code") for row in rows) and any("total_spent" not in row for row in rows)
    assert all(not row.get("loyalty_points") for row in rows)


def test_a_created_customer_appears_at_the_end_of_the_list(pos):
    body = {"name_first": "Ana \"A\"", "name_last": "Ñu\u00f1ez", "phone": "518-555-0199", "email": None}
    made = pos.alleaves("POST", "/customer", body).json
    last = pos.customers()[-1]
    assert last == made and last["id_customer"] == 100501 and last["name_first"] == body["name_first"]
    assert last["name_last"] == body["name_last"]


# Alleaves: orders


def test_orders_come_newest_first_for_whole_days_of_the_shop(pos, shop):
    rows = pos.orders("2026-03-07", "2026-03-09")  # clocks change on the 8th
    days = [local_day(row["date_created"]).isoformat() for row in rows]
    assert set(days) == {"2026-03-07", "2026-03-08", "2026-03-09"} and days == sorted(days, reverse=True)
    expected = [row["id_order"] for row in shop.orders
                if "2026-03-07" <= local_day(row["date_created"]).isoformat() <= "2026-03-09"]
    assert [row["id_order"] for row in rows] == expected
    assert pos.alleaves("GET", "/order", startDate="March", endDate="2026-03-09").status == 400


def test_all_orders_are_there_once(shop):
    assert len(shop.orders) == 6000 and len({row["id_order"] for row in shop.orders}) == 6000


def test_orders_have_every_oddity_that_the_field_has(shop):
    rows = shop.orders
    assert {type(row["total"]) for row in rows} == {int, float, str}
    nobody = [row for row in rows if int(row.get("id_customer") or 0) <= 0]
    assert {row.get("id_customer", "absent") for row in nobody} == {0, -1, "absent"}
    assert {row["status"] for row in rows} >= {"completed", "delivered", "pending", "cancelled", "voided"}
    assert any("complete" not in row for row in rows)
    refunds = [row for row in rows if cents(row["total"]) < 0]
    known = {row["id_order"] for row in rows}
    assert refunds and all(int(row["id_external"]) in known for row in refunds)
    assert all(row["void"] == (row["status"] == "voided") for row in rows)


def test_amounts_of_an_order_add_up(shop):
    for row in shop.orders:
        goods = cents(row["subtotal"]) - cents(row["discount"]) - cents(row["loyalty"])
        assert abs(goods + cents(row["tax"]) - cents(row["total"])) <= 2
        assert sum(cents(item["price"]) * item.get("quantity", 1) for item in row["items"]) == cents(row["subtotal"])


def test_sales_happen_in_opening_hours(shop):
    hours = {datetime.datetime.fromisoformat(row["date_created"]).astimezone(ZONE).hour
             for row in shop.orders if cents(row["total"]) > 0}
    assert hours <= set(range(9, 21)) and len(hours) == 12


def test_one_order_is_found_by_id_and_an_unknown_one_is_404(pos):
    order = pos.alleaves("GET", "/order/900001")
    assert order.json["id_order"] == 900001 and order.json["status_list"]
    assert pos.alleaves("GET", "/order/77").status == 404
    assert pos.alleaves("POST", "/order/search", {}).status == 404
    assert pos.alleaves("GET", "/customers").status == 404


def test_an_order_is_written_line_by_line(pos):
    made = pos.alleaves("POST", "/order", {"id_customer": 100005, "id_external": None, "complete": False})
    assert made.status == 201 and made.json["complete"] is False
    path = f"/order/{made.json['id_order']}"
    lines = pos.alleaves("POST", path + "/item", {"id_batch": 321, "id_area": 1, "qty": 2}).json["items"]
    assert len(lines) == 2 and lines[0]["id_item"] != lines[1]["id_item"]
    item = f"{path}/item/{lines[0]['id_item']}"
    order = pos.alleaves("PUT", item, {"price_override": 12.5, "price_override_reason": "points"}).json
    assert cents(order["subtotal"]) == 1_250 + 3_500
    order = pos.alleaves("POST", path + "/discount", {"id_discount": 55}).json["order"]
    assert cents(order["total"]) == 3_750 + 488
    order = pos.alleaves("PUT", path, {"complete": True}).json
    assert order["complete"] is True and order["status"] == "completed"
    # The simulator counts days by the shop's clock, on which it may still be yesterday.
    yesterday = datetime.date.today() - datetime.timedelta(days=1)
    assert pos.orders(start=yesterday.isoformat())[0]["id_order"] == order["id_order"]
