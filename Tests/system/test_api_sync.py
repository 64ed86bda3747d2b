"""contract.md, "Sync API" and the cron addresses, word for word."""

import concurrent.futures
import re
import time

import pytest
import requests

from support.instance import API_KEY, CRON_SECRET, OTHER_API_KEY
from support.simulator import RunningSimulator
from support.synced import product  # noqa: F401 (a fixture)
from support.visitor import SyncAPI, Visitor, bearer, form_fields

RUN_ID = re.compile(r"run_[0-9a-z]{26}")
STATS = {"totalCustomers", "withAlpineSync", "withCalculatedPoints", "reconciled", "needsReview", "lastSyncAt"}
RESULT = {"totalProcessed", "successful", "failed", "degraded", "ordersProcessed", "discrepancies", "errors",
          "duration"}


@pytest.fixture(scope="module")
def api(product):
    return SyncAPI(product)


@pytest.fixture
def slow(product):
    """A simulator that can be made slow; well again when the test ends, and nothing under way."""
    simulator = RunningSimulator(product.base_url)
    yield lambda ms: simulator.fail("alleaves", "slow", ms=ms)
    simulator.fail("alleaves", "none")
    product.wait_until(lambda: not product.ask("SELECT 1 FROM sync_runs WHERE state IN ('queued', 'running')"))


def test_a_request_without_wait_is_accepted_and_its_run_can_be_followed(product, api):
    answer = api.post({"orgId": "demo"})
    assert answer.status_code == 202
    body = answer.json()
    assert set(body) == {"success", "effectiveOrgId", "runId", "status"}
    assert (body["success"], body["effectiveOrgId"]) == (True, "demo")
    assert body["status"] in ("queued", "running")
    assert RUN_ID.fullmatch(body["runId"])
    run = product.wait_until(lambda: finished(api, body["runId"]))
    assert {"success", "runId", "status", "progress", "result"} <= set(run)
    assert (run["success"], run["runId"], run["status"]) == (True, body["runId"], "succeeded")
    assert {"stage", "done"} <= set(run["progress"])
    assert RESULT <= set(run["result"])


def finished(api, run: str) -> dict | None:
    body = api.get(f"/runs/{run}").json()
    return None if body["status"] in ("queued", "running") else body


def test_a_run_that_ends_within_wait_is_answered_with_its_result(api):
    body = api.run()
    assert set(body) == {"success", "effectiveOrgId", "runId", "status", "result"}
    assert body["success"] and body["status"] == "succeeded"
    result = body["result"]
    assert RESULT <= set(result)
    numbers = ("totalProcessed", "successful", "failed", "degraded", "ordersProcessed", "duration")
    assert all(isinstance(result[name], int) for name in numbers)
    assert result["totalProcessed"] == result["successful"] + result["failed"]
    for row in result["discrepancies"]:
        assert set(row) == {"customerId", "calculated", "alpine", "difference"}


def test_a_wait_shorter_than_the_run_is_accepted(api, slow):
    slow(1500)
    answer = api.post({"orgId": "demo", "wait": 1})
    assert answer.status_code == 202
    assert answer.json()["status"] in ("queued", "running")


def test_requests_join_the_queued_run_and_force_wins(product, api, slow):
    slow(1500)
    first = api.post({"orgId": "demo"}).json()["runId"]
    product.wait_until(lambda: api.get(f"/runs/{first}").json()["status"] == "running")
    # The running one is not joined: it may have read past what is new.
    follower = api.post({"orgId": "demo"}).json()
    assert follower["runId"] != first and follower["status"] == "queued"
    joined = api.post({"orgId": "demo", "force": True}).json()
    assert joined["runId"] == follower["runId"]
    assert api.post({"orgId": "demo"}).json()["runId"] == follower["runId"]
    forced = product.ask("SELECT is_forced FROM sync_runs WHERE state = 'queued' AND kind = 'all'")
    assert forced == [{"is_forced": 1}]


def test_a_forced_run_reads_all_history_and_changes_nothing(product, api):
    before = product.ask("SELECT COUNT(*) AS n FROM ledger_entries")
    assert api.run(force=True)["result"]["ordersProcessed"] == 700
    assert product.ask("SELECT COUNT(*) AS n FROM ledger_entries") == before
    assert api.run()["result"]["ordersProcessed"] < 700


def test_a_failed_run_says_why(product, api):
    simulator = RunningSimulator(product.base_url)
    simulator.fail("alleaves", "403")
    try:
        answer = api.post({"orgId": "demo", "wait": 55})
    finally:
        simulator.fail("alleaves", "none")
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"success", "effectiveOrgId", "runId", "status", "error"}
    assert (body["success"], body["status"]) == (False, "failed")
    assert body["error"]


def test_one_customer_is_synced_with_exactly_the_promised_keys(product, api):
    # A member of Alpine IQ whose figure is known.
    posid = product.ask("""
        SELECT i.outside_id AS id FROM alpine_standings a JOIN customer_identities i
            ON i.tenant_id = a.tenant_id AND i.customer_id = a.customer_id AND i.source = 'alleaves'
         WHERE a.outcome = 'within' LIMIT 1""")[0]["id"].decode()
    answer = api.post({"orgId": "demo", "customerId": posid})
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"success", "effectiveOrgId", "stale", "result"}
    assert (body["success"], body["effectiveOrgId"], body["stale"]) == (True, "demo", False)
    result = body["result"]
    assert set(result) == {"customerId", "calculated", "alpine", "reconciliation"}
    assert result["customerId"] == posid
    assert set(result["calculated"]) == {"points", "tier", "ordersProcessed", "totalSpent"}
    assert set(result["alpine"]) == {"points", "tier", "lastVisit"}
    assert set(result["reconciliation"]) == {"reconciled", "discrepancy", "discrepancyPercent", "action"}
    assert result["reconciliation"]["action"] in ("none", "override", "awaiting")
    shown = RunningSimulator(product.base_url).control(f"/customer/{posid}")
    assert result["calculated"]["points"] == shown["base_points"]
    assert round(result["calculated"]["totalSpent"] * 100) == round(float(shown["spent"]) * 100)


def test_a_customer_without_a_figure_has_null_for_alpine(product, api):
    posid = product.ask("""
        SELECT i.outside_id AS id FROM customer_identities i LEFT JOIN alpine_standings a
            ON i.tenant_id = a.tenant_id AND a.customer_id = i.customer_id
         WHERE i.source = 'alleaves' AND a.customer_id IS NULL LIMIT 1""")[0]["id"].decode()
    assert api.post({"orgId": "demo", "customerId": posid}).json()["result"]["alpine"] is None
    assert api.get(orgId="demo", customerId=posid).json()["report"]["alpine"] is None


def test_an_unknown_customer_is_not_found(api):
    for answer in (api.post({"orgId": "demo", "customerId": "7"}), api.get(orgId="demo", customerId="7")):
        assert answer.status_code == 404
        assert refused(answer)


def refused(answer) -> bool:
    body = answer.json()
    return set(body) == {"success", "error"} and body["success"] is False and bool(body["error"])


def test_the_stats_count_what_the_contract_says(product, api):
    body = api.get(orgId="demo").json()
    assert set(body) == {"success", "effectiveOrgId", "stats"}
    stats = body["stats"]
    assert set(stats) == STATS
    one = lambda sql: product.ask(sql)[0]["n"]  # noqa: E731
    assert stats["totalCustomers"] == one("SELECT COUNT(*) AS n FROM customers") == 60
    assert stats["withCalculatedPoints"] == one("SELECT COUNT(DISTINCT customer_id) AS n FROM ledger_entries")
    assert stats["withAlpineSync"] == one("SELECT COUNT(*) AS n FROM alpine_standings WHERE points IS NOT NULL")
    assert stats["reconciled"] == one("SELECT COUNT(*) AS n FROM alpine_standings WHERE outcome = 'within'")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", stats["lastSyncAt"])


def test_the_report_has_exactly_the_promised_keys(product, api):
    posid = product.ask("""
        SELECT i.outside_id AS id, c.balance, a.points FROM alpine_standings a
          JOIN customers c ON c.tenant_id = a.tenant_id AND c.id = a.customer_id
          JOIN customer_identities i ON i.tenant_id = a.tenant_id AND i.customer_id = a.customer_id
           AND i.source = 'alleaves' WHERE a.points IS NOT NULL LIMIT 1""")[0]
    body = api.get(orgId="demo", customerId=posid["id"].decode()).json()
    assert set(body) == {"success", "effectiveOrgId", "report"}
    report = body["report"]
    assert set(report) == {"customerId", "reconciled", "calculated", "alpine", "discrepancy", "discrepancyPercent",
                           "recommendation"}
    assert report["calculated"] == {"points": posid["balance"], "source": "orders"}
    assert report["alpine"] == {"points": posid["points"], "source": "alpine_iq"}
    assert report["recommendation"] in ("none", "needs_review")


@pytest.mark.parametrize("name", ["demo", "org_demo", "brand_demo", "1000"])
def test_the_organization_goes_by_each_of_its_names(api, name):
    for answer in (api.get(orgId=name), api.post({"orgId": name, "customerId": "100001"})):
        assert answer.status_code == 200
        assert answer.json()["effectiveOrgId"] == "demo"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b"\xff\xfe", b'{"orgId":1}', b'{"orgId":""}', b'{}', b'{"orgId":"demo","wait":56}',
     b'{"orgId":"demo","wait":-1}', b'{"orgId":"demo","wait":"5"}', b'{"orgId":"demo","force":"yes"}',
     b'{"orgId":"demo","customerId":""}', b'{"orgId":"demo","customerId":5}', b'{"orgId":"' + b"a" * 70 + b'"}',
     b'{"orgId":"demo"}x', b'[' * 20_000])
def test_a_body_that_cannot_be_understood_is_refused_with_words(product, body):
    answer = requests.post(product.url("/api/loyalty/sync"), data=body, headers=bearer(CRON_SECRET), timeout=20)
    assert answer.status_code == 400
    assert refused(answer)


def test_a_missing_or_doubled_org_in_the_address_is_refused(product, api):
    assert api.get().status_code == 400
    assert api.get(orgId="").status_code == 400
    doubled = requests.get(product.url("/api/loyalty/sync?orgId=demo&orgId=other"), headers=api.headers, timeout=20)
    assert doubled.status_code == 400 and refused(doubled)


def test_an_unknown_organization_or_run_is_not_found(api):
    for answer in (api.get(orgId="nobody"), api.post({"orgId": "nobody"}), api.get("/runs/run_x"),
                   api.get("/runs/run_00000000000000000000000000")):
        assert answer.status_code == 404
        assert refused(answer)


@pytest.mark.parametrize("headers", [{}, bearer("wrong"), {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}])
@pytest.mark.parametrize("path", ["/api/loyalty/sync", "/api/cron/loyalty-sync", "/api/cron/nightly"])
def test_who_is_not_known_is_refused(product, path, headers):
    answer = requests.post(product.url(path), json={"orgId": "demo"}, headers=headers, timeout=20)
    assert answer.status_code == 401
    assert refused(answer)
    assert "WWW-Authenticate" in answer.headers


def test_a_key_opens_its_own_organization_only(product):
    own, other = SyncAPI(product, API_KEY), SyncAPI(product, OTHER_API_KEY)
    assert own.get(orgId="demo").status_code == 200
    run = own.post({"orgId": "demo"}).json()["runId"]
    assert other.get(orgId="demo").status_code == 404
    assert other.post({"orgId": "demo"}).status_code == 404
    assert other.get(f"/runs/{run}").status_code == 404


def test_a_key_without_the_scope_is_forbidden(product):
    key = product.cli("apikey", "create", "--tenant", "demo", "--name", "orders", "--scopes", "orders").stdout
    secret = re.search(r"loy_[\w-]+", key).group()
    answer = SyncAPI(product, secret).get(orgId="demo")
    assert answer.status_code == 403 and refused(answer)
    key = product.cli("apikey", "create", "--tenant", "demo", "--name", "reads", "--scopes", "sync:read").stdout
    reader = SyncAPI(product, re.search(r"loy_[\w-]+", key).group())
    assert reader.get(orgId="demo").status_code == 200
    assert reader.post({"orgId": "demo"}).status_code == 403


def test_an_organization_without_integration_has_nothing_to_sync(product, api):
    answer = api.post({"orgId": "other"})
    assert answer.status_code == 409 and refused(answer)
    assert SyncAPI(product, OTHER_API_KEY).post({"orgId": "org_other"}).status_code == 409


def test_a_session_needs_the_csrf_header_to_post(product):
    admin = Visitor(product)
    url = product.url("/api/loyalty/sync")
    assert admin.get("/api/loyalty/sync?orgId=demo").status_code == 200
    refusal = admin.session.post(url, json={"orgId": "demo"}, timeout=20)
    assert refusal.status_code == 403 and refused(refusal)
    token = form_fields(admin.get("/dashboard/loyalty").text, "/dashboard/loyalty/sync")["csrf"]
    accepted = admin.session.post(url, json={"orgId": "demo"}, headers={"X-CSRF-Token": token}, timeout=20)
    assert accepted.status_code == 202
    foreign = admin.session.post(url, json={"orgId": "demo"}, timeout=20,
                                 headers={"X-CSRF-Token": token, "Origin": "https://elsewhere.example"})
    assert foreign.status_code == 403
    assert Visitor(product, "till").get("/api/loyalty/sync?orgId=demo").status_code == 403
    assert Visitor(product, "other").get("/api/loyalty/sync?orgId=demo").status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_cron_queues_a_run_for_every_organization_with_an_integration(product, api, method):
    answer = requests.request(method, product.url("/api/cron/loyalty-sync"), headers=api.headers, timeout=20)
    assert answer.status_code == 202
    body = answer.json()
    assert set(body) == {"success", "runs"} and body["success"] is True
    assert [set(run) for run in body["runs"]] == [{"orgId", "runId"}]
    assert body["runs"][0]["orgId"] == "demo"
    assert product.wait_until(lambda: finished(api, body["runs"][0]["runId"]))["status"] == "succeeded"


@pytest.mark.parametrize("path", ["/api/cron/loyalty-sync", "/api/cron/nightly"])
@pytest.mark.parametrize("secret", [API_KEY, "demo-cron-secre", "demo-cron-secret2"])
def test_cron_takes_its_own_secret_only(product, path, secret):
    answer = requests.get(product.url(path), headers=bearer(secret), timeout=20)
    assert answer.status_code == 401 and refused(answer)


def test_the_nightly_run_comes_once_a_day(product, api):
    nightly = [requests.post(product.url("/api/cron/nightly"), headers=api.headers, timeout=20) for _ in range(2)]
    assert [answer.status_code for answer in nightly] == [202, 202]
    assert all(set(answer.json()) == {"success", "runs"} for answer in nightly)
    names = [run["orgId"] for answer in nightly for run in answer.json()["runs"]]
    assert len(names) == len(set(names))


def test_a_fifth_wait_does_not_take_a_thread(product, api, slow):
    slow(1000)
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        # `force` makes the run long enough.
        waits = [pool.submit(lambda: (api.post({"orgId": "demo", "force": True, "wait": 4}), time.monotonic() - begun))
                 for _ in range(5)]
        bar = requests.get(product.url("/menu/demo/bar"), timeout=5)
        answers = [wait.result() for wait in waits]
    assert bar.status_code == 200
    took = sorted(seconds for _, seconds in answers)
    assert took[0] < 2 and took[1] >= 3.5
    assert {answer.status_code for answer, _ in answers} == {202}


def test_cron_can_be_switched_off(fresh_instance):
    product = fresh_instance({"LOYALTY_CRON_ENABLED": "false"}, ("--customers", "5", "--orders", "20"))
    for path in ("/api/cron/loyalty-sync", "/api/cron/nightly"):
        answer = requests.get(product.url(path), headers=bearer(CRON_SECRET), timeout=20)
        assert answer.status_code == 503
        assert answer.json() == {"success": False, "error": "cron is switched off"}
