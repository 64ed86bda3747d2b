"""Worker, responder and MariaDB killed at any moment: nothing is lost, nothing doubled, and the run completes.

What was random in a failed test is told by its seed; LOYALTY_TEST_SEED repeats it (not the moments of the processes).
"""

import os
import random
import signal
import time

from support.books import books, differences, expected_books
from support.deliveries import acknowledged, adjust, deliver
from support.faults import ended, verify
from support.repeated import Repeated
from support.seeds import FULL, with_seeds
from support.simulator import RunningSimulator
from support.till import Till
from support.visitor import SyncAPI

ROUNDS = 10
PARTS = ("worker", "responder", "mariadb")
# Points come from sales and our own adjustments alone.
SETTINGS = {"LOYALTY_OVERRIDES_ENABLED": "false", "LOYALTY_CAMPAIGNS_ENABLED": "false"}


@with_seeds(5 if FULL else 1)
def test_killed_at_any_moment_nothing_is_lost_and_nothing_done_twice(fresh_instance, seed):
    print(f"LOYALTY_TEST_SEED={seed}")
    crash = CrashedShop(fresh_instance(SETTINGS, ("--customers", "60", "--orders", "400")), random.Random(seed))
    for number in range(1, ROUNDS + 1):
        killed = crash.round()
        assert crash.problems() == [], f"round {number}, killed: {killed}"
        verify(crash.product)
    entries = crash.entries()
    assert crash.api.run(force=True)["status"] == "succeeded"
    assert crash.entries() == entries, "reading everything again posts nothing"


class CrashedShop:
    """A shop that trades, syncs and is told of by webhooks while its processes die."""

    def __init__(self, product, chance: random.Random):
        self.product, self.chance = product, chance
        self.api, self.simulator = SyncAPI(product), RunningSimulator(product.base_url)
        self.customers = [int(row["id_customer"]) for row in self.simulator.customers()]
        sales = [row["id_order"] for row in self.simulator.orders() if float(row["total"]) >= 0]
        self.till = Till(self.simulator, random.Random(chance.random()), self.customers, sales)
        self.adjusting = random.Random(chance.random())
        self.moved = dict.fromkeys(self.customers, 0)

    def round(self) -> list[str]:
        """Trades and syncs while something is killed, and waits until all is well and the run has ended."""
        self.simulator.fail("alleaves", "slow", ms=self.chance.choice((0, 30, 100)))
        killed = []
        with Repeated(self.trade), Repeated(self.trade), Repeated(self.adjust):
            run = self.sync(force=self.chance.random() < 0.3)
            for _ in range(self.chance.choice((1, 1, 2))):
                time.sleep(self.chance.uniform(0, 0.7))
                killed.append(self.kill(self.chance.choice(PARTS)))
            self.product.wait_ready()
        self.simulator.fail("alleaves", "none")
        assert self.outcome(run) in ("succeeded", "degraded")
        # What webhooks marked meanwhile is read by the next one.
        assert self.outcome(self.sync()) == "succeeded"
        return killed

    def trade(self) -> None:
        row = self.till.act()
        for _ in range(self.chance.choice((1, 1, 2))):
            deliver(self.product, row)

    def adjust(self) -> None:
        customer = self.adjusting.choice(self.customers)
        points = self.adjusting.choice((-500, -50, 20, 200))
        self.moved[customer] += adjust(self.product, customer, points)

    def sync(self, **more) -> str:
        return acknowledged(lambda: self.api.post({"orgId": "demo", **more})).json()["runId"]

    def kill(self, part: str) -> str:
        old = self.product.pid(part)
        os.kill(old, signal.SIGKILL)
        self.product.wait_until(lambda: self.product.pid(part) not in (None, old))
        return part

    def outcome(self, run: str) -> str:
        """How a run ended. Another worker takes over from one that was silent for 30 s: as if they had passed."""
        def look() -> dict | None:
            self.product.ask(
                "UPDATE sync_runs SET heartbeat_at = heartbeat_at - INTERVAL 31 SECOND WHERE state = 'running'")
            return ended(self.api, run)
        return self.product.wait_until(look, 60)["status"]

    def problems(self) -> list[str]:
        return differences(books(self.product), expected_books(self.simulator, self.moved))

    def entries(self) -> int:
        return self.product.ask("SELECT COUNT(*) AS n FROM ledger_entries")[0]["n"]
