"""Every page as people meet it: narrow and wide, light and dark, with and without scripts, by eye and by keyboard."""

import re

import pytest
import requests
from playwright.sync_api import expect

from support.browser import axe_violations
from support.instance import API_KEY, Instance
from support.simulator import RunningSimulator
from support.visitor import SETTINGS, TABS, SyncAPI, Visitor, bearer

PUBLIC = ("/login", "/demo/menu", "/menu/demo/bar?embed=page", "/docs/api", "/nowhere")
INSIDE = ("/dashboard/loyalty", "/dashboard/customers", "/dashboard/customers?q=a",
          "/dashboard/customers?q=nobody-at-all", "/dashboard/customers/CUSTOMER", *(SETTINGS + tab for tab in TABS),
          "/dashboard/loyalty?org=nobody", "/till", "/till?q=a", "/till?q=2025550199", "/till?customer=CUSTOMER&total=60",
          "/dashboard/sync", "/dashboard/reconciliation", "/dashboard/reconciliation?show=resolved", "RECORD",
          "/dashboard/redemptions", "/dashboard/redemptions?group=tier")
BYTES_MAX = 50_000


@pytest.fixture(scope="module")
def shop():
    """A synced shop whose bar shows all it can."""
    product = Instance(arguments=("--customers", "60", "--orders", "700"))
    try:
        product.start()
        SyncAPI(product).run()
        saved = Visitor(product).save("menu-display", {
            "show_tiers": "1", "show_delivery_info": "1", "delivery_minimum": "50", "delivery_fee": "10",
            "delivery_radius": "20", "show_drive_thru": "1", "drive_thru_hours": "9 to 9",
            "pickup_text": "In 10 minutes",
            "program[0][enabled]": "1", "program[1][enabled]": "1"})
        assert saved.status_code == 303
        with_all_that_can_wait(product)
        yield product
    finally:
        product.stop()
        product.remove()


def with_all_that_can_wait(product) -> None:
    """An incident, an order that cannot be read, a reserved reward, points that Alpine refused."""
    simulator = RunningSimulator(product.base_url)
    simulator.fail("alpine", "zero", percent=60)
    simulator.control("/order", {"customer": 100001, "total_raw": "abc", "status": "completed"})
    SyncAPI(product).run()
    simulator.fail("alpine", "none")
    simulator.fail("alpine", "400", path="/v1.1/adjust")
    rich = product.ask("""
        SELECT i.outside_id AS posid FROM customers c JOIN customer_identities i ON i.tenant_id = c.tenant_id
           AND i.customer_id = c.id AND i.source = 'alleaves'
          JOIN alpine_standings a ON a.tenant_id = c.tenant_id AND a.customer_id = c.id AND a.contact_id <> ''
         WHERE c.balance >= 500 LIMIT 1""")[0]["posid"]
    customer = {"posId": rich.decode() if isinstance(rich, bytes) else rich}
    for call, body in (("redemptions", {"points": 100, "orderTotalCents": 6000, "hold": True}),
                       ("adjustments", {"points": 25, "reason": "Goodwill"})):
        answer = requests.post(
            product.url("/api/v1/" + call), json={"customer": customer, **body}, timeout=20,
            headers=bearer(API_KEY) | {"Idempotency-Key": "pages-" + call})
        assert answer.status_code == 201, answer.text
    visitor = Visitor(product)
    product.wait_until(lambda: "Points that did not reach Alpine" in visitor.get("/dashboard/sync").text)


@pytest.fixture(scope="module")
def admin(shop):
    return Visitor(shop)


@pytest.fixture(scope="module")
def paths(admin):
    # Whoever has points reserved and some that did not reach Alpine.
    customer = re.search(r'href="/dashboard/customers/(cus_[^"?]+)', admin.get("/dashboard/sync").text).group(1)
    record = re.search(r'action="(/dashboard/reconciliation/dif_[^"]+)"',
                       admin.get("/dashboard/reconciliation").text).group(1)
    return tuple(path.replace("CUSTOMER", customer).replace("RECORD", record) for path in (*PUBLIC, *INSIDE))


def context(browser, shop, admin=None, **options):
    made = browser.new_context(base_url=shop.base_url, **options)
    if admin:
        made.add_cookies([{"name": "session", "value": admin.session.cookies["session"], "url": shop.base_url}])
    return made


class Watched:
    """A browser page that remembers what went wrong on it."""

    def __init__(self, page):
        self.page, self.problems = page, []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("requestfailed", lambda request: self.problems.append(f"{request.url}: {request.failure}"))

    def _said(self, message):
        # The browser's own word for an answer that is an error is meant on some of these pages.
        if message.type in ("error", "warning") and "the server responded with a status of 4" not in message.text:
            self.problems.append(message.text)

    def take(self) -> list[str]:
        found, self.problems = self.problems, []
        return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_every_page_is_accessible_and_fits(browser, shop, admin, paths, width, scheme):
    problems = []
    for visitor, some in ((None, PUBLIC), (admin, paths[len(PUBLIC):])):
        with context(browser, shop, visitor, viewport={"width": width, "height": 800}, color_scheme=scheme,
                     bypass_csp=False) as made:
            watched = Watched(made.new_page())
            for path in some:
                watched.page.goto(path, wait_until="load")
                problems += [f"{path}: {problem}" for problem in axe_violations(watched.page)]
                over = watched.page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if over > 0:
                    problems.append(f"{path}: {over} px too wide")
                problems += [f"{path}: {problem}" for problem in watched.take()]
    assert problems == []


def test_every_page_is_small_and_breaks_no_rule_of_its_own(browser, shop, admin, paths):
    problems = []
    for visitor, some in ((None, PUBLIC), (admin, paths[len(PUBLIC):])):
        for path in some:
            # A context each: nothing is in the cache, as at a first visit.
            with context(browser, shop, visitor) as made:
                page = made.new_page()
                page.add_init_script("window.broken = []; addEventListener('securitypolicyviolation', "
                                     "e => window.broken.push(e.violatedDirective + ' ' + e.blockedURI))")
                answers = []
                page.on("response", lambda answer: answers.append(answer))
                page.goto(path, wait_until="load")
                size = sum(answer.request.sizes()["responseBodySize"] for answer in answers)
                if size > BYTES_MAX:
                    problems.append(f"{path}: {size} bytes")
                problems += [f"{path}: {what}" for what in page.evaluate("window.broken")]
                elsewhere = [a.url for a in answers if not a.url.startswith((shop.base_url, "data:"))]
                problems += [f"{path}: asks {url}" for url in elsewhere]
    assert problems == []


def test_every_page_says_what_it_is_without_scripts(browser, shop, admin, paths):
    problems = []
    for visitor, some in ((None, PUBLIC), (admin, paths[len(PUBLIC):])):
        with context(browser, shop, visitor, java_script_enabled=False) as made:
            page = made.new_page()
            for path in some:
                page.goto(path)
                if not page.title() or page.locator("main, body > *").count() == 0:
                    problems.append(f"{path}: empty")
                if "embed=page" not in path and path != "/demo/menu" and page.locator("h1").count() != 1:
                    problems.append(f"{path}: {page.locator('h1').count()} headings")
    assert problems == []
    with context(browser, shop, java_script_enabled=False) as made:
        page = made.new_page()
        page.goto("/menu/demo/bar?embed=page")
        expect(page.get_by_text("Earn 1 pt per $1 spent")).to_be_visible()


def test_the_page_of_a_sync_under_way_and_a_refused_form_are_accessible(browser, shop, admin):
    simulator = RunningSimulator(shop.base_url)
    with context(browser, shop, admin, viewport={"width": 375, "height": 800}) as made:
        page = made.new_page()
        simulator.fail("alleaves", "slow", ms=2000)
        try:
            page.goto("/dashboard/loyalty")
            page.get_by_role("button", name="Sync now").click()
            expect(page.get_by_role("heading", name="A sync is under way")).to_be_visible()
            assert axe_violations(page) == []
        finally:
            simulator.fail("alleaves", "none")
        for tab, field in (("tiers", "tier[1][threshold]"), ("points", "points_per_dollar")):
            page.goto(SETTINGS + tab)
            page.locator(f"[name='{field}']").fill("x")
            page.locator("button.primary[value=save]").click()
            expect(page.get_by_role("alert")).to_be_visible()
            assert axe_violations(page) == []
            # The summary leads to the field.
            page.get_by_role("alert").get_by_role("link").first.click()
            assert page.evaluate("document.querySelector(location.hash).matches('input, fieldset, div')")
        page.goto(SETTINGS + "tiers")
        page.get_by_role("button", name="Reset tiers to the defaults").click()
        assert axe_violations(page) == []


def focused(page) -> str:
    return page.evaluate("""() => { const e = document.activeElement;
        return (e.name || e.textContent || e.tagName).trim() }""")


def tab_to(page, wanted: str) -> None:
    """Presses Tab until the field or button is reached; each stop must be seen."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if focused(page) == wanted:
            outline = page.evaluate("""() => { const s = getComputedStyle(document.activeElement);
                return s.outlineStyle !== 'none' || s.boxShadow !== 'none' }""")
            assert outline, f"{wanted} shows no focus"
            return
    raise AssertionError(f"{wanted} cannot be reached")


def test_signing_in_and_saving_a_setting_takes_no_mouse(browser, shop):
    with context(browser, shop) as made:
        page = made.new_page()
        page.goto("/login?next=" + SETTINGS + "segments")
        tab_to(page, "email")
        page.keyboard.type("admin@demo.example")
        tab_to(page, "password")
        page.keyboard.type("demo-admin-pass")
        page.keyboard.press("Enter")
        page.wait_for_url(shop.url(SETTINGS + "segments"), wait_until="load")
        page.keyboard.press("Tab")
        assert focused(page) == "Skip to the page"
        page.keyboard.press("Enter")
        tab_to(page, "vip_minOrders")
        page.keyboard.press("Control+A")
        page.keyboard.type("9")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Segments settings saved")
        expect(page.locator("[name=vip_minOrders]")).to_have_value("9")
        # Enter in a form with rows saves too, and adds none.
        page.goto(SETTINGS + "tiers")
        rows = page.locator("fieldset.row").count()
        page.locator("[name='tier[0][name]']").focus()
        page.keyboard.press("Control+A")
        page.keyboard.type("Copper")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Tiers settings saved")
        expect(page.locator("fieldset.row")).to_have_count(rows)


@pytest.mark.parametrize("width", [320, 640, 768, 1024])
def test_pages_fit_the_widths_between_and_twice_the_size(browser, shop, admin, paths, width):
    # 200 % of a 1280 px window leaves 640 px, 400 % leaves 320 px.
    with context(browser, shop, admin, viewport={"width": width, "height": 600}) as made:
        page = made.new_page()
        wide = []
        for path in paths:
            page.goto(path)
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                wide.append(path)
        assert wide == []
