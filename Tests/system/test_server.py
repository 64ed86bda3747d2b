"""script/server: starting, recovering, stopping, refusing."""

import os
import signal
import subprocess
import time

import pymysql
import pytest
import requests

from support.instance import ROOT, Instance, free_port


def run_server(**settings) -> subprocess.CompletedProcess:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LOYALTY_") or k == "LOYALTY_BIN_DIR"}
    environment.setdefault("LOYALTY_BIN_DIR", str(ROOT / ".build/release"))
    return subprocess.run([ROOT / "script/server"], env=environment | settings, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="module")
def server():
    product = Instance()
    yield product.start()
    product.stop()
    product.remove()


@pytest.mark.parametrize("part", ["mariadb", "nginx", "responder", "worker", "simulator"])
def test_a_killed_part_comes_back_by_itself(server, part):
    before = server.pid(part)
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while server.pid(part) == before:
        assert time.monotonic() < deadline, server.output.read_text()
        time.sleep(0.05)
    server.wait_ready()
    while True:
        try:
            server.db().close()
            break
        except pymysql.OperationalError:
            assert time.monotonic() < deadline, server.log("mariadb")
            time.sleep(0.05)


def test_a_second_start_in_the_same_home_says_that_it_is_already_running(server):
    second = run_server(LOYALTY_HOME=str(server.home), LOYALTY_PORT=str(free_port()))
    assert second.returncode != 0
    assert "already running" in second.stderr
    assert requests.get(server.url("/readyz"), timeout=5).ok


def test_a_port_in_use_is_named(server, tmp_path):
    second = run_server(LOYALTY_HOME=str(tmp_path), LOYALTY_PORT=str(server.port))
    assert second.returncode == 69
    assert f"port {server.port} on 127.0.0.1 is in use" in second.stderr


def test_two_servers_run_side_by_side(server, fresh_instance):
    other = fresh_instance()
    assert requests.get(server.url("/readyz"), timeout=5).ok
    assert requests.get(other.url("/readyz"), timeout=5).ok


def test_sigterm_ends_every_part_and_the_next_start_takes_under_five_seconds(fresh_instance):
    product = fresh_instance()
    pids = product.pids
    assert set(pids) == {"mariadb", "nginx", "responder", "worker", "simulator", "server"}
    assert product.stop() == 0
    assert [name for name, pid in pids.items() if is_running(pid)] == []
    begun = time.monotonic()
    product.start()
    assert time.monotonic() - begun < 5


def test_a_killed_script_takes_its_parts_along_and_the_next_start_works(fresh_instance):
    product = fresh_instance()
    pids = product.pids
    product.process.kill()
    product.process.wait()
    deadline = time.monotonic() + 15
    while any(is_running(pid) for pid in pids.values()):
        assert time.monotonic() < deadline, [name for name, pid in pids.items() if is_running(pid)]
        time.sleep(0.1)
    product.start()


def test_a_home_with_a_long_path_and_a_space_works(fresh_instance, tmp_path):
    home = tmp_path / ("a long name " * 8).strip()
    product = fresh_instance(settings={"LOYALTY_HOME": str(home)})
    assert requests.get(product.url("/readyz"), timeout=5).ok
    sockets = (home / "run" / "sockets").resolve()
    assert sockets.parent.as_posix() == "/tmp"
    product.stop()
    assert not sockets.exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "must be set (or their _FILE): LOYALTY_SECRET_KEY LOYALTY_CRON_SECRET"),
        ({"LOYALTY_SECRET_KEY": "1:x"}, "must be set (or their _FILE): LOYALTY_CRON_SECRET"),
        ({"LOYALTY_SECRET_KEY": "1:x", "LOYALTY_CRON_SECRET": "demo-cron-secret"}, "LOYALTY_CRON_SECRET is the demo's"),
    ])
def test_an_address_others_can_reach_needs_secrets_of_its_own(tmp_path, settings, words):
    done = run_server(LOYALTY_LISTEN="0.0.0.0", LOYALTY_PORT=str(free_port()), LOYALTY_HOME=str(tmp_path / "h"), **settings)
    assert done.returncode == 2
    assert words in done.stderr
    assert not (tmp_path / "h").exists()


def test_a_home_with_demo_data_is_refused_on_an_open_address(tmp_path):
    (tmp_path / "demo-loaded").touch()
    done = run_server(LOYALTY_LISTEN="0.0.0.0", LOYALTY_PORT=str(free_port()), LOYALTY_HOME=str(tmp_path),
                      LOYALTY_SECRET_KEY="1:x", LOYALTY_CRON_SECRET="of my own")
    assert done.returncode == 2
    assert "holds the demo tenants" in done.stderr
