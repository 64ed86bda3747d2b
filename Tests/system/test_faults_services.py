"""What Alleaves and Alpine IQ do when they are not well, and what a run then says and leaves alone."""

import pytest

from support.faults import api, product, run_whole, services, totals, verify  # noqa: F401 (fixtures)
from support.visitor import Visitor

# The fault, and how the dashboard names it.
ALLEAVES_FAULTS = [("down", {}), ("401", {}), ("500", {}), ("429", {"retry": 1}), ("garbage", {}), ("blank", {}),
                   ("half", {}), ("shape", {"shape": "unknown"})]


@pytest.mark.parametrize(("mode", "more"), ALLEAVES_FAULTS)
def test_alleaves_away_fails_the_run_says_so_and_changes_nothing(product, api, services, mode, more):
    if not totals(product)["orders"]:
        api.run()
    before, stats = totals(product), api.stats()
    services.fail("alleaves", mode, **more)
    body = run_whole(product, api)
    assert (body["status"], body["success"]) == ("failed", False)
    assert body["error"] and len(body["error"]) < 500
    assert totals(product) == before
    assert {k: v for k, v in api.stats().items() if k != "lastSyncAt"} == {
        k: v for k, v in stats.items() if k != "lastSyncAt"}
    dashboard = Visitor(product).get("/dashboard/loyalty").text
    assert "Stopped" in dashboard
    assert "Alleaves" in dashboard[dashboard.index("Stopped"):][:500]
    services.fail("alleaves", "none")
    assert run_whole(product, api)["status"] == "succeeded"
    verify(product)


@pytest.mark.parametrize(("mode", "more"), [("down", {}), ("401", {}), ("500", {}), ("429", {"retry": 1}),
                                            ("garbage", {})])
def test_alpine_away_degrades_the_run_and_says_who_was_not_compared(product, api, services, mode, more):
    api.run()
    before, stats = totals(product), api.stats()
    services.fail("alpine", mode, **more)
    body = run_whole(product, api)
    assert (body["status"], body["success"]) == ("degraded", True)
    assert body["result"]["degraded"] == stats["totalCustomers"]
    assert totals(product) == before
    assert api.stats()["withAlpineSync"] == stats["withAlpineSync"], "what was known stays known"
    dashboard = Visitor(product).get("/dashboard/loyalty").text
    assert "Done in part" in dashboard
    assert "Alpine IQ" in dashboard[dashboard.index("Done in part"):][:500]
    assert "not compared" in dashboard
    verify(product)


def test_services_that_are_slow_or_stumble_once_are_waited_for(product, api, services):
    services.fail("alleaves", "slow", ms=300)
    services.fail("alleaves", "500", count=1)
    services.fail("alpine", "429", count=1, retry=1)
    assert run_whole(product, api)["status"] == "succeeded"


def test_an_empty_answer_is_not_a_shop_without_customers(product, api, services):
    before = totals(product)
    services.fail("alleaves", "empty")
    body = run_whole(product, api)
    assert body["status"] in ("succeeded", "degraded", "failed")
    assert totals(product) == before
    services.fail("alleaves", "none")
    services.fail("alpine", "empty")
    body = run_whole(product, api)
    assert body["status"] in ("succeeded", "degraded")
    assert totals(product) == before
    verify(product)


def test_one_customer_is_answered_from_what_is_stored_while_alpine_is_away(product, api, services):
    services.fail("alpine", "down")
    answer = api.post({"orgId": "demo", "customerId": "100001"})
    assert answer.status_code == 200
    assert answer.json()["stale"] is True
