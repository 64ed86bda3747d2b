"""What breaks in the night: our own processes, and Alleaves and Alpine IQ; what a run then says and leaves alone."""

import os
import signal
import time

import pytest

from support.faults import api, ended, product, run_whole, services, totals, verify  # noqa: F401 (fixtures)
from support.simulator import RunningSimulator
from support.visitor import SyncAPI, Visitor

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


def test_processes_killed_during_a_sync_leave_nothing_half_done_or_twice(product, api, services):
    before = totals(product)
    order = services.control("/order", {"customer": 100001, "total": "50.00", "status": "completed", "complete": True})
    services.fail("alleaves", "slow", ms=400)
    run = api.post({"orgId": "demo", "force": True}).json()["runId"]
    product.wait_until(lambda: api.get(f"/runs/{run}").json()["progress"]["done"] > 0)
    old = product.pids
    for part in ("worker", "responder"):
        os.kill(old[part], signal.SIGKILL)
    services.fail("alleaves", "none")
    for part in ("worker", "responder"):
        product.wait_until(lambda: product.pid(part) not in (None, old[part]))
    product.wait_ready()
    body = product.wait_until(lambda: ended(api, run), 90)
    assert body["status"] == "succeeded", body
    verify(product)
    after = totals(product)
    assert after["orders"] == before["orders"] + 1, order
    assert after["points"] == before["points"] + 50
    api.run(force=True)
    assert totals(product) == after


def test_a_stop_in_the_middle_of_a_sync_is_orderly(fresh_instance):
    product = fresh_instance(arguments=("--customers", "60", "--orders", "700"))
    services, api = RunningSimulator(product.base_url), SyncAPI(product)
    services.fail("alleaves", "slow", ms=500)
    run = api.post({"orgId": "demo"}).json()["runId"]
    product.wait_until(lambda: api.get(f"/runs/{run}").json()["progress"]["done"] > 0)
    begun = time.monotonic()
    assert product.stop() == 0
    assert time.monotonic() - begun < 15
    product.start()
    assert product.wait_until(lambda: ended(api, run), 90)["status"] == "succeeded"
    assert totals(product)["orders"] == 700
    verify(product)
