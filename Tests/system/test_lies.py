"""Third parties that answer what is not so, through the running product: what a run then does, that nothing is lost, and
what the owner reads of it. Every way that docs/simulator.md or the notes on the services know stands in a table here."""

import pytest

from support.faults import api, ended, product, run_whole, services, totals, verify  # noqa: F401 (fixtures)
from support.visitor import Visitor

REFUSED = "The service refused the user name, password or key. Check them in the settings."
UNKNOWN = "The service answered in a form that we do not know. Nothing was read from it."
CUT = "The answer of the service broke off."
DENIED = "The service refused the request."
MISSING = "The service does not know what was asked for."
FAULT = "The service has a fault of its own. The next sync tries again."


def says(body: str) -> tuple[str, dict]:
    return "says", {"body": body}


# What is sent instead of the right answer, and the words for it.
ALLEAVES = {
    "forbidden": (("403", {}), REFUSED),
    "half a page": (("half", {}), CUT),
    "blank": (("blank", {}), CUT),
    "a page of HTML with 200": (("garbage", {}), UNKNOWN),
    "unknown path": (("404", {}), MISSING),
    "bad request": (("400", {}), DENIED),
    "a fifth shape": (says('{"success":true,"payload":[{"id":1}]}'), UNKNOWN),
    "an error told as a success": (says('{"error":"maintenance"}'), DENIED),
    "a message told as a success": (says('{"message":"Try again later"}'), DENIED),
    "null": (says("null"), UNKNOWN),
    "a text": (says('"ok"'), UNKNOWN),
    "a number": (says("7"), UNKNOWN),
    "rows that are no objects": (says("[1,2,3]"), UNKNOWN),
    "rows without ids": (says('[{"a":1}]'), UNKNOWN),
    "JSON and a half": (says('[]["'), UNKNOWN),
}
# Every way in the list of orders, for there is something to lose by then; the other calls are read by the same means.
ASKED = [("/order", way) for way in ALLEAVES] + [
    (call, way) for call in ("/customer/search", "/auth")
    for way in ("forbidden", "half a page", "blank", "a page of HTML with 200", "null")]

ALPINE = {
    "forbidden": (("403", {}), REFUSED),
    "half a page": (("half", {}), CUT),
    "blank": (("blank", {}), CUT),
    "a page of HTML with 200": (("garbage", {}), UNKNOWN),
    "unknown path": (("404", {}), MISSING),
    "bad request": (("400", {}), DENIED),
    "a fault": (("503", {}), FAULT),
    "an unknown shape": (says('{"success":true,"data":{"people":[]}}'), UNKNOWN),
    "no envelope": (says('{"id":"c_1","points":420}'), UNKNOWN),
    "null": (says("null"), UNKNOWN),
    "a text": (says('"ok"'), UNKNOWN),
    "a number": (says("7"), UNKNOWN),
    "rows that are no objects": (says('{"success":true,"data":{"results":[1,2]}}'), UNKNOWN),
    "rows without ids": (says('{"success":true,"data":{"results":[{"a":1}]}}'), UNKNOWN),
    "a failure with 200": (says('{"success":false,"errors":[{"message":"no"}]}'), DENIED),
    "a failure told by its code": (says('{"code":403,"data":null}'), REFUSED),
}


def sell(services, **more) -> None:
    services.control("/order", {"customer": 100001, "total": "10.00", "status": "completed", "complete": True} | more)


def assert_shown(product, source: str, words: str) -> None:
    """What Today and the page of the runs say of a source: once, with its name."""
    lost = f"{source} stopped answering. {words}" if words in (CUT, FAULT) else f"{source}: {words}"
    owner = Visitor(product)
    for path in ("/dashboard/loyalty", "/dashboard/sync"):
        page = owner.get(path).text
        assert lost in page, page
        assert f"{source}: {source}" not in page


@pytest.mark.parametrize(("call", "way"), ASKED)
def test_alleaves_lies_and_the_next_run_posts_the_sale(product, api, services, call, way):
    if not totals(product)["orders"]:
        api.run()
    before, (fault, words) = totals(product), ALLEAVES[way]
    sell(services)
    services.fail("alleaves", fault[0], path=call, **fault[1])
    if call == "/auth":
        services.control("/token", revoke=1)
    body = run_whole(product, api)
    # Customers were read before the orders.
    assert body["status"] == ("degraded" if call == "/order" else "failed"), body
    assert totals(product) == before
    assert_shown(product, "Alleaves", words)
    services.fail("alleaves", "none")
    assert run_whole(product, api)["status"] == "succeeded"
    after = totals(product)
    assert (after["orders"], after["points"]) == (before["orders"] + 1, before["points"] + 10)
    verify(product)


@pytest.mark.parametrize("way", ALPINE)
def test_alpine_lies_and_the_sale_is_posted_and_nobody_compared(product, api, services, way):
    api.run()
    before, known, (fault, words) = totals(product), api.stats()["withAlpineSync"], ALPINE[way]
    sell(services)
    services.fail("alpine", fault[0], path="/v1.1/piis", **fault[1])
    body = run_whole(product, api)
    assert (body["status"], body["success"]) == ("degraded", True)
    assert body["result"]["degraded"] == body["result"]["totalProcessed"] > 0
    after = totals(product)
    assert (after["orders"], after["points"]) == (before["orders"] + 1, before["points"] + 10)
    assert api.stats()["withAlpineSync"] == known, "what was known stays known"
    assert_shown(product, "Alpine IQ", words)
    one = api.post({"orgId": "demo", "customerId": "100001"})
    assert one.status_code == 200 and one.json()["stale"] is True, one.text
    services.fail("alpine", "none")
    assert run_whole(product, api)["status"] == "succeeded"
    assert totals(product) == after
    verify(product)


def test_the_list_of_orders_breaks_off_on_a_later_page_and_what_came_before_is_kept(product, api, services):
    api.run()
    before = totals(product)
    sell(services)
    services.fail("alleaves", "half", path="/order", after=2)
    run = api.post({"orgId": "demo", "force": True}).json()["runId"]
    body = product.wait_until(lambda: ended(api, run), 120)
    assert body["status"] == "degraded" and 0 < body["result"]["ordersProcessed"] < before["orders"], body
    after = totals(product)
    assert (after["orders"], after["points"]) == (before["orders"] + 1, before["points"] + 10)
    assert_shown(product, "Alleaves", CUT)
    services.fail("alleaves", "none")
    body = api.run(force=True)
    assert body["status"] == "succeeded"
    assert body["result"]["ordersProcessed"] == after["orders"]
    assert totals(product) == after
    verify(product)


@pytest.mark.parametrize(("complete", "points"), [(None, 0), (True, 10)])
def test_a_status_that_nobody_knows_is_reported_and_only_the_flag_makes_it_a_sale(
        product, api, services, complete, points):
    api.run()
    before = totals(product)
    sell(services, status="in_limbo", complete="absent" if complete is None else complete)
    body = run_whole(product, api)
    assert body["status"] == "succeeded"
    after = totals(product)
    assert (after["orders"], after["points"]) == (before["orders"] + 1, before["points"] + points)
    page = Visitor(product).get("/dashboard/sync").text
    assert "Orders carry a status that is not known: “in_limbo”." in page


def test_the_list_of_stores_lies_and_no_sale_waits_for_it(product, api, services):
    before = totals(product)
    sell(services)
    services.fail("alleaves", "garbage", path="/location")
    assert run_whole(product, api)["status"] == "succeeded"
    assert totals(product)["points"] == before["points"] + 10
    assert "The list of stores could not be read." in Visitor(product).get("/dashboard/sync").text
