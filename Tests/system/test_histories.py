"""Random histories of a shop through the running product: what the till does is told by webhooks, early, late, twice and
in any order, or only seen by syncs, while the owner saves settings, pauses and verifies equity, and points move by hand.

A failed history is told by its seed; LOYALTY_TEST_SEED repeats it. Operations are methods of `History`, listed in ACTS.
"""

import concurrent.futures
import random
import re

import pytest

from support.books import books, differences
from support.deliveries import adjust, deliver
from support.faults import verify
from support.instance import Instance
from support.program import Program
from support.seeds import FULL, with_seeds
from support.simulator import RunningSimulator
from support.till import Till
from support.visitor import SyncAPI, Visitor, form_fields

# Points come from sales and our own adjustments alone.
SETTINGS = {"LOYALTY_OVERRIDES_ENABLED": "false", "LOYALTY_CAMPAIGNS_ENABLED": "false"}


class Owner:
    """Runs the program of a synced shop."""

    def __init__(self, product):
        self.product, self.api = product, SyncAPI(product)
        self.simulator, self.admin = RunningSimulator(product.base_url), Visitor(product)
        self.api.run()
        tenant = product.ask("SELECT id, first_posting_at FROM tenants WHERE slug = 'demo'")[0]
        self.tenant, self.program = tenant["id"], Program(tenant["first_posting_at"])

    def save(self, tab: str, fields: dict, **changes) -> None:
        assert self.admin.save(tab, fields).status_code == 303
        self.program.saved(self._newest("saved_at", "loyalty_settings"), **changes)

    def equity(self, customer: int, status: str) -> None:
        """Records a step on the customer's page."""
        page = self.admin.get(f"/dashboard/customers?q={customer}").text
        path = re.search(r'href="(/dashboard/customers/cus_[0-9a-z]+)', page).group(1)
        fields = form_fields(self.admin.get(path).text, path + "/equity")
        answer = self.admin.post(path + "/equity", fields | {
            "status": status, "document_kind": "State card", "document_reference": "1", "reason": "Seen"})
        assert answer.status_code == 303, answer.text
        recorded = self._newest("recorded_at", "equity_records")
        if status == "verified":
            self.program.equity.setdefault(customer, []).append([recorded, None])
        elif status == "revoked":
            self.program.equity[customer][-1][1] = recorded

    def _newest(self, column: str, table: str):
        return self.product.ask(f"SELECT MAX({column}) AS at FROM {table} WHERE tenant_id = %s", self.tenant)[0]["at"]


@pytest.fixture(scope="module")
def owner():
    product = Instance(settings=SETTINGS, arguments=("--customers", "1", "--orders", "1"))
    try:
        yield Owner(product.start())
    finally:
        product.stop()
        product.remove()


@with_seeds(200 if FULL else 24)
def test_a_history_comes_to_the_same_however_it_arrives(owner, seed):
    print(f"LOYALTY_TEST_SEED={seed}")
    history = History(owner, random.Random(seed))
    for _ in range(history.random.randrange(8, 20)):
        history.random.choice(ACTS)(history)
    history.end()
    assert history.problems() == []
    verify(owner.product)


class History:
    """Three customers of their own, new at the shop."""

    def __init__(self, owner: Owner, chance: random.Random):
        self.owner, self.product, self.random = owner, owner.product, chance
        people = [owner.simulator.control("/customer", {"name_first": "Ada", "name_last": f"Number {number}"})
                  for number in range(3)]
        self.customers = [person["id_customer"] for person in people]
        # Of the others the first sync tells.
        for person in self.random.sample(people, 2):
            deliver(self.product, person, "customer.created")
        self.till = Till(owner.simulator, chance, self.customers)
        # The newest row of each order, and what has not been told yet.
        self.rows: dict[int, dict] = {}
        self.untold: list[dict] = []
        self.moved = dict.fromkeys(self.customers, 0)

    def trade(self) -> None:
        row = self.till.act()
        self.rows[row["id_order"]] = row
        how = self.random.randrange(4)
        if how == 0:
            deliver(self.product, row)
        elif how < 3:
            self.untold += [row] * how

    def sync(self) -> None:
        assert self.owner.api.run(force=self.random.random() < 0.2)["status"] == "succeeded"

    def adjust(self) -> None:
        customer, points = self.random.choice(self.customers), self.random.choice((-300, -40, 15, 150))
        self.moved[customer] += adjust(self.product, customer, points)

    def change_rate(self) -> None:
        rate = f"{self.random.randrange(100, 10_001) / 1000:.3f}"
        self.owner.save("points", {"points_per_dollar": rate}, rate=rate)

    def change_rounding(self) -> None:
        rounding = self.random.choice(("down", "nearest", "up"))
        earn_on = self.random.choice(("total", "before_tax"))
        self.owner.save("points", {"rounding": rounding, "earn_on": earn_on}, rounding=rounding, earn_on=earn_on)

    def pause_or_resume(self) -> None:
        paused = not self.owner.program.now.paused
        self.owner.save("program", {"paused": "1" if paused else None}, paused=paused)

    def verify_or_revoke(self) -> None:
        """Of a customer who is known already."""
        customer = self.random.choice(self.customers)
        if customer not in books(self.product):
            return
        periods = self.owner.program.equity.get(customer)
        for status in ("revoked",) if periods and periods[-1][1] is None else ("pending", "verified"):
            self.owner.equity(customer, status)

    def end(self) -> None:
        """Tells what is left, from four sides, and syncs once more: the sync has the last word."""
        self.random.shuffle(self.untold)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda row: deliver(self.product, row), self.untold))
        if self.owner.program.now.paused:
            self.pause_or_resume()
        assert self.owner.api.run()["status"] == "succeeded"

    def problems(self) -> list[str]:
        expected = {customer: self.owner.program.books(list(self.rows.values()), customer, self.moved[customer])
                    for customer in self.customers}
        return differences(books(self.product), expected)


# What happens; what stands here more often happens more often.
ACTS = (*[History.trade] * 12, History.sync, History.adjust, History.adjust, History.change_rate,
        History.change_rounding, History.pause_or_resume, History.verify_or_revoke, History.verify_or_revoke)
