"""What a test can change while it looks on: docs/simulator.md, Control."""

from support.shop import PIIS, cents, plain_persona, pos, running  # noqa: F401 (fixtures)
from support.simulator import ACCOUNT, PASSWORD


def test_a_sale_made_at_the_till_reaches_both_services(pos):
    persona = plain_persona(pos)
    customer = int(persona["srcID"])
    made = pos.control("/order", {"customer": customer, "total": 39.55, "tax": "4.55", "date": "2026-06-30T16:00:00Z"})
    assert made["status"] == "completed" and cents(made["total"]) == 3_955 and cents(made["subtotal"]) == 3_500
    points = lambda: pos.alpine("GET", f"{PIIS}/{persona['contactID']}").json["data"]["loyaltyPoints"]
    assert points() == persona["loyaltyPoints"] + 39
    assert made["id_order"] in [row["id_order"] for row in pos.orders("2026-06-30", "2026-06-30")]
    refund = pos.control("/order", {"customer": customer, "total": "-20.00", "external": str(made["id_order"])})
    assert refund["id_external"] == str(made["id_order"]) and points() == persona["loyaltyPoints"] + 19
    pos.control(f"/order/{refund['id_order']}", {"void": True})
    assert points() == persona["loyaltyPoints"] + 39
    voided = pos.control(f"/order/{made['id_order']}", {"void": True})
    assert voided["void"] and voided["status"] == "voided" and voided["date_updated"] > made["date_updated"]
    assert points() == persona["loyaltyPoints"]
    pos.control(f"/order/{made['id_order']}", {"void": False, "alpine": False})
    assert points() == persona["loyaltyPoints"], "a sale that Alpine has not heard of"


def test_an_order_can_get_any_odd_content_and_vanish(pos):
    made = pos.control("/order", {"id": 5, "customer": 100007, "total": "10.00"})
    assert made["id_order"] == 5 and pos.control("/order", {"id": 5, "total": "12.00"})["total"] in (12, "12.00")
    assert pos.control("/order/5", {"total_raw": "twelve"})["total"] == "twelve"
    odd = pos.control("/order/5", {"status": "Teleported", "complete": "absent"})
    assert odd["status"] == "Teleported" and "complete" not in odd
    assert pos.control("/order/5", {"customer": 0})["id_customer"] == 0
    pos.control("/order/5", {"deleted": True})
    assert pos.alleaves("GET", "/order/5").status == 404
    assert 5 not in [row["id_order"] for row in pos.orders("2026-06-30")]
    pos.control("/order/5", {"deleted": False})
    assert pos.alleaves("GET", "/order/5").status == 200


def test_customers_and_personas_change_on_demand(pos):
    made = pos.control("/customer", {"name_first": "Test", "name_last": "One", "phone": "5185550100", "persona": True})
    contact = made["contactID"]
    assert pos.alpine("GET", f"{PIIS}/{contact}").json["data"]["srcID"] == str(made["id_customer"])
    pos.control(f"/persona/{contact}", {"points": 420.5})
    pos.control("/order", {"customer": made["id_customer"], "total": "10.99"})
    assert pos.alpine("GET", f"{PIIS}/{contact}").json["data"]["loyaltyPoints"] == 430.5
    assert pos.control(f"/customer/{made['id_customer']}")["base_points"] == 10
    pos.control(f"/persona/{made['id_customer']}", {"loyalty": False, "hidden": True})
    row = pos.alpine("GET", f"{PIIS}/{contact}").json["data"]
    assert row["loyalty"] is False and row["loyaltyPoints"] == 0 and row["hidePointsInWallet"] is True
    pos.control(f"/persona/{contact}", {"hidden": False, "points_field": False})
    assert "loyaltyPoints" not in pos.alpine("GET", f"{PIIS}/{contact}").json["data"]
    pos.control(f"/persona/{contact}", {"delete": True})
    assert pos.alpine("GET", f"{PIIS}/{contact}").status == 404
    assert contact not in [row["contactID"] for row in pos.personas()]
    pos.control(f"/customer/{made['id_customer']}", {"phone": "9175550111"})
    assert pos.customers()[-1]["phone"] == "9175550111"


def test_a_persona_merges_into_another_and_vanishes(pos):
    first, second = [row for row in pos.personas() if row["srcID"] and row.get("loyaltyPoints", 0) > 300][:2]
    pos.alpine("PUT", f"/v1.1/adjust/loyaltyPoints/{ACCOUNT}/{first['contactID']}", {"value": 5, "note": "entry 8"})
    pos.control("/merge", **{"from": first["contactID"], "into": second["contactID"]})
    points = lambda: pos.alpine("GET", f"{PIIS}/{second['contactID']}").json["data"]["loyaltyPoints"]
    both = first["loyaltyPoints"] + 5 + second["loyaltyPoints"]
    assert pos.alpine("GET", f"{PIIS}/{first['contactID']}").status == 404
    assert first["contactID"] not in [row["contactID"] for row in pos.personas()]
    path = f"/v1.1/adjust/loyaltyPoints/{ACCOUNT}/{first['contactID']}"
    assert points() == both and pos.alpine("PUT", path, {"value": 5}).status == 404
    pos.control("/order", {"customer": int(first["srcID"]), "total": "10.00"})
    assert points() == both + 10
    rows = pos.alpine("GET", f"/v1.1/adjustments/{ACCOUNT}/0/9999999999").json["data"]
    assert [(row["cntID"], row["note"]) for row in rows] == [(second["contactID"], "entry 8")]


def test_a_persona_comes_back_under_another_contact_id(pos):
    old = plain_persona(pos)
    new = pos.control("/merge", **{"from": old["contactID"]})["contactID"]
    assert new != old["contactID"] and pos.alpine("GET", f"{PIIS}/{old['contactID']}").status == 404
    row = pos.alpine("GET", f"{PIIS}/{new}").json["data"]
    assert {**row, "contactID": old["contactID"]} == old
    for query in ({"from": "0" * 32}, {"from": new, "into": "0" * 32}, {"from": old["contactID"], "into": new}):
        assert pos.request("GET", "/simulator/merge", query=query).status == 404
    assert pos.request("GET", "/simulator/merge", query={"from": new, "into": new}).status == 400


def test_requests_are_noted_without_what_signs_in(pos):
    pos.sign_in()
    pos.alleaves("GET", "/order", page=1)
    log = pos.control("/requests", clear=1)["requests"]
    assert [(row["method"], row["path"], row["query"], row["status"]) for row in log] == [
        ("POST", "/alleaves/api/auth", "", 200), ("GET", "/alleaves/api/order", "page=1", 200)]
    assert PASSWORD not in str(log) and pos.control("/requests")["requests"] == []


def test_absurd_numbers_are_refused_or_bounded_but_never_end_it(pos):
    order = pos.control("/order", {"customer": 100007, "total": "10.00"})["id_order"]
    contact = plain_persona(pos)["contactID"]
    for number in (-1, 0, 2**31, -(2**31), 2**63 - 1, -(2**63), 2**64, "1e999", 10**30):
        for path in (f"/order/{number}", f"/customer/{number}", f"/persona/{number}"):
            pos.request("POST", "/simulator" + path, {"total": number, "points": number})
        for field in ("id", "customer", "total", "tax", "external"):
            pos.request("POST", "/simulator/order", {field: number})
        pos.request("POST", f"/simulator/persona/{contact}", {"points": number})
        window = f"/v1.1/adjustments/{ACCOUNT}/{number}/{number}"
        for path in (PIIS, f"{PIIS}/{number}", f"/v2/wallet/{number}", window):
            pos.alpine("GET", path, search=number, start=number, limit=number)
        pos.alpine("PUT", f"/v1.1/adjust/loyaltyPoints/{ACCOUNT}/{contact}", {"value": number, "ts": number})
        pos.alleaves("GET", f"/order/{number}")
        pos.alleaves("GET", "/order", page=number, pageSize=number, startDate=number)
        pos.alleaves("POST", "/customer/search", {"page": number, "pageSize": number})
        pos.alleaves("POST", "/order", {"id_customer": number})
        for body in ({"id_batch": number, "qty": 100}, {"id_batch": 1, "qty": number}):
            pos.alleaves("POST", f"/order/{order}/item", body)
        pos.alleaves("PUT", f"/order/{order}/item/{number}", {"price_override": number})
    assert pos.control("/state")["customers"] == 500
