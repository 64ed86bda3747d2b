"""The simulated shop, read through its API and judged once more by the rules of the program."""

import collections
import datetime
import zoneinfo

import pytest

from .simulator import ACCOUNT, Simulator

TODAY = "2026-06-30"
ZONE = zoneinfo.ZoneInfo("America/New_York")
PIIS = f"/v1.1/piis/{ACCOUNT}"


@pytest.fixture(scope="module")
def running():
    with Simulator(today=TODAY) as simulator:
        yield simulator


@pytest.fixture
def pos(running):
    running.control("/reset")
    running.token = None
    return running


def cents(value) -> int:
    whole, _, fraction = str(value).lstrip("-").partition(".")
    amount = int(whole) * 100 + int((fraction + "00")[:2]) + (1 if fraction[2:3] >= "5" else 0)
    return -amount if str(value).startswith("-") else amount


def local_day(text: str) -> datetime.date:
    return datetime.datetime.fromisoformat(text).astimezone(ZONE).date()


def is_sale(order) -> bool:
    if order["void"] or order["cancel"]:
        return False
    return order["complete"] if "complete" in order else order["status"] in ("completed", "delivered")


class Shop:
    """What the product's rules make of the orders, worked out once more: on `today`, at `rate` points per dollar."""

    def __init__(self, simulator, today: datetime.date = datetime.date.fromisoformat(TODAY), rate: int = 1):
        self.customers = {int(row["id_customer"]): row for row in simulator.customers()}
        self.orders = simulator.orders()
        self.personas = simulator.personas()
        sales = {row["id_order"]: row for row in self.orders if is_sale(row) and cents(row["total"]) >= 0}
        paid = {number: cents(row["total"]) for number, row in sales.items()}
        for row in self.orders:
            if is_sale(row) and cents(row["total"]) < 0 and int(row["id_external"]) in paid:
                paid[int(row["id_external"])] += cents(row["total"])
        self.base = collections.Counter()
        self.spend = collections.Counter()
        self.days = collections.defaultdict(list)
        for number, row in sales.items():
            customer = int(row.get("id_customer") or 0)
            if customer > 0:
                self.base[customer] += max(0, paid[number]) * rate // 100
                self.spend[customer] += paid[number]
                self.days[customer].append((today - local_day(row["date_created"])).days)

    def tier(self, customer: int) -> int:
        if not self.days[customer]:
            return 0
        by_spend = sum(self.spend[customer] >= limit for limit in (20_000, 50_000, 100_000))
        return max(0, by_spend - min(self.days[customer]) // 180)

    def segment(self, customer: int) -> str:
        days, spend = self.days[customer], self.spend[customer]
        if not days:
            return "new"
        for limit, name in ((90, "churned"), (60, "at_risk"), (30, "slipping")):
            if min(days) >= limit:
                return name
        count = len(days)
        if max(days) < 30:
            return "new"
        if spend >= 50_000 or (count >= 8 and spend >= 5_000 * count):
            return "vip"
        if spend >= 7_500 * count and count < 5:
            return "high_value"
        if count >= 5 and spend < 6_000 * count:
            return "frequent"
        return "loyal" if count >= 2 else "new"


@pytest.fixture(scope="module")
def shop(running):
    running.control("/reset")
    running.token = None
    return Shop(running)


def plain_persona(pos):
    return next(row for row in pos.personas() if row["srcID"] and row.get("loyaltyPoints", 0) > 300)
