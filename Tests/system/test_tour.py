"""The ten minutes of the README in a real browser, and the settings forms as an owner uses them."""

import datetime
import re
import time

import pytest
from playwright.sync_api import expect

from support.instance import Instance
from support.shop import ZONE, Shop
from support.simulator import RunningSimulator
from support.visitor import SETTINGS, SyncAPI, Visitor, form_fields

TIERS = ("Bronze", "Silver", "Gold", "Platinum")
SEGMENTS = {"new": "New", "loyal": "Loyal", "vip": "VIP", "high_value": "High value", "frequent": "Frequent",
            "slipping": "Slipping", "at_risk": "At risk", "churned": "Lapsed"}


@pytest.fixture(scope="module")
def shop_instance():
    product = Instance(arguments=("--customers", "150", "--orders", "1800"))
    try:
        yield product.start()
    finally:
        product.stop()
        product.remove()


@pytest.fixture
def owner(browser, shop_instance):
    """A browser of its own where the owner has signed in."""
    context = browser.new_context(base_url=shop_instance.base_url)
    page = context.new_page()
    sign_in(page, "admin@demo.example", "demo-admin-pass")
    yield page
    context.close()


@pytest.fixture(scope="module")
def visitor(shop_instance):
    return Visitor(shop_instance)


def sign_in(page, email: str, password: str) -> None:
    page.goto("/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()


def slow_alleaves(instance, ms: int) -> None:
    RunningSimulator(instance.base_url).fail("alleaves", "slow" if ms else "none", ms=ms)


def test_the_first_ten_minutes(browser, shop_instance):
    page = browser.new_context(base_url=shop_instance.base_url).new_page()
    page.goto("/demo/menu")
    expect(page.get_by_text("Earn 1 pt per $1 spent")).to_be_visible()

    sign_in(page, "admin@demo.example", "demo-admin-pass")
    expect(page).to_have_url(shop_instance.url("/dashboard/loyalty"))
    page.goto(SETTINGS + "points")
    page.get_by_label("Points per dollar").fill("2")
    page.get_by_role("button", name="Save points").click()
    expect(page.get_by_role("status")).to_contain_text("Points settings saved")
    saved = time.monotonic()

    page.goto("/demo/menu")
    while not page.get_by_text("Earn 2 pts per $1 spent").count():
        assert time.monotonic() - saved < 4, page.content()
        page.reload()

    # The first sync is followed by the script, which loads the page once more when it has ended.
    slow_alleaves(shop_instance, 250)
    page.goto("/dashboard/loyalty")
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_role("heading", name="A sync is under way")).to_be_visible()
    expect(page.locator("[data-note]")).to_contain_text(" done.", timeout=15_000)
    slow_alleaves(shop_instance, 0)
    expect(page.get_by_role("heading", name="A sync is under way")).to_have_count(0, timeout=30_000)
    shop = shop_as_it_should_be(shop_instance)
    # Not all that were asked for: what would come later today has not come yet.
    expect(page.get_by_text(f"{len(shop.orders):,} new orders")).to_be_visible()

    for customer in some_customers(shop):
        check_customer_page(page, shop, customer)

    page.locator("details.person summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(shop_instance.url("/login"))
    page.goto("/dashboard/loyalty")
    expect(page).to_have_url(re.compile(r"/login\?next="))
    page.context.close()


def shop_as_it_should_be(instance) -> Shop:
    return Shop(RunningSimulator(instance.base_url), datetime.datetime.now(ZONE).date(), rate=2)


def some_customers(shop: Shop) -> list[int]:
    """One of each tier above the first, and one without orders."""
    found = [next((c for c in shop.customers if shop.tier(c) == tier), None) for tier in (1, 2, 3)]
    nobody = next((c for c in shop.customers if not shop.days[c]), None)
    return [customer for customer in (*found, nobody) if customer]


def check_customer_page(page, shop: Shop, customer: int) -> None:
    page.goto(f"/dashboard/customers?q={customer}")
    page.locator("tbody th a").first.click()
    words = page.locator("main").inner_text()
    assert str(customer) in words
    tile = page.locator(".tile .number").first
    expect(tile).to_have_text(f"{shop.base[customer]:,}")
    assert TIERS[shop.tier(customer)] in words
    assert SEGMENTS[shop.segment(customer)].lower() in words.lower()


def test_every_customer_has_the_points_tier_and_segment_of_the_orders(shop_instance):
    if not SyncAPI(shop_instance).stats()["totalCustomers"]:
        Visitor(shop_instance).save("points", {"points_per_dollar": "2"})
        SyncAPI(shop_instance).run()
    shop = shop_as_it_should_be(shop_instance)
    rows = shop_instance.ask("""
        SELECT i.outside_id, c.balance, c.segment, t.name, c.lifetime_cents, c.order_count
          FROM customers c
          JOIN customer_identities i ON i.tenant_id = c.tenant_id AND i.customer_id = c.id AND i.source = 'alleaves'
          JOIN tiers t ON t.tenant_id = c.tenant_id AND t.id = c.tier_id""")
    found = {int(row["outside_id"]): (row["balance"], row["segment"], row["name"], row["lifetime_cents"],
                                      row["order_count"]) for row in rows}
    expected = {c: (shop.base[c], shop.segment(c), TIERS[shop.tier(c)], shop.spend[c], len(shop.days[c]))
                for c in shop.customers}
    assert {c: (found.get(c), expected[c]) for c in expected if found.get(c) != expected[c]} == {}
    assert len(found) == len(expected)
    shop_instance.cli("ledger", "verify")


def test_sync_now_shows_its_progress_without_scripts(browser, shop_instance):
    context = browser.new_context(base_url=shop_instance.base_url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, "admin@demo.example", "demo-admin-pass")
    slow_alleaves(shop_instance, 1500)
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_role("heading", name="A sync is under way")).to_be_visible()
    expect(page.locator("noscript meta[http-equiv=refresh]")).to_have_count(1)
    # A second press joins or follows, and says so; it is no error.
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_role("heading", name="A sync is under way")).to_be_visible()
    slow_alleaves(shop_instance, 0)
    deadline = time.monotonic() + 40
    while page.get_by_role("heading", name="A sync is under way").count():
        assert time.monotonic() < deadline
        page.reload()
    expect(page.get_by_role("heading", name="Last syncs")).to_be_visible()
    context.close()


def test_the_second_of_two_tabs_sees_what_the_first_saved_and_may_replace_it(owner, shop_instance):
    first, second = owner, owner.context.new_page()
    first.goto(SETTINGS + "segments")
    second.goto(SETTINGS + "segments")
    first.locator("[name=churned_minDays]").fill("120")
    first.get_by_role("button", name="Save segments").click()
    expect(first.get_by_role("status")).to_contain_text("saved")
    second.locator("[name=churned_minDays]").fill("150")
    with second.expect_response(lambda answer: answer.request.method == "POST") as answered:
        second.get_by_role("button", name="Save segments").click()
    assert answered.value.status == 409
    alert = second.get_by_role("alert")
    expect(alert).to_contain_text("saved this tab")
    expect(alert).to_contain_text("admin@demo.example")
    theirs = second.locator(".theirs")
    expect(theirs).to_have_count(1)
    expect(theirs).to_contain_text("120")
    expect(second.locator("[name=churned_minDays]")).to_have_value("150")
    described = second.locator("[name=churned_minDays]").get_attribute("aria-describedby")
    assert theirs.get_attribute("id") in described.split()
    second.get_by_role("button", name="Save segments").click()
    expect(second.get_by_role("status")).to_contain_text("saved")
    second.reload()
    expect(second.locator("[name=churned_minDays]")).to_have_value("150")


@pytest.mark.parametrize("tab", ["points", "tiers", "segments", "redemptions", "menu-display", "program"])
def test_a_reset_asks_first_and_brings_the_defaults_back(visitor, shop_instance, tab):
    changes = {"points": {"points_per_dollar": "3"}, "tiers": {"tier[1][threshold]": "222"},
               "segments": {"vip_minOrders": "11"}, "redemptions": {"redemption[0][points_cost]": "111"},
               "menu-display": {"loyalty_tagline": "Ours"}, "program": {"lag_hours": "40"}}[tab]
    (name, value), = changes.items()
    default = {"points_per_dollar": "1", "tier[1][threshold]": "200", "vip_minOrders": "8",
               "redemption[0][points_cost]": "100", "loyalty_tagline": "", "lag_hours": "36"}[name]
    assert visitor.save(tab, changes).status_code == 303
    assert visitor.form(tab)[name] == value
    asked = visitor.save(tab, {"action": "reset"})
    assert asked.status_code == 200
    assert visitor.form(tab)[name] == value
    done = visitor.post(SETTINGS + tab, form_fields(asked.text, SETTINGS + tab))
    assert done.status_code == 303
    assert "reset" in visitor.get(done.headers["Location"]).text
    assert visitor.form(tab)[name] == default


def test_a_row_is_added_and_removed_in_the_browser(owner):
    owner.goto(SETTINGS + "redemptions")
    rows = owner.locator("fieldset.row")
    before = rows.count()
    owner.get_by_role("button", name="Add a reward").click()
    expect(rows).to_have_count(before + 1)
    owner.locator(f"[name='redemption[{before}][points_cost]']").fill("1000")
    owner.locator(f"[name='redemption[{before}][reward_value]']").fill("80")
    owner.locator(f"[name='redemption[{before}][description]']").fill("$80 off & more")
    owner.get_by_role("button", name="Save redemptions").click()
    expect(owner.get_by_role("status")).to_contain_text("saved")
    owner.reload()
    expect(rows).to_have_count(before + 1)
    expect(rows.nth(before)).to_contain_text("8.0 ¢ per point")
    expect(owner.locator(f"[name='redemption[{before}][description]']")).to_have_value("$80 off & more")
    rows.nth(before).get_by_label("Remove").check()
    owner.get_by_role("button", name="Save redemptions").click()
    expect(owner.get_by_role("status")).to_contain_text("saved")
    expect(rows).to_have_count(before)


def test_a_refused_value_stays_as_typed_with_the_message_beside_its_field(owner):
    owner.goto(SETTINGS + "points")
    owner.get_by_label("Points per dollar").fill('a "lot" <b>')
    with owner.expect_response(lambda answer: answer.request.method == "POST") as answered:
        owner.get_by_role("button", name="Save points").click()
    assert answered.value.status == 422
    field = owner.locator("[name=points_per_dollar]")
    expect(field).to_have_value('a "lot" <b>')
    expect(field).to_have_attribute("aria-invalid", "true")
    problem = owner.locator(".problem", has_text="Enter a number from 0.1 to 10.")
    assert problem.get_attribute("id") in field.get_attribute("aria-describedby").split()
    expect(owner.get_by_role("alert")).to_contain_text("Nothing was saved")


def test_a_multiplier_and_a_benefit_show_first_as_they_will_be(owner):
    owner.goto(SETTINGS + "tiers")
    owner.locator("[name='tier[2][earn_multiplier]']").fill("1.25")
    owner.get_by_role("button", name="Preview").click()
    expect(owner.get_by_text("1.25x points")).to_be_visible()
    expect(owner.get_by_text("Not saved yet")).to_be_visible()
    owner.goto(SETTINGS + "tiers")
    expect(owner.locator("[name='tier[2][earn_multiplier]']")).to_have_value("1")


def test_the_owner_of_another_shop_sees_nothing_of_this_one(browser, shop_instance):
    ours = Visitor(shop_instance).get("/dashboard/customers").text
    address = re.search(r'href="(/dashboard/customers/cus_[^"?]+)', ours).group(1)
    context = browser.new_context(base_url=shop_instance.base_url)
    page = context.new_page()
    sign_in(page, "admin@other.example", "other-admin-pass")
    expect(page.locator("main")).not_to_contain_text("Demo Dispensary")
    for path in (address, "/dashboard/loyalty?org=demo", SETTINGS + "points?org=demo", "/dashboard/customers?org=demo"):
        assert page.goto(path).status == 404, path
    page.goto("/dashboard/customers")
    expect(page.locator("tbody tr")).to_have_count(0)
    context.close()


def test_a_budtender_lands_where_his_role_may_go_and_nowhere_else(shop_instance):
    till = Visitor(shop_instance, "till")
    assert till.landing == "/till"
    for path in ("/dashboard/loyalty", "/dashboard/customers", SETTINGS + "points"):
        refused = till.get(path)
        assert refused.status_code == 403
        assert f"Reference {refused.headers['X-Request-Id']}" in refused.text
    saved = till.post(SETTINGS + "points", {"csrf": "x"})
    assert saved.status_code == 403
