"""The database dies under load."""

import os
import signal
import time

import requests

from support.faults import api, is_idle, product, verify  # noqa: F401 (fixtures)
from support.repeated import Repeated
from support.visitor import SETTINGS, Visitor


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
    assert set(syncs.found) <= {200, 202, 503}
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
