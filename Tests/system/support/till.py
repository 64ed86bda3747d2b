"""A shop at work: sales, edits, refunds in all their forms, moves, and names given later, all at random."""

import datetime

from .shop import cents


def dollars(amount: int) -> str:
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02}"


class Till:
    """Changes the simulated shop's orders. `customers` are those it sells to; `sales` those it may change."""

    def __init__(self, simulator, random, customers: list[int], sales: list[int] = ()):
        self.simulator, self.random, self.customers = simulator, random, customers
        self.sales = list(sales)

    def act(self) -> dict:
        """Does something and returns the order that it made or changed, as Alleaves tells it."""
        if not self.sales:
            return self.sell()
        return self.random.choice(ACTS)(self)

    def sell(self) -> dict:
        """Now, or as a till does that was without a line for some days."""
        total = self.random.randrange(0, 20_000)
        fields = {"customer": self._buyer(), "total": dollars(total), "tax": dollars(total // 11),
                  "status": self.random.choice(("completed", "completed", "delivered", "pending"))}
        if self.random.random() < 0.2:
            ago = datetime.timedelta(hours=self.random.randrange(1, 100))
            fields["date"] = (datetime.datetime.now(datetime.UTC) - ago).isoformat(timespec="milliseconds")
        row = self._order("/order", fields)
        self.sales.append(row["id_order"])
        return row

    def edit(self) -> dict:
        return self._change(total=dollars(self.random.randrange(0, 20_000)))

    def complete(self) -> dict:
        return self._change(status="completed")

    def void(self) -> dict:
        return self._change(void=True)

    def mark_as_returned(self) -> dict:
        return self._change(status=self.random.choice(("refunded", "Returned", "cancelled")))

    def give_part_back(self) -> dict:
        """As a smaller total of the same order."""
        sale = self.random.choice(self.sales)
        paid = cents(self.simulator.control(f"/order/{sale}")["total"])
        return self._order(f"/order/{sale}", {"total": dollars(self.random.randrange(0, paid + 1))})

    def give_back_apart(self) -> dict:
        """As a negative order that names the sale, and may give back more than was paid."""
        return self._order("/order", {
            "customer": self._buyer(), "total": dollars(-self.random.randrange(1, 8_000)), "status": "completed",
            "external": str(self.random.choice(self.sales))})

    def move(self) -> dict:
        """To another customer, to nobody, or from nobody to somebody."""
        return self._change(customer=self._buyer())

    def _buyer(self) -> int:
        return self.random.choice([*self.customers, *self.customers, *self.customers, 0, -1])

    def _change(self, **fields) -> dict:
        return self._order(f"/order/{self.random.choice(self.sales)}", fields)

    def _order(self, path: str, fields: dict) -> dict:
        return self.simulator.control(path, fields)


# What a till does; what stands here twice it does more often.
ACTS = (Till.sell, Till.sell, Till.sell, Till.edit, Till.edit, Till.complete, Till.void, Till.mark_as_returned,
        Till.give_part_back, Till.give_back_apart, Till.move, Till.move)
