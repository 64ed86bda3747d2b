"""What nginx answers by itself, and what it adds to every answer."""

import os
import signal
import socket
import time

import pytest
import requests

LONG = "a" * 9000


@pytest.mark.parametrize("path", ["/login", "/static/none.css", "/menu/demo/bar", "/api/v1/me", "/healthz"])
def test_every_answer_carries_one_request_id(instance, path):
    answer = requests.get(instance.url(path), timeout=10)
    assert len(answer.raw.headers.getlist("X-Request-Id")) == 1
    assert len(answer.headers["X-Request-Id"]) == 32


def test_a_body_over_the_limit_is_refused_in_the_language_of_its_address(instance):
    body = b"x" * 300_000
    page = requests.post(instance.url("/login"), data=body, timeout=10)
    assert page.status_code == 413
    assert f"Reference {page.headers['X-Request-Id']}" in page.text
    sync = requests.post(instance.url("/api/loyalty/sync"), data=body, timeout=10)
    assert (sync.status_code, sync.json()["success"]) == (413, False)
    assert sync.json()["error"]
    order = requests.post(instance.url("/api/v1/orders"), data=body, timeout=10)
    assert order.headers["Content-Type"].startswith("application/problem+json")
    problem = order.json()
    assert (order.status_code, problem["status"], problem["code"]) == (413, 413, "payload_too_large")
    assert problem["requestId"] == order.headers["X-Request-Id"]


def test_a_webhook_may_be_larger_than_other_requests(instance):
    url = instance.url("/api/webhooks/alleaves/demo")
    assert requests.post(url, data=b"x" * 1_000_000, timeout=10).status_code != 413
    assert requests.post(url, data=b"x" * 1_100_000, timeout=10).status_code == 413


@pytest.mark.parametrize(("path", "kind"), [("/x", "text/html"), ("/api/x", "application/json"),
                                            ("/api/v1/x", "application/problem+json")])
def test_requests_nginx_cannot_read_get_a_readable_answer(instance, path, kind):
    long_address = requests.get(instance.url(f"{path}?{LONG}"), timeout=10)
    assert long_address.status_code == 414
    assert long_address.headers["Content-Type"].startswith(kind)
    long_header = requests.get(instance.url(path), headers={"X-Long": LONG}, timeout=10)
    assert long_header.status_code == 400
    assert long_header.headers["Content-Type"].startswith(kind)
    with socket.create_connection(("127.0.0.1", instance.port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\n\r\n".encode())
        answer = connection.recv(65536).decode()
    assert answer.startswith("HTTP/1.1 400")
    assert f"Content-Type: {kind}" in answer


def test_only_attempts_to_sign_in_are_rate_limited(fresh_instance):
    product = fresh_instance()
    with requests.Session() as session:
        posts = [session.post(product.url("/login"), data={"email": "nobody@example.com"}, timeout=20) for _ in range(40)]
        limited = [answer for answer in posts if answer.status_code == 429]
        assert limited
        assert all("Retry-After" in answer.headers for answer in limited)
        gets = {session.get(product.url("/login"), timeout=10).status_code for _ in range(40)}
    assert 429 not in gets


def test_the_access_log_holds_no_query_strings_and_masks_personal_links(instance):
    for path in ("/healthz?code=hidden-1", "/m/hidden-2", "/%6d/hidden-3", "//m/hidden-4", f"/m/hidden-5?{LONG}"):
        requests.get(instance.url(path), timeout=10)
    time.sleep(1.5)
    log = instance.log("access")
    assert "hidden-" not in log
    assert "/healthz" in log
    assert "/m/..." in log


def test_a_head_request_does_not_leave_an_empty_bar_in_the_cache(instance):
    url = instance.url("/menu/demo/bar?embed=page")
    assert requests.head(url, timeout=10).status_code == 200
    assert len(requests.get(url, timeout=10).content) > 100


def test_the_bar_stays_up_while_the_responder_is_away(fresh_instance):
    product = fresh_instance()
    url = product.url("/menu/demo/bar")
    assert requests.get(url, timeout=10).status_code == 200
    # Its restart takes a moment; the socket is gone until then.
    os.kill(product.pid("responder"), signal.SIGKILL)
    time.sleep(0.05)
    assert {requests.get(url, timeout=10).status_code for _ in range(20)} == {200}
