"""Fixtures of the system tests. Each pytest worker has one product of its own."""

import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from support.browser import CHROMIUM  # noqa: E402
from support.instance import Instance  # noqa: E402


@pytest.fixture(scope="session")
def instance():
    """The demo tenants behind nginx. Tests that break parts or need settings start an `Instance` of their own."""
    product = Instance(settings={}, arguments=("--customers", "50", "--orders", "500"))
    try:
        yield product.start()
    finally:
        product.stop()
        product.remove()


@pytest.fixture
def fresh_instance():
    """Makes further products: `fresh_instance(settings={…}, arguments=(…))`, started; all end with the test."""
    made = []

    def start(settings=None, arguments=()):
        made.append(Instance(settings=settings, arguments=arguments))
        return made[-1].start()

    yield start
    for product in made:
        product.stop()
        product.remove()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, instance):
    """A page in a context of its own: no cookies of other tests. Relative addresses go to the instance."""
    context = browser.new_context(base_url=instance.base_url)
    yield context.new_page()
    context.close()
