"""A save of thresholds, seen on a customer's page, without any sync."""

import json
import re

import pytest

from support.instance import Instance
from support.visitor import SyncAPI, Visitor


@pytest.fixture(scope="module")
def shop_instance():
    product = Instance(arguments=("--customers", "30", "--orders", "200"))
    try:
        yield product.start()
    finally:
        product.stop()
        product.remove()


def test_a_lowered_threshold_lifts_a_customer_without_a_sync(shop_instance):
    SyncAPI(shop_instance).run()
    admin = Visitor(shop_instance)
    customers = shop_instance.ask("""
        SELECT i.outside_id FROM customers c JOIN tiers t ON t.tenant_id = c.tenant_id AND t.id = c.tier_id
          JOIN customer_identities i ON i.tenant_id = c.tenant_id AND i.customer_id = c.id AND i.source = 'alleaves'
         WHERE t.name = 'Bronze' AND c.lifetime_cents >= 300
           AND c.last_order_at > UTC_TIMESTAMP() - INTERVAL 100 DAY LIMIT 1""")
    found = admin.get(f"/dashboard/customers?q={int(customers[0]['outside_id'])}").text
    page = re.search(r'href="(/dashboard/customers/cus_[^"?]+)', found).group(1)
    syncs = "SELECT COUNT(*) AS syncs FROM sync_runs WHERE kind IN ('all', 'customer')"
    before = shop_instance.ask(syncs)

    def tier() -> str:
        return re.search(r'<p class="label">Tier</p><p class="number">([^<]+)</p>', admin.get(page).text).group(1)

    assert tier() == "Bronze"
    saved = admin.save("tiers", {"tier[1][threshold]": "3", "tier[2][threshold]": "50000",
                                 "tier[3][threshold]": "60000"})
    assert saved.status_code == 303
    assert "Customers are being brought up to date." in admin.get(saved.headers["Location"]).text
    shop_instance.wait_until(lambda: tier() == "Silver")
    # The operator's file is a save like any other.
    settings = json.loads(shop_instance.cli("settings", "export", "--tenant", "demo", "--json").stdout)
    settings["tiers"][1]["threshold"] = 40000
    saved = shop_instance.cli("settings", "import", "--tenant", "demo", "--json", input=json.dumps(settings)).stdout
    assert json.loads(saved) == {"saved": ["tiers"]}
    shop_instance.wait_until(lambda: tier() == "Bronze")
    assert shop_instance.ask(syncs) == before
    # In the owner's words, on both pages.
    for where in ("/dashboard/loyalty", "/dashboard/sync"):
        shop_instance.wait_until(
            lambda: "Tiers and segments were worked out anew after a save" in admin.get(where).text)
