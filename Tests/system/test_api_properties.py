"""The API does what docs/openapi.yaml says, whatever is sent: cases that schemathesis makes up from the description."""

import datetime
import os
import uuid
import zlib

import hypothesis
import pytest
import requests
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance, ignored_auth, negative_data_rejection, response_headers_conformance,
    response_schema_conformance, status_code_conformance, unsupported_method)

from support.api_description import description
from support.instance import API_KEY, Instance
from support.visitor import bearer

# A run of script/test makes up about 500 cases, the long one thousands.
IS_FULL = os.environ.get("LOYALTY_TEST_FULL") == "yes"
CASES_EACH = 400 if IS_FULL else 26
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
          response_schema_conformance, unsupported_method, ignored_auth, negative_data_rejection]

SCHEMA = schemathesis.openapi.from_dict(description())
SETTINGS = hypothesis.settings(
    max_examples=CASES_EACH, deadline=None, database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[phase for phase in hypothesis.Phase if phase.name not in ("shrink", "explain")])


@pytest.fixture(scope="module")
def product():
    made = Instance(arguments=("--customers", "20", "--orders", "100"))
    try:
        made.start()
        yield made
        # Whatever was sent, the points are proved at the end, and nothing was our fault.
        assert made.cli("ledger", "verify").returncode == 0
        assert "request failed" not in made.log("responder"), made.log("responder")[-3000:]
    finally:
        made.stop()
        made.remove()


@pytest.fixture(scope="module")
def people(product):
    """Customers with points, so that calls find somebody to work on."""
    found = []
    for number in range(5):
        headers = bearer(API_KEY) | {"Idempotency-Key": f"people-{number}"}
        joined = requests.post(product.url("/api/v1/customers"), timeout=10, headers=headers,
                               json={"posId": f"person-{number}", "phone": f"+1202555010{number}"}).json()
        requests.post(product.url("/api/v1/adjustments"), timeout=10,
                      headers=headers | {"Idempotency-Key": f"points-{number}"},
                      json={"customerId": joined["id"], "points": 5000, "reason": "Test"})
        found.append(joined["id"])
    return found


def settle(case, people) -> None:
    """What a schema cannot say of a good request: somebody who is there, and a time that the clock has reached."""
    if case.meta and case.meta.generation.mode != schemathesis.GenerationMode.POSITIVE:
        return
    # The same case is settled the same way when it is tried again.
    choice = zlib.crc32(repr((case.path, case.path_parameters, case.body)).encode())
    someone = people[choice % len(people)]
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if choice % 2 and case.path.startswith("/api/v1/customers/{id}"):
        case.path_parameters["id"] = someone
    if not isinstance(case.body, dict):
        return
    if choice % 3 and isinstance(case.body.get("customerId"), str):
        case.body["customerId"] = someone
    for name in ("completedAt", "updatedAt", "at"):
        if choice % 5 and isinstance(case.body.get(name), str):
            case.body[name] = "2026-01-02T10:00:00Z"


@SCHEMA.parametrize()
@SETTINGS
def test_every_answer_is_as_described(case, product, people):
    # TRACE is nginx's own to refuse, before it looks what is there: its 405 names no other method.
    hypothesis.assume(case.method != "TRACE")
    settle(case, people)
    case.call_and_validate(base_url=product.base_url, headers=bearer(API_KEY), checks=CHECKS, timeout=20)


@pytest.mark.parametrize("name", ["joinCustomer", "changeCustomer", "recordEvent", "recordOrder", "lookUpCustomers"])
def test_what_the_description_allows_is_not_refused(product, people, name):
    """The description does not promise more than the API takes; only what no schema can say is left out."""
    operation = SCHEMA.find_operation_by_id(name)

    @SETTINGS
    @hypothesis.given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE))
    def accepted(case):
        settle(case, people)
        hypothesis.assume(can_be_meant(case.body))
        answer = case.call(base_url=product.base_url, headers=bearer(API_KEY), timeout=20)
        # Found or not, known or not: understood.
        assert answer.status_code in (200, 201, 404, 409), (case.body, answer.text)

    accepted()


def can_be_meant(body) -> bool:
    """Whether a body that fits its schema says something that can be."""
    if not isinstance(body, dict):
        return True
    total = body.get("totalCents")
    if total is not None:
        sign = -1 if total < 0 else 1
        parts = [body.get(name) for name in ("taxCents", "pointsTenderCents") if body.get(name) is not None]
        if any(part * sign < 0 for part in parts) or sum(part * sign for part in parts) > total * sign:
            return False
        refund = body.get("refundOf")
        if (total < 0) != (refund is not None) or refund == body["posOrderId"]:
            return False
        if "customer" in body and "customerId" in body:
            return False
    latest = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=23)
    return is_between(None, body.get("birthDate"), latest) and all(
        # With an offset, a time of the first day of 2000 may be one of 1999.
        is_between(datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc), body.get(name), latest)
        for name in ("completedAt", "updatedAt", "at"))


def is_between(earliest, text, latest) -> bool:
    if not isinstance(text, str):
        return True
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return False
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return (earliest is None or moment >= earliest) and moment <= latest
