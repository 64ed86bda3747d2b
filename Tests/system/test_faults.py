"""What breaks in the night: the database, our own processes, and the services of others."""

import os
import signal
import threading
import time

import requests

from support.faults import api, ended, is_idle, product, services, totals, verify  # noqa: F401 (fixtures)
from support.simulator import RunningSimulator
from support.visitor import SETTINGS, SyncAPI, Visitor


class Repeated(threading.Thread):
    """Calls `action` until the block ends, and keeps what came back."""

    def __init__(self, action):
        super().__init__(daemon=True)
        self.action, self.found, self.ended, self.problem = action, [], threading.Event(), None

    def run(self):
        try:
            while not self.ended.is_set():
                self.found.append(self.action())
        except Exception as problem:  # told in the test's own thread
            self.problem = problem

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join(30)
        assert self.problem is None, self.problem


def test_the_database_dies_under_load_and_nothing_acknowledged_is_lost(product, api):
    api.run()
    admin, reader = Visitor(product), Visitor(product)
    bar = product.url("/menu/demo/bar")
    assert requests.get(bar, timeout=10).ok
    acknowledged = []
    form = admin.form("menu-display") | {"action": "save"}

    def save():
        tagline = f"Number {len(acknowledged)}.{time.monotonic_ns()}"
        version = product_version[0]
        answer = admin.post(SETTINGS + "menu-display", form | {"loyalty_tagline": tagline, "version": version})
        if answer.status_code == 303:
            acknowledged.append(tagline)
        if answer.status_code in (303, 409):
            # A save whose answer was lost counts all the same: it made our version an old one.
            try:
                product_version[0] = admin.form("menu-display")["version"]
            except AssertionError:
                pass
        else:
            time.sleep(0.05)
        return answer.status_code

    product_version = [form["version"]]
    with Repeated(lambda: requests.get(bar, timeout=20).status_code) as bars, \
            Repeated(lambda: page_during_outage(reader)) as pages, \
            Repeated(save) as saves, Repeated(lambda: queue(api)) as syncs:
        for _ in range(2):
            enough = len(acknowledged) + 5
            product.wait_until(lambda: len(acknowledged) >= enough)
            seen = len(pages.found)
            os.kill(product.pid("mariadb"), signal.SIGKILL)
            product.wait_until(lambda: any(status == 503 for status, _ in pages.found[seen:]))
            product.wait_ready()
        enough = len(acknowledged) + 5
        product.wait_until(lambda: len(acknowledged) >= enough)

    assert set(bars.found) == {200}
    assert {status for status, _ in pages.found} == {200, 503}
    assert all(retry for status, retry in pages.found if status == 503)
    assert set(saves.found) <= {303, 409, 503}
    assert set(syncs.found) <= {202, 503}
    history = product.ask("SELECT content FROM loyalty_settings WHERE tab = 'menu-display'")
    kept = " ".join(row["content"] for row in history)
    assert [tagline for tagline in acknowledged if tagline not in kept] == []
    product.wait_until(lambda: is_idle(product), 60)
    verify(product)
    assert api.run()["status"] == "succeeded"
    # All caches follow again.
    text = Visitor(product).form("menu-display")["loyalty_tagline"]
    product.wait_until(lambda: text in requests.get(bar, timeout=10).text, 4)


def page_during_outage(reader) -> tuple[int, str | None]:
    answer = reader.get(SETTINGS + "points")
    return answer.status_code, answer.headers.get("Retry-After")


def queue(api) -> int:
    time.sleep(0.1)
    return api.post({"orgId": "demo"}).status_code


def test_processes_killed_during_a_sync_leave_nothing_half_done_or_twice(product, api, services):  # noqa: F811
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
        product.wait_until(lambda: product.pid(part) not in (None, old[part]))  # noqa: B023
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
