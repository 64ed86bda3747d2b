"""What no program should send to API v1: refused with words that name the field, nothing written, nothing broken."""

import json
import socket

import pytest
import requests

from support.defects import no_defect  # noqa: F401 (a fixture)
from support.instance import API_KEY, OTHER_API_KEY, Instance
from support.visitor import bearer

ORDER = {"posOrderId": "bad-1", "customer": {"posId": "bad"}, "status": "completed", "totalCents": 1000,
         "completedAt": "2026-01-02T10:00:00Z"}
# What each call with a body takes; the customer is made by the fixture.
WRITES = {
    "/api/v1/customers": {"posId": "bad", "firstName": "Ada"},
    "/api/v1/customers/CUSTOMER": {"lastName": "Byron"},
    "/api/v1/orders": ORDER,
    "/api/v1/events": {"customer": {"posId": "bad"}, "type": "visit"},
    "/api/v1/adjustments": {"customer": {"posId": "bad"}, "points": 5, "reason": "Goodwill"},
    "/api/v1/redemptions": {"customer": {"posId": "bad"}, "points": 100, "orderTotalCents": 1000},
    "/api/v1/customers/lookup": {"posId": "bad"},
    "/api/v1/redemptions/quote": {"customer": {"posId": "bad"}, "orderTotalCents": 1000},
}
# These change nothing, so they take no key.
READS = {"/api/v1/customers/lookup", "/api/v1/redemptions/quote"}


@pytest.fixture(scope="module")
def product():
    made = Instance(arguments=("--customers", "10", "--orders", "20"))
    try:
        yield made.start()
    finally:
        made.stop()
        made.remove()


@pytest.fixture(scope="module")
def till(product):
    return Till(product)


class Till:
    def __init__(self, product):
        self.product = product
        self.count = 0
        self.customer = self("/api/v1/customers", WRITES["/api/v1/customers"]).json()["id"]

    def __call__(self, path: str, body, key: str | None = "fresh", **headers) -> requests.Response:
        """Posts a value as JSON, or bytes as they are."""
        self.count += 1
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = bearer(API_KEY) | {"Content-Type": "application/json"} | headers
        if key:
            sent |= {"Idempotency-Key": f"bad-{self.count}" if key == "fresh" else key}
        address = self.product.url(path.replace("CUSTOMER", getattr(self, "customer", "")))
        return requests.post(address, data=data, headers=sent, timeout=20)

    def written(self) -> list:
        """What is stored of money and people; a refusal's own key is not among it."""
        tables = ("customers", "orders", "ledger_entries", "engagement_events", "consent_records", "redemptions",
                  "customer_activities")
        return [self.product.ask(f"SELECT COUNT(*) AS number FROM {table}")[0]["number"] for table in tables]


def problem(answer: requests.Response) -> dict:
    assert answer.headers["Content-Type"].startswith("application/problem+json"), answer.text
    told = answer.json()
    assert {"type", "title", "status", "detail", "code", "requestId", "retryable", "errors"} <= set(told)
    assert told["status"] == answer.status_code and told["detail"]
    assert told["requestId"]
    return told


@pytest.mark.parametrize("path", WRITES)
def test_an_unknown_field_is_refused_by_its_name(till, path):
    before = till.written()
    for name in ("surprise", "", "PosId", "customer ", "é", "__proto__", "a/b~c", "n" * 300):
        told = problem(till(path, WRITES[path] | {name: 1}))
        assert told["status"] == 400 and told["code"] == "invalid_request", name
        pointer = "/" + name.replace("~", "~0").replace("/", "~1")
        assert [error["pointer"] for error in told["errors"] if error["code"] == "unknown_field"] == [pointer]
    assert till.written() == before


@pytest.mark.parametrize("path", WRITES)
def test_a_field_of_the_wrong_type_is_refused_at_its_place(till, path):
    before = till.written()
    for name in WRITES[path]:
        for wrong in ([], {}, [1], {"a": 1}, True, "", 1.5, "\0", "x" * 100_000, -(2**63) - 1):
            # A name may be empty, and one may look for whatever id a point of sale has.
            if wrong == "" and name in ("firstName", "lastName") or wrong == "\0" and path in READS:
                continue
            told = problem(till(path, WRITES[path] | {name: wrong}))
            assert told["status"] == 400, (name, wrong)
            assert all(error["pointer"].startswith(f"/{name}") for error in told["errors"]), (name, wrong, told)
    assert till.written() == before


@pytest.mark.parametrize("path", WRITES)
def test_a_body_that_is_no_object_is_refused(till, path):
    before = till.written()
    for body in (b"", b" ", b"null", b"[]", b"1", b'"text"', b"{", b"{}x", b'{"a":}', b"{'a':1}", b'{"a":01}', b"NaN",
                 b'{"a":1,}', b"\xef\xbb\xbf", b"<xml/>", b"a=b&c=d"):
        told = problem(till(path, body))
        assert told["status"] == 400 and told["errors"], body
    assert till.written() == before


@pytest.mark.parametrize("path", WRITES)
def test_bad_text_and_doubled_names_are_refused(till, path):
    before = till.written()
    for body in (b'{"posId":"\xff"}', b'{"posId":"\xed\xa0\x80"}', b'{"posId":"\\ud800"}', b'{"posId":"\xc0\xaf"}',
                 b'{"\xff":1}', b'{"posId":"a","posId":"b"}', b'{"customer":{"id":"a","id":"b"}}',
                 '{"posId":"a"}'.encode("utf-16"), b'{"posId":"a\tb"}'):
        told = problem(till(path, body))
        assert told["status"] == 400, body
    assert till.written() == before


@pytest.mark.parametrize("path", WRITES)
def test_a_deep_or_huge_body_is_refused(till, path):
    before = till.written()
    for depth in (17, 64, 65, 1_000, 100_000):
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            body = ('{"customer":' + opening * depth + "1" + closing * depth + "}").encode()
            assert till(path, body).status_code in (400, 413), depth
    assert till(path, b'{"a":"' + b"x" * 300_000 + b'"}').status_code == 413
    many = {f"field{number}": number for number in range(10_000)}
    told = problem(till(path, many))
    assert told["status"] == 400 and len(told["errors"]) == 50
    assert till.written() == before


NUMBERS = ("1e400", "-1e400", "1e-400", "9" * 400, "0." + "9" * 60, "-0.5", "9223372036854775808", "1e18",
           "99999999999999999999", "-9223372036854775809", "1E+999")


@pytest.mark.parametrize(("path", "name"), [
    ("/api/v1/orders", "totalCents"), ("/api/v1/orders", "taxCents"), ("/api/v1/orders", "pointsTenderCents"),
    ("/api/v1/adjustments", "points"), ("/api/v1/redemptions", "points"), ("/api/v1/redemptions", "orderTotalCents"),
    ("/api/v1/redemptions/quote", "orderTotalCents")])
def test_a_number_that_cannot_be_is_refused(till, path, name):
    before = till.written()
    for number in NUMBERS:
        body = json.dumps(WRITES[path] | {name: "NUMBER"}).replace('"NUMBER"', number).encode()
        told = problem(till(path, body))
        assert told["status"] == 400, number
        assert f"/{name}" in [error["pointer"] for error in told["errors"]], (number, told)
    assert till.written() == before


@pytest.mark.parametrize("path", [path for path in WRITES if path not in READS])
def test_a_write_without_a_proper_key_of_its_own_is_refused(till, path):
    before = till.written()
    for key in (None, "with blank", "k" * 256, "\u00e9"):
        headers = {} if key is None else {"Idempotency-Key": key}
        answer = till(path, WRITES[path], key=None, **headers)
        assert answer.status_code == 400 and "Idempotency-Key" in problem(answer)["detail"], key
    assert till.written() == before


def test_two_keys_in_one_request_are_refused(till, product):
    body = json.dumps(ORDER).encode()
    lines = ["POST /api/v1/orders HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {API_KEY}",
             "Idempotency-Key: a", "Idempotency-Key: b", "Content-Type: application/json",
             f"Content-Length: {len(body)}", "Connection: close", "", ""]
    before = till.written()
    with socket.create_connection(("127.0.0.1", product.port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode() + body)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert answer.split(b" ", 2)[1] == b"400"
    assert till.written() == before


@pytest.mark.parametrize("path", WRITES)
def test_missing_wrong_and_foreign_keys_get_nothing(till, path):
    before = till.written()
    for header in ({}, {"Authorization": "Bearer"}, {"Authorization": "Bearer x"},
                   {"Authorization": f"Basic {API_KEY}"}, {"Authorization": API_KEY}, {"X-Api-Key": API_KEY},
                   {"Authorization": f"Bearer {API_KEY}x"}, {"Cookie": f"session={API_KEY}"}):
        answer = requests.post(till.product.url(path.replace("CUSTOMER", till.customer)), json=WRITES[path],
                               headers=header | {"Idempotency-Key": "k"}, timeout=10)
        assert answer.status_code == 401 and problem(answer)["code"] == "unauthorized", header
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    # Of somebody unknown an order is stored, and a customer of that id may join: those are the other tenant's own.
    if path not in READS and path not in ("/api/v1/customers", "/api/v1/orders"):
        answer = till(path, WRITES[path], **bearer(OTHER_API_KEY))
        assert answer.status_code == 404 and problem(answer)["code"] == "not_found"
    assert till.written() == before


@pytest.mark.parametrize("path", ["/api/v1/customers/ODD", "/api/v1/customers/ODD/ledger", "/api/v1/orders/ODD",
                                  "/api/v1/orders?posOrderId=ODD", "/api/v1/redemptions/ODD"])
def test_odd_ids_are_not_found_or_refused(till, path):
    for odd in ("cus_" + "z" * 26, "cus_" + "8" + "0" * 25, "CUS_" + "0" * 26, "%00", "..%2f..", "%ff", "'--",
                "a" * 5000, "cus_0000000000000000000000000\u0660"):
        answer = requests.get(till.product.url(path.replace("ODD", odd)), headers=bearer(API_KEY), timeout=10)
        assert answer.status_code in (400, 404, 414), (path, odd)


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=1&limit=2", "cursor=5", "cursor=e-1",
                                   "cursor=e" + "9" * 30])
def test_an_odd_page_of_a_list_is_refused(till, query):
    address = till.product.url(f"/api/v1/customers/{till.customer}/ledger?{query}")
    assert requests.get(address, headers=bearer(API_KEY), timeout=10).status_code == 400


@pytest.mark.parametrize(("method", "path"), [
    ("DELETE", "/api/v1/customers/x"), ("PUT", "/api/v1/orders"), ("PATCH", "/api/v1/customers/x"),
    ("GET", "/api/v1/events"), ("GET", "/api/v1/customers/lookup"), ("POST", "/api/v1/me"), ("OPTIONS", "/api/v1/me")])
def test_a_wrong_method_is_refused_and_browsers_get_no_way_in(till, method, path):
    answer = requests.request(method, till.product.url(path), timeout=10,
                              headers=bearer(API_KEY) | {"Origin": "https://shop.example"})
    assert answer.status_code == 405 and answer.headers["Allow"]
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
