"""Demo credentials and missing secrets where others can reach the product."""

import base64
import os
import subprocess

import pytest
import requests

from support.instance import ROOT, free_port
from support.visitor import bearer

OWN_SECRETS = {
    "LOYALTY_SECRET_KEY": "1:" + base64.b64encode(bytes(range(32))).decode(),
    "LOYALTY_CRON_SECRET": "a-cron-secret-of-my-own-long-enough",
    "LOYALTY_METRICS_TOKEN": "a-metrics-token-of-my-own-long-enough",
}


def refused_start(home, **settings) -> subprocess.CompletedProcess:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LOYALTY_") or k == "LOYALTY_BIN_DIR"}
    environment.setdefault("LOYALTY_BIN_DIR", str(ROOT / ".build/release"))
    return subprocess.run(
        [ROOT / "script/server"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        env=environment | {"LOYALTY_LISTEN": "0.0.0.0", "LOYALTY_PORT": str(free_port()), "LOYALTY_HOME": str(home)} | settings)


@pytest.mark.parametrize("missing", ["LOYALTY_SECRET_KEY", "LOYALTY_CRON_SECRET"])
def test_a_missing_secret_is_named(tmp_path, missing):
    done = refused_start(tmp_path / "home", **{k: v for k, v in OWN_SECRETS.items() if k != missing})
    assert done.returncode == 2
    assert missing in done.stderr
    assert not (tmp_path / "home").exists()
    for secret in OWN_SECRETS.values():
        assert secret not in done.stdout + done.stderr


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1"])
def test_the_demo_cron_secret_is_refused_on_any_open_address(tmp_path, address):
    done = refused_start(
        tmp_path / "home", **OWN_SECRETS | {"LOYALTY_CRON_SECRET": "demo-cron-secret", "LOYALTY_LISTEN": address})
    assert done.returncode == 2
    assert "LOYALTY_CRON_SECRET" in done.stderr


def test_a_secret_key_that_is_none_stops_the_start_by_its_name(tmp_path):
    done = refused_start(tmp_path / "home", **OWN_SECRETS | {"LOYALTY_SECRET_KEY": "1:dG9vIHNob3J0"})
    assert done.returncode != 0
    assert "LOYALTY_SECRET_KEY" in done.stderr + done.stdout
    assert "dG9vIHNob3J0" not in done.stderr + done.stdout


def test_a_home_with_the_demo_is_refused_and_stays_as_it_is(fresh_instance):
    product = fresh_instance(arguments=("--customers", "5", "--orders", "20"))
    assert product.stop() == 0
    done = refused_start(product.home, **OWN_SECRETS)
    assert done.returncode == 2
    assert "demo" in done.stderr
    product.start()
    assert requests.get(product.url("/menu/demo/bar"), timeout=10).ok


def test_an_open_address_with_secrets_of_its_own_has_no_demo(fresh_instance):
    product = fresh_instance(settings=OWN_SECRETS | {"LOYALTY_LISTEN": "0.0.0.0"})
    assert requests.get(product.url("/readyz"), timeout=10).ok
    for path in ("/demo/menu", "/menu/demo/bar", "/api/public/menu-settings?orgId=demo"):
        assert requests.get(product.url(path), timeout=10).status_code == 404, path
    for secret in ("demo-cron-secret", "demo-api-key"):
        answer = requests.get(product.url("/api/loyalty/sync?orgId=demo"), headers=bearer(secret), timeout=10)
        assert answer.status_code == 401
    assert product.ask("SELECT COUNT(*) AS n FROM tenants") == [{"n": 0}]
    assert product.cli("doctor", check=False).returncode in (0, 1)
