"""Alpine's number differs: rules.md, "Comparison", and contract.md, `/dashboard/reconciliation`, with the whole product."""

import re

import pytest

from support.simulator import RunningSimulator
from support.synced import product  # noqa: F401 (a fixture)
from support.visitor import SyncAPI, Visitor, form_fields

PAGE = "/dashboard/reconciliation"


@pytest.fixture(scope="module")
def api(product):
    return SyncAPI(product)


@pytest.fixture(scope="module")
def admin(product):
    return Visitor(product)


@pytest.fixture(scope="module")
def alpine(product):
    return RunningSimulator(product.base_url)


def agreeing(product) -> list[dict]:
    """Customers whose numbers agreed when they were last compared, those with most points first."""
    return product.ask("""
        SELECT HEX(c.id) AS id, i.outside_id AS posid, c.balance, a.contact_id AS contact FROM alpine_standings a
          JOIN customers c ON c.tenant_id = a.tenant_id AND c.id = a.customer_id
          JOIN customer_identities i ON i.tenant_id = a.tenant_id AND i.customer_id = a.customer_id
           AND i.source = 'alleaves'
         WHERE a.outcome = 'within' AND a.points = c.balance ORDER BY c.balance DESC""")


def text(value) -> str:
    return value.decode() if isinstance(value, bytes) else value


def balance(product, customer: dict) -> int:
    return product.ask("SELECT balance AS n FROM customers WHERE HEX(id) = %s", customer["id"])[0]["n"]


def set_points(alpine, customer: dict, points: int) -> None:
    alpine.control(f"/persona/{text(customer['contact'])}", {"points": points})


def points_at_alpine(alpine, customer: dict) -> float:
    return alpine.control(f"/persona/{text(customer['contact'])}")["points"]


def record_of(product, customer: dict) -> dict:
    return product.ask(
        "SELECT state, calculated, alpine, taken_points FROM alpine_discrepancies WHERE HEX(customer_id) = %s"
        " ORDER BY id DESC LIMIT 1", customer["id"])[0]


def record_ids(page: str) -> list[str]:
    return re.findall(r'name="id\[\]" value="(dif_[0-9a-z]{26})"', page)


def decide(admin, path: str, **fields):
    page = admin.get(PAGE)
    hidden = form_fields(page.text, PAGE + path)
    return admin.post(PAGE + path, hidden | fields)


def test_a_changed_number_is_taken_shown_and_kept_ours(product, api, admin, alpine):
    customer = agreeing(product)[0]
    before = balance(product, customer)
    known = set(record_ids(admin.get(PAGE).text))
    set_points(alpine, customer, before * 2)

    result = api.run()["result"]
    mine = [row for row in result["discrepancies"] if row["customerId"] == text(customer["posid"])]
    assert mine == [{"customerId": text(customer["posid"]), "calculated": before, "alpine": before * 2,
                     "difference": before}]
    assert balance(product, customer) == before * 2
    report = api.get(orgId="demo", customerId=text(customer["posid"])).json()["report"]
    assert report["recommendation"] == "needs_review" and report["calculated"]["points"] == before * 2

    page = admin.get(PAGE).text
    [record] = set(record_ids(page)) - known
    assert f"Alpine’s number was taken: +{before:,}." in page
    assert len(record_ids(page)) == api.stats()["needsReview"]
    detail = admin.get(f"{PAGE}/{record}").text
    assert "What Alpine said" in detail and "Save decision" in detail

    fields = form_fields(page, f"{PAGE}/{record}") | {"action": "keep"}
    # Pressed twice.
    assert [admin.post(f"{PAGE}/{record}", fields).status_code for _ in range(2)] == [303, 303]
    assert balance(product, customer) == before
    assert record_of(product, customer)["state"] == "kept"
    # Alpine is told once, and then the two agree.
    product.wait_until(lambda: points_at_alpine(alpine, customer) == before)
    api.run()
    assert balance(product, customer) == before
    assert product.ask("SELECT outcome FROM alpine_standings WHERE HEX(customer_id) = %s", customer["id"])[0][
        "outcome"] == "within"
    assert product.cli("ledger", "verify", check=False).returncode == 0


def test_one_customer_is_taken_by_a_sync_of_that_customer(product, api, alpine):
    customer = agreeing(product)[1]
    before = balance(product, customer)
    set_points(alpine, customer, before * 2)
    body = api.post({"orgId": "demo", "customerId": text(customer["posid"])}).json()
    assert body["result"]["reconciliation"]["action"] == "override"
    assert body["result"]["calculated"]["points"] == before * 2 == balance(product, customer)
    again = api.post({"orgId": "demo", "customerId": text(customer["posid"])}).json()
    assert again["result"]["reconciliation"] == {
        "reconciled": True, "discrepancy": 0, "discrepancyPercent": 0, "action": "none"}


def test_a_third_number_with_its_reason(product, api, admin, alpine):
    customer = agreeing(product)[2]
    before = balance(product, customer)
    set_points(alpine, customer, before * 2)
    known = set(record_ids(admin.get(PAGE).text))
    api.run()
    [record] = set(record_ids(admin.get(PAGE).text)) - known
    path = f"{PAGE}/{record}"
    fields = form_fields(admin.get(path).text, path)
    refused = admin.post(path, fields | {"action": "set", "points": "77", "reason": ""})
    assert refused.status_code == 422 and 'value="77"' in refused.text
    assert admin.post(path, fields | {"action": "set", "points": "77", "reason": "Agreed"}).status_code == 303
    assert balance(product, customer) == 77
    product.wait_until(lambda: points_at_alpine(alpine, customer) == 77)


def test_many_at_zero_are_one_incident_that_an_admin_applies(product, api, admin, alpine):
    members = agreeing(product)[3:]
    assert len(members) > 30
    for customer in members:
        set_points(alpine, customer, 0)
    before = {customer["id"]: balance(product, customer) for customer in members}
    api.run()
    assert all(balance(product, customer) == before[customer["id"]] for customer in members)
    page = admin.get(PAGE).text
    incidents = set(re.findall(rf'action="{PAGE}(/incidents/inc_[0-9a-z]+)"', page))
    assert len(incidents) == 1
    assert f"Take Alpine’s numbers for {len([m for m in members if before[m['id']] > 0])} customers" in page
    # Nor by a sync of one of them.
    one = members[0]
    body = api.post({"orgId": "demo", "customerId": text(one["posid"])}).json()
    assert body["result"]["reconciliation"]["action"] == "none"
    assert balance(product, one) == before[one["id"]]
    assert api.stats()["needsReview"] >= 30
    assert decide(admin, incidents.pop(), action="apply", reason="Points expired").status_code == 303
    assert all(balance(product, customer) == 0 for customer in members)
    assert product.cli("ledger", "verify", check=False).returncode == 0
