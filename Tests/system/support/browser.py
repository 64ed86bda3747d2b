"""Chromium from Debian, and accessibility checks."""

from axe_playwright_python.sync_playwright import Axe

CHROMIUM = "/usr/bin/chromium"


def axe_violations(page) -> list[str]:
    """What axe finds on the page as it stands, one line per rule and element; empty is good."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['target']} {rule['help']}" for rule in found for node in rule["nodes"]]
