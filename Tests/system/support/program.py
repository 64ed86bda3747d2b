"""The program as its owner ran it, and what a sale is worth under it: worked out from the till's rows alone."""

import dataclasses
import datetime
import math
from fractions import Fraction

from .shop import cents, is_sale


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=None)


@dataclasses.dataclass
class Version:
    """What is in force from one save on."""

    since: datetime.datetime
    rate: str = "1"
    rounding: str = "down"
    earn_on: str = "total"
    paused: bool = False


class Program:
    """Sales made before `first_posting` earn under what was in force then."""

    def __init__(self, since: datetime.datetime):
        self.versions = [Version(since)]
        self.first_posting = since
        # By customer: from when to when equity was in force.
        self.equity: dict[int, list[list[datetime.datetime | None]]] = {}

    @property
    def now(self) -> Version:
        return self.versions[-1]

    def saved(self, since: datetime.datetime, **changes) -> None:
        self.versions.append(dataclasses.replace(self.now, since=since, **changes))

    def at(self, when: datetime.datetime) -> Version:
        return [version for version in self.versions if version.since <= max(when, self.versions[0].since)][-1]

    def points(self, sale: dict, refunds: list[dict]) -> int:
        """What a sale is worth, less what was given back of it."""
        made = moment(sale["date_created"])
        if self.at(made).paused:
            return 0
        terms = self.at(max(made, self.first_posting))
        spent = sum(cents(row["total"]) - (cents(row["tax"]) if terms.earn_on == "before_tax" else 0)
                    for row in (sale, *refunds))
        exact = Fraction(max(0, spent), 100) * Fraction(terms.rate)
        if any(start <= made and (end is None or made < end) for start, end in
               self.equity.get(int(sale.get("id_customer") or 0), [])):
            exact *= Fraction("1.2")
        return {"down": math.floor(exact), "nearest": math.floor(exact + Fraction(1, 2)),
                "up": math.ceil(exact)}[terms.rounding]

    def books(self, rows: list[dict], customer: int, moved: int) -> dict[str, int]:
        """A customer's books, from all rows of the till and what was moved besides."""
        counted = [row for row in rows if is_sale(row)]
        net, lifetime, orders = moved, 0, 0
        for sale in counted:
            if cents(sale["total"]) < 0 or int(sale.get("id_customer") or 0) != customer:
                continue
            refunds = [row for row in counted
                       if cents(row["total"]) < 0 and str(row["id_external"]) == str(sale["id_order"])]
            net += self.points(sale, refunds)
            lifetime += sum(cents(row["total"]) for row in (sale, *refunds))
            orders += 1
        return {"balance": max(0, net), "points_owed": max(0, -net), "lifetime_cents": lifetime,
                "order_count": orders}
