"""The answer to a press at the till is lost, and somebody presses again: points are taken once, or after a question."""

import os
import re
import signal
import threading

import pytest
from playwright.sync_api import expect

from support.browser import CHROMIUM, axe_violations
from support.counter import context, cut_off, name_of, new_member, points, too_wide
from support.instance import Instance
from support.visitor import Visitor, form_fields

REWARD = re.compile(r"Use 100 points: \$5\.00 off")
ASKED = "NOTHING TAKEN"


@pytest.fixture(scope="module")
def shop():
    product = Instance(arguments=("--customers", "20", "--orders", "40"))
    try:
        yield product.start()
    finally:
        product.stop()
        product.remove()


@pytest.fixture(scope="module")
def till(shop):
    return Visitor(shop, "till")


@pytest.fixture(scope="module")
def owner(shop):
    return Visitor(shop)


@pytest.fixture
def member(shop):
    """Somebody with 1,000 points of whom nothing was taken."""
    return new_member(shop, 1000)


def opened(visitor, member: str) -> dict[str, str]:
    """The form of a page opened anew, with its first reward pressed."""
    text = visitor.get(f"/till?customer={member}&total=60").text
    reward = re.search(r'name="redemption_tier_id" value="(rew_[^"]+)"', text).group(1)
    return form_fields(text, "/till/redeem") | {"redemption_tier_id": reward}


def asked_about(visitor, answer) -> list[str]:
    """The uses of points that the question names to which a press led."""
    assert answer.status_code == 303 and "again=1" in answer.headers["Location"]
    page = visitor.get(answer.headers["Location"]).text
    assert ASKED in page
    return re.findall(r"redemption=(red_\w+)", page)


def taken(shop, member: str) -> int:
    row = shop.ask("SELECT COUNT(*) AS number FROM redemptions JOIN customers ON customers.id = redemptions.customer_id "
                   "WHERE customers.last_name = %s AND status = 'captured'", name_of(shop, member).split()[-1])
    return row[0]["number"]


def lose_answers(page) -> None:
    """The line breaks once the server has done what a form asked."""
    def lose(route):
        route.fetch(max_redirects=0)
        route.abort("connectionreset")
    page.route("**/till/redeem", lose)


def press(page) -> None:
    page.get_by_role("button", name=REWARD).click(no_wait_after=True)


@pytest.mark.parametrize("keeps_pages", [True, False])
def test_back_after_a_lost_answer_takes_points_once(browser, shop, till, member, keeps_pages):
    """With and without the browser's memory of whole pages."""
    leaving_out = ["--disable-back-forward-cache"] if keeps_pages else []
    own = browser.browser_type.launch(
        executable_path=CHROMIUM, args=["--no-sandbox"], ignore_default_args=leaving_out)
    with context(own, shop, till) as made:
        page = made.new_page()
        page.goto(f"/till?customer={member}&total=60")
        lose_answers(page)
        with page.expect_event("requestfailed"):
            press(page)
        page.unroute("**/till/redeem")
        expect(page).to_have_url(re.compile("^chrome-error://"))
        # A page from the browser's memory is not loaded again.
        page.go_back(wait_until="commit")
        press(page)
        # The same form shows the first result, a new one asks.
        headline = page.locator(".taken")
        expect(headline).to_contain_text("TAKEN")
        if headline.inner_text() == ASKED:
            page.get_by_role("link", name="That is the one: show it").click()
        expect(page.get_by_role("status")).to_contain_text("TAKEN −100, $5.00")
        expect(page.get_by_role("heading", level=1)).to_have_text(name_of(shop, member))
    own.close()
    assert points(till, member) == 900


def test_found_anew_after_a_lost_answer_the_till_asks_and_either_answer_does_what_it_says(browser, shop, till, member):
    with context(browser, shop, till) as made:
        page = made.new_page()
        page.goto(f"/till?customer={member}&total=60")
        lose_answers(page)
        with page.expect_event("requestfailed"):
            press(page)
        page.unroute("**/till/redeem")
        page.goto("/till")
        page.get_by_role("searchbox").fill(name_of(shop, member))
        page.get_by_label("Order total, $").fill("60")
        page.get_by_role("button", name="Find").click()
        press(page)
        alert = page.get_by_role("alert")
        expect(alert).to_have_text(ASKED)
        expect(alert).to_be_focused()
        question = page.get_by_text(re.compile(
            rf"^100 points were taken at \d\d:\d\d for {name_of(shop, member)}, \$5\.00 off\. Take another 100\?$"))
        expect(question).to_be_visible()
        # By keyboard: the safe answer comes first.
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="That is the one: show it")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("TAKEN −100, $5.00")
        expect(page.get_by_role("button", name="Give 100 points back")).to_be_visible()
        assert points(till, member) == 900
        page.go_back()
        page.get_by_role("button", name="Take 100 more").click()
        expect(page.get_by_role("status")).to_contain_text("TAKEN −100, $5.00")
        # Back to the question: it knows of both by now.
        page.go_back()
        expect(page.get_by_role("alert")).to_have_text(ASKED)
        expect(page.get_by_role("link", name=re.compile(r"It is the one of \d\d:\d\d, 100 points: show it"))).to_have_count(2)
    assert points(till, member) == 800


def test_a_press_that_never_arrived_takes_points_once_when_repeated(browser, shop, till, member):
    with context(browser, shop, till) as made:
        page = made.new_page()
        page.goto(f"/till?customer={member}&total=60")
        made.set_offline(True)
        with page.expect_event("requestfailed"):
            press(page)
        expect(page).to_have_url(re.compile("^chrome-error://"))
        assert points(till, member) == 1000
        made.set_offline(False)
        page.go_back(wait_until="commit")
        press(page)
        expect(page.get_by_role("status")).to_contain_text("TAKEN −100, $5.00")
    assert points(till, member) == 900


def test_of_two_lanes_that_press_at_once_one_takes_and_the_other_is_asked(shop, till, owner, member):
    for already in range(1, 4):
        forms = [(visitor, opened(visitor, member)) for visitor in (till, owner) for _ in range(3)]
        if already > 1:
            for visitor, form in forms:
                form["seen"] = ",".join(
                    asked_about(visitor, visitor.post("/till/redeem", opened(visitor, member))))
        answers = []
        lanes = [threading.Thread(target=lambda v=visitor, f=form: answers.append(v.post("/till/redeem", f)))
                 for visitor, form in forms]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
        assert [answer.status_code for answer in answers] == [303] * 6
        assert sum("again=1" in answer.headers["Location"] for answer in answers) == 5
        assert taken(shop, member) == already
    assert points(till, member) == 700


def test_killed_before_it_could_answer_the_till_asks_when_pressed_again(shop, till, member):
    for killed in range(3):
        form = opened(till, member)
        if killed:
            form["seen"] = ",".join(asked_about(till, till.post("/till/redeem", form)))
            form["request_key"] = opened(till, member)["request_key"]
        cut_off(shop, till, "/till/redeem", form)
        shop.wait_until(lambda: taken(shop, member) == killed + 1)
        os.kill(shop.pid("responder"), signal.SIGKILL)
        shop.wait_ready()
        answer = till.post("/till/redeem", opened(till, member))
        assert len(asked_about(till, answer)) == killed + 1
        # The form that was cut off knows itself again.
        assert "redemption=" in till.post("/till/redeem", form).headers["Location"]
        assert taken(shop, member) == killed + 1
    assert points(till, member) == 700


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(820, 1180), (375, 812)])
def test_the_question_is_accessible_and_fits(browser, shop, till, member, size, scheme):
    till.post("/till/redeem", opened(till, member))
    width, height = size
    with context(browser, shop, till, viewport={"width": width, "height": height}, color_scheme=scheme) as made:
        page = made.new_page()
        for more in (True, False):
            page.goto(f"/till?customer={member}&total=60")
            press(page)
            expect(page.get_by_role("alert")).to_have_text(ASKED)
            assert axe_violations(page) == [] and too_wide(page) <= 0
            if more:
                page.get_by_role("button", name="Take 100 more").click()
