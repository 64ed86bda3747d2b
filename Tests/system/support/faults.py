"""What tests of faults share: a product of their own, and what must be as before afterwards."""

import pytest

from .instance import Instance
from .simulator import RunningSimulator
from .visitor import SyncAPI


@pytest.fixture(scope="module")
def product():
    made = Instance(arguments=("--customers", "60", "--orders", "700"))
    try:
        yield made.start()
    finally:
        made.stop()
        made.remove()


@pytest.fixture(scope="module")
def api(product):
    return SyncAPI(product)


@pytest.fixture
def services(product):
    """The simulated services; well again and idle when the test ends."""
    simulator = RunningSimulator(product.base_url)
    yield simulator
    for target in ("alleaves", "alpine"):
        simulator.fail(target, "none")
    product.wait_until(lambda: is_idle(product), 60)


def is_idle(product) -> bool:
    return not product.ask("SELECT 1 FROM sync_runs WHERE state IN ('queued', 'running')")


def verify(product) -> None:
    """Every balance proved from its entries."""
    product.cli("ledger", "verify")


def ended(api, run: str) -> dict | None:
    body = api.get(f"/runs/{run}").json()
    return None if body["status"] in ("queued", "running") else body


def totals(product) -> dict:
    return {name: int(product.ask(f"SELECT {sql} AS n")[0]["n"]) for name, sql in {
        "orders": "(SELECT COUNT(*) FROM orders)", "entries": "(SELECT COUNT(*) FROM ledger_entries)",
        "points": "(SELECT COALESCE(SUM(balance), 0) FROM customers)",
        "customers": "(SELECT COUNT(*) FROM customers)"}.items()}


def run_whole(product, api) -> dict:
    """A run that may take longer than a request may wait."""
    run = api.post({"orgId": "demo"}).json()["runId"]
    return product.wait_until(lambda: ended(api, run), 120)
