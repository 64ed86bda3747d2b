"""The simulator's shapes, faults and determinism, as docs/simulator.md promises them."""

import base64
import collections
import concurrent.futures
import datetime
import subprocess
import time
import zoneinfo

import pytest

from support.simulator import ACCOUNT, KEY, PASSWORD, USER, Simulator, claims, program

TODAY = "2026-06-30"
ZONE = zoneinfo.ZoneInfo("America/New_York")
PIIS = f"/v1.1/piis/{ACCOUNT}"


@pytest.fixture(scope="module")
def running():
    with Simulator(today=TODAY) as simulator:
        yield simulator


@pytest.fixture
def pos(running):
    running.control("/reset")
    running.token = None
    return running


def cents(value) -> int:
    whole, _, fraction = str(value).lstrip("-").partition(".")
    amount = int(whole) * 100 + int((fraction + "00")[:2]) + (1 if fraction[2:3] >= "5" else 0)
    return -amount if str(value).startswith("-") else amount


def local_day(text: str) -> datetime.date:
    return datetime.datetime.fromisoformat(text).astimezone(ZONE).date()


def is_sale(order) -> bool:
    if order["void"] or order["cancel"]:
        return False
    return order["complete"] if "complete" in order else order["status"] in ("completed", "delivered")


class Shop:
    """What the product's rules make of the orders, worked out once more."""

    def __init__(self, simulator):
        self.customers = {int(row["id_customer"]): row for row in simulator.customers()}
        self.orders = simulator.orders()
        self.personas = simulator.personas()
        sales = {row["id_order"]: row for row in self.orders if is_sale(row) and cents(row["total"]) >= 0}
        paid = {number: cents(row["total"]) for number, row in sales.items()}
        for row in self.orders:
            if is_sale(row) and cents(row["total"]) < 0:
                paid[int(row["id_external"])] += cents(row["total"])
        self.base = collections.Counter()
        self.spend = collections.Counter()
        self.days = collections.defaultdict(list)
        for number, row in sales.items():
            customer = int(row.get("id_customer") or 0)
            if customer > 0:
                self.base[customer] += max(0, paid[number]) // 100
                self.spend[customer] += paid[number]
                self.days[customer].append((datetime.date.fromisoformat(TODAY) - local_day(row["date_created"])).days)

    def tier(self, customer: int) -> int:
        if not self.days[customer]:
            return 0
        by_spend = sum(self.spend[customer] >= limit for limit in (20_000, 50_000, 100_000))
        return max(0, by_spend - min(self.days[customer]) // 180)

    def segment(self, customer: int) -> str:
        days, spend = self.days[customer], self.spend[customer]
        if not days:
            return "new"
        for limit, name in ((90, "churned"), (60, "at_risk"), (30, "slipping")):
            if min(days) >= limit:
                return name
        count = len(days)
        if max(days) < 30:
            return "new"
        if spend >= 50_000 or (count >= 8 and spend >= 5_000 * count):
            return "vip"
        if spend >= 7_500 * count and count < 5:
            return "high_value"
        if count >= 5 and spend < 6_000 * count:
            return "frequent"
        return "loyal" if count >= 2 else "new"


@pytest.fixture(scope="module")
def shop(running):
    running.control("/reset")
    running.token = None
    return Shop(running)


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
    assert pos.orders(start=datetime.date.today().isoformat())[0]["id_order"] == order["id_order"]


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


# Alpine IQ


def test_only_the_one_header_is_a_key(pos):
    for headers in ({}, {"X-API-KEY": KEY}, {"Authorization": f"Bearer {KEY}"}, {"X-APIKEY": "other"}):
        answer = pos.request("GET", "/alpine/api" + PIIS, headers=headers)
        assert answer.status == 403 and "Please provide a valid API key" in answer.body.decode()
    assert pos.request("GET", "/alpine/api" + PIIS, headers={"x-apikey": KEY}).status == 200
    assert pos.alpine("GET", "/v1.1/piis/999").status == 403
    assert pos.alpine("GET", f"/v2/tiers/{ACCOUNT}").status == 404


def test_persona_pages_are_clamped_and_null_past_the_end(pos):
    page = pos.alpine("GET", PIIS, limit=5_000).json["data"]
    assert page["limit"] == 2_000 and page["size"] == page["total"] == len(page["results"])
    assert pos.alpine("GET", PIIS, limit=0).json["data"]["limit"] == 1
    past = pos.alpine("GET", PIIS, start=9_999).json["data"]
    assert past["results"] is None and past["size"] == 0
    names = [row["firstName"] + " " + row["lastName"] for row in page["results"]]
    assert names == sorted(names)
    points = [row.get("loyaltyPoints", 0) for row in
              pos.alpine("GET", PIIS, limit=20, sort="points", dir="desc").json["data"]["results"]]
    assert points[0] > 1_000


def test_personas_are_found_by_id_phone_address_and_name(pos):
    persona = next(row for row in pos.personas() if row["srcID"] and row["email"] and row["email"][-13] != "k")
    for text in (persona["contactID"], persona["srcID"], persona["mobilePhone"], persona["email"],
                 "email:" + persona["email"], f"\"{persona['firstName']} {persona['lastName']}\""):
        rows = pos.alpine("GET", PIIS, search=text, limit=100).json["data"]["results"]
        assert persona["contactID"] in [row["contactID"] for row in rows], text
    assert pos.alpine("GET", f"{PIIS}/{persona['contactID']}").json["data"]["contactID"] == persona["contactID"]
    assert pos.alpine("GET", f"{PIIS}/{'0' * 32}").status == 404
    assert pos.alpine("GET", PIIS, search="nobody@nowhere.example").json["data"]["results"] is None
    members = pos.alpine("GET", PIIS, search="is:member", limit=2_000).json["data"]["total"]
    others = pos.alpine("GET", PIIS, search="not:member", limit=2_000).json["data"]["total"]
    assert others > 0 and members + others == pos.control("/state")["personas"]


def plain_persona(pos):
    return next(row for row in pos.personas() if row["srcID"] and row.get("loyaltyPoints", 0) > 300)


def test_an_adjustment_adds_each_time_and_is_listed_in_its_window(pos):
    persona = plain_persona(pos)
    contact, before = persona["contactID"], persona["loyaltyPoints"]
    path = f"/v1.1/adjust/loyaltyPoints/{ACCOUNT}/{contact}"
    assert pos.alpine("GET", f"/v1.1/adjustments/{ACCOUNT}/0/9999999999").json["data"] is None
    for _ in range(2):
        assert pos.alpine("PUT", path, {"value": -20, "note": "entry 7", "ts": 1_767_000_000}).json["success"] is True
    assert pos.alpine("GET", f"{PIIS}/{contact}").json["data"]["loyaltyPoints"] == before - 40
    rows = pos.alpine("GET", f"/v1.1/adjustments/{ACCOUNT}/1767000000/1767000000").json["data"]
    assert rows == [{"cntID": contact, "value": -20, "note": "entry 7", "ts": 1_767_000_000}] * 2
    assert pos.alpine("GET", f"/v1.1/adjustments/{ACCOUNT}/1767000001/1767000002").json["data"] is None
    timeline = pos.alpine("GET", f"/v1.1/contact/loyaltyPoints/timeline/{ACCOUNT}/{contact}").json["data"]
    assert timeline["contactID"] == contact and len(timeline["events"]) == 2
    assert pos.alpine("GET", f"/v1.1/contact/orders/{ACCOUNT}/{contact}").json["data"][0]["storeName"] == "Demo Store"
    assert pos.alpine("PUT", path, {"note": "no value"}).status == 400


def test_a_wallet_offers_rewards_that_redeem_once_each(pos):
    persona = plain_persona(pos)
    wallet = pos.alpine("POST", "/v2/wallet", {"phone": persona["mobilePhone"]}).json["data"]
    assert wallet["contactID"] == persona["contactID"] and wallet["hidePointsInWallet"] is False
    url = wallet["discountTemplates"][0]["redemptionURL"]
    assert url.startswith(pos.base)
    assert pos.request("PUT", url[len(pos.base):], b"", {"X-APIKEY": KEY}).status == 200
    after = pos.alpine("GET", f"/v2/wallet/{persona['mobilePhone']}").json["data"]
    assert after["loyaltyPoints"] == wallet["loyaltyPoints"] - 100
    assert len(pos.alpine("GET", f"/v1.1/redemptions/{ACCOUNT}/0/9999999999").json["data"]) == 1
    assert pos.alpine("POST", "/v2/wallet", {"phone": "0000000000"}).status == 404


def test_members_join_consent_and_get_texts(pos):
    body = {"firstName": "New", "lastName": "Person", "mobilePhone": "+1 518-444-0123", "loyalty": True}
    contact = pos.alpine("POST", "/v2/loyalty", body).json["data"]["contactID"]
    assert pos.alpine("POST", "/v2/loyalty", body).json["data"]["contactID"] == contact
    assert pos.alpine("GET", "/v2/loyalty/lookup/5184440123").json["data"]["contactID"] == contact
    assert pos.alpine("GET", "/v2/lookup/5184440123").json["data"]["contactID"] == contact
    row = pos.alpine("GET", f"{PIIS}/{contact}").json["data"]
    assert row["srcID"] is None and row["loyaltyPoints"] == 0 and row["smsconsent"] is False
    assert pos.alpine("PUT", "/v2/optin/text/5184440123/true").status == 200
    assert pos.alpine("GET", f"{PIIS}/{contact}").json["data"]["smsconsent"] is True
    assert pos.alpine("POST", "/v2/sms", {"phone": "5184440123", "body": "Hello"}).status == 200
    assert pos.alpine("POST", "/v2/sms", {"phone": "12"}).status == 400
    assert pos.control("/requests")["requests"][-2]["body"] == "{\"phone\": \"5184440123\", \"body\": \"Hello\"}"


def test_stores_audiences_and_program_are_there(pos):
    for path in (f"/v1.1/stores/{ACCOUNT}", f"/v1.1/audiences/{ACCOUNT}"):
        assert pos.alpine("GET", path).json["data"][0]["name"]
    assert len(pos.alpine("GET", f"/v2/loyalty/default/{ACCOUNT}").json["data"]["tiers"]) == 3


# Faults


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


# Control


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
        for path in (PIIS, f"{PIIS}/{number}", f"/v2/wallet/{number}", f"/v1.1/adjustments/{ACCOUNT}/{number}/{number}"):
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


# The program


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
