"""The till as a budtender uses it: by keyboard, on a tablet, light and dark, over a bad line, without scripts."""

import re

import pytest
from playwright.sync_api import expect

from support.browser import axe_violations
from support.counter import context, cut_off, name_of, new_member, points, too_wide
from support.instance import Instance
from support.visitor import SyncAPI, Visitor, form_fields

BYTES_MAX = 15_000
REWARD = re.compile(r"Use 100 points: \$5\.00 off")


@pytest.fixture(scope="module")
def shop():
    product = Instance(arguments=("--customers", "60", "--orders", "700"))
    try:
        product.start()
        SyncAPI(product).run()
        yield product
    finally:
        product.stop()
        product.remove()


@pytest.fixture(scope="module")
def till(shop):
    return Visitor(shop, "till")


@pytest.fixture
def member(shop):
    """Somebody with 300 points of whom nothing was taken."""
    return new_member(shop, 300)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (820, 1180), (375, 800)])
def test_every_state_of_the_till_is_accessible_and_fits(browser, shop, till, member, size, scheme):
    width, height = size
    with context(browser, shop, till, viewport={"width": width, "height": height}, color_scheme=scheme) as made:
        page = made.new_page()
        problems = []

        def look(state: str):
            problems.extend(f"{state}: {problem}" for problem in axe_violations(page))
            if too_wide(page) > 0:
                problems.append(f"{state}: too wide")
            # The label of a checkbox is what a finger meets.
            targets = page.locator(
                ".till button, .till a.button, .till .check label, "
                ".till input:not([type=hidden]):not([type=checkbox])")
            small = targets.evaluate_all(
                "all => all.filter(e => e.getBoundingClientRect().height < 48).map(e => e.outerHTML)")
            problems.extend(f"{state}: small {what}" for what in small)

        for path in ("/till", "/till?q=nobody-at-all", "/till?q=an", f"/till?customer={member}",
                     f"/till?customer={member}&total=60", f"/till?customer={member}&total=none"):
            page.goto(path)
            look(path)
        page.goto(f"/till?customer={member}&total=60")
        page.get_by_role("button", name=REWARD).click()
        expect(page.get_by_role("status")).to_contain_text("TAKEN −100, $5.00")
        look("taken")
        page.get_by_role("button", name="Give 100 points back").click()
        expect(page.get_by_role("status")).to_contain_text("GIVEN BACK +100")
        look("given back")
        page.goto(f"/till?customer={member}&total=60")
        page.locator("[name=points]").fill("9999999")
        page.get_by_role("button", name="Use points").click()
        expect(page.get_by_role("alert")).to_contain_text("NOTHING TAKEN")
        look("refused")
        assert problems == []


def test_search_redeem_and_receipt_take_no_mouse_and_no_script(browser, shop, till, member):
    before = points(till, member)
    name = name_of(shop, member)
    with context(browser, shop, till, java_script_enabled=False) as made:
        page = made.new_page()
        page.goto("/till")
        # The keyboard is in the search box already: a browser puts it there at its next drawing.
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type(name)
        page.keyboard.press("Tab")
        page.keyboard.type("60")
        page.keyboard.press("Enter")
        if page.locator(".candidates a").count():
            page.locator(f".candidates a[href*={member}]").focus()
            page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        # A second Enter must not redeem: the points have the focus, the first reward comes next.
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=REWARD)).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("TAKEN −100, $5.00")
        expect(page.get_by_role("list", name="Receipt")).to_contain_text(f"Balance: {before - 100:,} points")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Next customer")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("searchbox")).to_be_focused()
    assert points(till, member) == before - 100


def test_a_press_whose_answer_was_lost_shows_the_first_result_when_repeated(shop, till, member):
    before = points(till, member)
    fields = form_fields(till.get(f"/till?customer={member}&total=60").text, "/till/redeem")
    rewards = re.findall(r'name="redemption_tier_id" value="(rew_[^"]+)"',
                         till.get(f"/till?customer={member}&total=60").text)
    fields["redemption_tier_id"] = rewards[0]
    cut_off(shop, till, "/till/redeem", fields)
    answers = [till.post("/till/redeem", fields) for _ in range(3)]
    places = {answer.headers["Location"] for answer in answers}
    assert [answer.status_code for answer in answers] == [303] * 3 and len(places) == 1
    shown = [re.search(r"TAKEN −100, \$5\.00, \d\d:\d\d", till.get(places.copy().pop()).text).group() for _ in range(2)]
    assert shown[0] == shown[1]
    assert points(till, member) == before - 100


def test_the_till_is_at_most_15_kilobytes_over_the_wire(browser, shop, till, member):
    for path in ("/till", f"/till?customer={member}&total=60"):
        with context(browser, shop, till) as made:
            page = made.new_page()
            answers = []
            page.on("response", lambda answer: answers.append(answer))
            page.goto(path, wait_until="load")
            sizes = {answer.url: answer.request.sizes()["responseBodySize"] for answer in answers}
            assert sum(sizes.values()) <= BYTES_MAX, sizes
