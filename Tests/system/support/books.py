"""What customers' points must come to, worked out from the simulated shop alone, beside what the product says."""

import datetime

from .shop import ZONE, Shop

BOOKS = """
    SELECT i.outside_id AS pos_id, c.balance, c.points_owed, c.lifetime_cents, c.order_count
      FROM customers c JOIN customer_identities i
        ON i.tenant_id = c.tenant_id AND i.customer_id = c.id AND i.source = 'alleaves'
      JOIN tenants t ON t.id = c.tenant_id WHERE t.slug = 'demo'"""


def books(product) -> dict[int, dict[str, int]]:
    """By POS id."""
    return {int(row.pop("pos_id")): row for row in product.ask(BOOKS)}


def expected_books(simulator, moved: dict[int, int]) -> dict[int, dict[str, int]]:
    """Of each customer of the shop: what the sales earned and what was `moved` besides; below zero it is owed."""
    shop = Shop(simulator, today=datetime.datetime.now(ZONE).date())
    made = {}
    for customer in shop.customers:
        points = shop.base[customer] + moved.get(customer, 0)
        made[customer] = {
            "balance": max(0, points), "points_owed": max(0, -points), "lifetime_cents": shop.spend[customer],
            "order_count": len(shop.days[customer])}
    return made


def differences(found: dict, expected: dict) -> list[str]:
    """One line per customer of `expected` whose books are others; empty is good."""
    return [f"{customer}: {found.get(customer)} instead of {books}"
            for customer, books in expected.items() if found.get(customer) != books]
