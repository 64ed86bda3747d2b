"""Every example that developers read works as it is typed, against the running product."""

import html
import json
import os
import re
import subprocess
import sys

import pytest
import requests

from support.api_description import COPY, copy, description
from support.browser import axe_violations
from support.instance import API_KEY, ROOT, Instance
from support.visitor import bearer


@pytest.fixture(scope="module")
def product():
    made = Instance(arguments=("--customers", "10", "--orders", "20"))
    try:
        yield made.start()
    finally:
        made.stop()
        made.remove()


class Till:
    """Calls the API, each write with a key of its own."""

    def __init__(self, product):
        self.product = product
        self.count = 0

    def __call__(self, method: str, path: str, body: dict | None = None) -> requests.Response:
        self.count += 1
        headers = bearer(API_KEY) | {"Idempotency-Key": f"till-{self.count}"}
        return requests.request(method, self.product.url(path), json=body, headers=headers, timeout=10)


class World:
    """Makes what the examples name: a member with points, an order, a reward, and a fresh hold."""

    PHONE, POS_ID, ORDER = "+12025550143", "100231", "883201"

    def __init__(self, product):
        self.till = Till(product)
        self.orders = 0

    def ready(self, sample: str) -> str:
        """The example with the ids of things that are there."""
        till = self.till
        customer = till("POST", "/api/v1/customers", {"posId": self.POS_ID}).json()["id"]
        till("POST", f"/api/v1/customers/{customer}", {"phone": self.PHONE, "email": "ada@example.com"})
        till("POST", "/api/v1/adjustments", {"customerId": customer, "points": 5000, "reason": "Examples"})
        order = till("POST", "/api/v1/orders", {
            "posOrderId": self.ORDER, "customerId": customer, "status": "completed", "totalCents": 4999,
            "completedAt": "2026-06-01T15:58:00Z"}).json()["id"]
        reward = till("GET", "/api/v1/program").json()["rewards"][0]["id"]
        sample = re.sub(r"cus_[0-9a-z]{26}", customer, sample)
        sample = re.sub(r"ord_[0-9a-z]{26}", order, sample)
        sample = re.sub(r"rew_[0-9a-z]{26}", reward, sample)
        if re.search(r"red_[0-9a-z]{26}", sample):
            hold = till("POST", "/api/v1/redemptions", {
                "customerId": customer, "redemptionTierId": reward, "orderTotalCents": 9000, "hold": True})
            assert hold.status_code == 201, hold.text
            sample = re.sub(r"red_[0-9a-z]{26}", hold.json()["id"], sample)
        if "/redemptions" in sample:
            # One order takes only so many rewards.
            self.orders += 1
            sample = sample.replace(self.ORDER, f"{self.ORDER}-{self.orders}")
        return sample


@pytest.fixture(scope="module")
def world(product):
    return World(product)


@pytest.fixture(scope="module")
def page(product):
    return requests.get(product.url("/docs/api"), timeout=10).text


def blocks(page: str, kind: str) -> list[str]:
    return [html.unescape(text) for text in
            re.findall(rf'<pre class="{kind}"[^>]*><code>(.*?)</code></pre>', page, re.DOTALL)]


def test_the_copy_that_the_product_reads_is_the_description():
    assert COPY.read_text("utf-8") == copy(), "run Tests/system/support/api_description.py"


def test_the_page_has_every_example_of_the_description(page):
    wanted = 0
    for item in description()["paths"].values():
        for operation in item.values():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            wanted += max(1, len(content.get("examples", {})))
    assert len(blocks(page, "curl")) == wanted
    # One more: what stands before all of them.
    assert len(blocks(page, "python")) == wanted + 1


def test_every_example_for_the_shell_works(product, page, world):
    wrapped = "curl() { command curl --silent --show-error --max-time 20 -w '\\n%{http_code}' \"$@\"; }\n"
    for sample in blocks(page, "curl"):
        typed = world.ready(sample)
        done = subprocess.run(["bash", "-euc", wrapped + typed], capture_output=True, text=True, timeout=60,
                              env=os.environ | {"LOYALTY_KEY": API_KEY})
        assert done.returncode == 0, (typed, done.stderr)
        body, _, status = done.stdout.rpartition("\n")
        assert status in ("200", "201"), (typed, done.stdout)
        json.loads(body)


def test_every_example_in_python_works(product, page, world):
    start, *samples = blocks(page, "python")
    for sample in samples:
        typed = world.ready(sample)
        done = subprocess.run([sys.executable, "-c", f"{start}\nprint(json.dumps({typed}))"], capture_output=True,
                              text=True, timeout=60, env=os.environ | {"LOYALTY_KEY": API_KEY})
        assert done.returncode == 0, (typed, done.stderr)
        assert not isinstance(json.loads(done.stdout).get("status"), int), (typed, done.stdout)


@pytest.mark.parametrize("command", [["bash", "docs/examples/first_sale.sh"],
                                     [sys.executable, "docs/examples/first_sale.py"]])
def test_the_example_client_comes_from_its_first_call_to_a_reward_used(product, command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120,
                          env=os.environ | {"LOYALTY_URL": product.base_url, "LOYALTY_KEY": API_KEY})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "captured" in done.stdout and "120" in done.stdout
    assert product.cli("ledger", "verify").returncode == 0


def test_the_page_can_be_read_by_everybody(product, browser):
    for scheme in ("light", "dark"):
        for width in (375, 1280):
            context = browser.new_context(base_url=product.base_url, color_scheme=scheme, java_script_enabled=True,
                                          viewport={"width": width, "height": 800})
            page = context.new_page()
            page.goto("/docs/api")
            assert axe_violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            context.close()
