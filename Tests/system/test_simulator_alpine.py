"""The simulated Alpine IQ: its shapes, as docs/simulator.md promises them."""

from support.shop import PIIS, plain_persona, pos, running  # noqa: F401 (fixtures)
from support.simulator import ACCOUNT, KEY


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
