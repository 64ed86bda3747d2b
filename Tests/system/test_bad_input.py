"""What nobody should send: refused with words, nothing written, nothing given away."""

import re
import socket
import time

import pytest
import requests

from support.defects import no_defect  # noqa: F401 (a fixture)
from support.instance import API_KEY, CRON_SECRET, Instance
from support.visitor import SETTINGS, TABS, SyncAPI, Visitor, bearer, form_fields

SECRET_RATE = "3.217"
PAGES = ("/dashboard/loyalty", "/dashboard/customers", *(SETTINGS + tab for tab in TABS))


@pytest.fixture(scope="module")
def product():
    """A synced shop whose equity multiplier is one that nothing else looks like."""
    made = Instance(arguments=("--customers", "40", "--orders", "400"))
    try:
        made.start()
        assert Visitor(made).save("points", {"equity_multiplier": SECRET_RATE}).status_code == 303
        SyncAPI(made).run()
        yield made
    finally:
        made.stop()
        made.remove()


@pytest.fixture(scope="module")
def admin(product):
    return Visitor(product)


def settings_version(product) -> int:
    return product.ask("SELECT settings_version FROM tenants WHERE slug = 'demo'")[0]["settings_version"]


def is_page_with_reference(answer) -> bool:
    return (answer.headers["Content-Type"].startswith("text/html")
            and f"Reference {answer.headers['X-Request-Id']}" in answer.text)


def is_json_error(answer) -> bool:
    return (answer.headers["Content-Type"].startswith("application/json") and bool(answer.headers["X-Request-Id"])
            and answer.json()["success"] is False and bool(answer.json()["error"]))


def test_an_unknown_shop_or_page_is_not_found(product, admin):
    for path in ("/menu/nobody/bar", "/menu/nobody/embed.js", "/nowhere", "/dashboard/nowhere", "/menu/demo/none",
                 "/dashboard/customers/cus_x", "/dashboard/customers/cus_00000000000000000000000000", "/%ff", "/%00",
                 "/menu/%ff/bar", "/menu/" + "a" * 300 + "/bar"):
        answer = admin.get(path)
        assert answer.status_code in (400, 404), path
        assert answer.headers["X-Request-Id"], path
    assert is_page_with_reference(admin.get("/nowhere"))
    assert is_page_with_reference(admin.get(PAGES[0] + "?org=nobody"))
    for path in ("/api/public/menu-settings?orgId=nobody", "/api/nowhere"):
        answer = requests.get(product.url(path), timeout=10)
        assert answer.status_code == 404 and is_json_error(answer), path
    problem = requests.get(product.url("/api/v1/nowhere"), timeout=10)
    assert problem.status_code in (401, 404)
    assert problem.headers["Content-Type"].startswith("application/problem+json")
    assert requests.get(product.url("/api/public/menu-settings"), timeout=10).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("DELETE", "/login", {"GET", "HEAD", "POST"}), ("POST", "/dashboard/loyalty", {"GET", "HEAD"}),
     ("PUT", SETTINGS + "points", {"GET", "HEAD", "POST"}), ("GET", "/logout", {"POST"}),
     ("DELETE", "/api/loyalty/sync", {"GET", "HEAD", "POST"}), ("POST", "/api/public/menu-settings", {"GET", "HEAD"}),
     ("POST", "/menu/demo/bar", {"GET", "HEAD"}), ("PATCH", "/dashboard/customers", {"GET", "HEAD"})])
def test_a_wrong_method_names_the_right_ones(product, method, path, allowed):
    answer = requests.request(method, product.url(path), timeout=10, allow_redirects=False)
    assert answer.status_code == 405
    assert {word.strip() for word in answer.headers["Allow"].split(",")} == allowed
    assert is_json_error(answer) if path.startswith("/api/") else is_page_with_reference(answer)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW", "OPTIONS"])
def test_an_odd_method_is_refused(product, method):
    for path in ("/login", "/api/loyalty/sync", "/nowhere"):
        answer = requests.request(method, product.url(path), timeout=10)
        assert 400 <= answer.status_code < 500
        assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    "body",
    [b"", b"%", b"%zz=1", b"csrf", b"csrf=%ff%fe", b"\xff\xfe\x00", b"&&&&", b"=" * 1000, b'{"csrf":"x"}',
     b"a=" + b"b" * 200_000])
def test_a_malformed_form_is_refused(product, admin, body):
    before = settings_version(product)
    for path in (SETTINGS + "points", SETTINGS + "tiers", "/dashboard/loyalty/sync"):
        answer = admin.post(path, body)
        assert answer.status_code in (400, 403, 422), (path, answer.status_code)
        assert is_page_with_reference(answer)
    login = requests.post(product.url("/login"), data=body, timeout=10, allow_redirects=False,
                          headers={"Content-Type": "application/x-www-form-urlencoded"})
    # 429 is nginx's, when this test and others have signed in often.
    assert login.status_code in (400, 403, 422, 429)
    assert settings_version(product) == before


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", "", "x" * 1000])
def test_a_form_of_another_type_is_refused(product, admin, kind):
    before = settings_version(product)
    answer = admin.post(SETTINGS + "points", b"csrf=x&points_per_dollar=3", **{"Content-Type": kind})
    assert answer.status_code in (400, 403, 415)
    assert settings_version(product) == before


BAD_NUMBERS = ("-1", "1000000000000000000", "1e3", "abc", "", "NaN", "1.23456", "0x10", "99999999999999999999999999",
               "１", "1,5", " ", "+-1")
NUMBERS = [("points", "points_per_dollar"), ("tiers", "tier[1][threshold]"), ("tiers", "tier[1][earn_multiplier]"),
           ("tiers", "demotion_inactive_days"), ("segments", "vip_minOrders"), ("segments", "vip_minLifetimeValue"),
           ("redemptions", "redemption[0][points_cost]"), ("redemptions", "redemption[0][reward_value]"),
           ("redemptions", "max_order_percent"), ("redemptions", "hold_minutes"), ("business", "minimum_age"),
           ("program", "discrepancy_percent"), ("program", "lag_hours"), ("program", "sync_every_minutes"),
           ("program", "adjust_limit")]


@pytest.mark.parametrize(("tab", "field"), NUMBERS)
def test_a_number_that_cannot_be_is_refused_beside_its_field(product, admin, tab, field):
    before = settings_version(product)
    form = admin.form(tab)
    assert field in form
    for bad in BAD_NUMBERS:
        answer = admin.post(SETTINGS + tab, form | {field: bad, "action": "save"})
        assert answer.status_code == 422, (field, bad)
        assert form_fields(answer.text, SETTINGS + tab)[field] == bad, "as typed"
        assert 'aria-invalid="true"' in answer.text and 'class="problem"' in answer.text, (field, bad)
    assert settings_version(product) == before


BAD_TEXTS = [("tiers", "tier[1][color]", "red"), ("tiers", "tier[1][color]", "#12345g"),
             ("tiers", "tier[1][color]", "#fff\"/><script>"), ("menu-display", "primary_color", "javascript:x"),
             ("menu-display", "primary_color", "#1d6b45;"), ("tiers", "tier[1][name]", ""),
             ("tiers", "tier[1][name]", "Gold"), ("tiers", "tier[1][name]", "n" * 5000),
             ("tiers", "tier[1][threshold]", "500"), ("tiers", "tier[0][threshold]", "5"),
             ("tiers", "tier[1][id]", "tier_zzz"), ("tiers", "tier[1][benefits]", "b\r\n" * 2000),
             ("redemptions", "redemption[0][points_cost]", "250"), ("redemptions", "redemption[0][id]", "x"),
             ("redemptions", "redemption[0][description]", "d" * 5000), ("menu-display", "loyalty_tagline", "t" * 5000),
             ("menu-display", "program[0][icon]", "skull"), ("menu-display", "program[0][name]", "Students"),
             ("menu-display", "show_bar", "yes"), ("menu-display", "delivery_radius", "-2"),
             ("menu-display", "delivery_minimum", "a lot"), ("business", "time_zone", "Mars/Base"),
             ("business", "name", ""),
             ("business", "name", "n" * 5000), ("business", "dispensary_type", "bakery"),
             ("business", "terms_url", "javascript:alert(1)"), ("program", "alpine_policy", "guess"),
             ("program", "pause_reason", "r" * 5000), ("points", "rounding", "sideways"), ("points", "earn_on", "luck"),
             ("points", "earn_from", "2026-02-30"), ("points", "equity_multiplier", "0.5"),
             ("points", "equity_multiplier", "6"), ("segments", "atRisk_minDays", "10")]


@pytest.mark.parametrize(("tab", "field", "bad"), BAD_TEXTS)
def test_a_word_that_cannot_be_is_refused_with_a_message(product, admin, tab, field, bad):
    before = settings_version(product)
    answer = admin.post(SETTINGS + tab, admin.form(tab) | {field: bad, "action": "save"})
    assert answer.status_code == 422
    assert "Nothing was saved" in answer.text
    assert "<script>" not in answer.text
    assert settings_version(product) == before


@pytest.mark.parametrize("tab", TABS)
def test_odd_requests_to_a_settings_form_write_nothing(product, admin, tab):
    before = settings_version(product)
    form = admin.form(tab)
    path = SETTINGS + tab
    name = next(field for field in form if field not in ("csrf", "org", "version"))
    odd = [{"action": "explode"}, {"action": ""}, {"version": ""}, {"version": "x"}, {"version": "-1"},
           {"version": "9" * 30}, {name: "a\x00b"}]
    for change in odd:
        answer = admin.post(path, form | {"action": "save"} | change)
        assert answer.status_code in (400, 409, 422), change
    for doubled in (name, "version", "action", "csrf"):
        answer = admin.post(path, [*(form | {"action": "save"}).items(), (doubled, "2")])
        assert answer.status_code in (400, 403, 422), doubled
    rows = [(f"{kind}[{i}][name]", "x") for kind in ("tier", "redemption", "program") for i in range(3334)]
    many = admin.post(path, [*(form | {"action": "save"}).items(), *rows])
    assert many.status_code in (400, 413, 422)
    far = admin.post(path, form | {"action": "save", "tier[99999999999999999999][name]": "x",
                                   "redemption[-1][points_cost]": "1", "program[a][name]": "x", "tier[1": "x"})
    assert far.status_code in (303, 400, 422)
    assert settings_version(product) == before


def test_ten_thousand_rows_are_refused(product, admin):
    before = settings_version(product)
    for tab, kind, field in (("tiers", "tier", "name"), ("redemptions", "redemption", "description"),
                             ("menu-display", "program", "name")):
        rows = [(f"{kind}[{i}][{field}]", "") for i in range(10_000)]
        base = [(k, v) for k, v in admin.form(tab).items() if not k.startswith(kind)]
        answer = admin.post(SETTINGS + tab, [*base, ("action", "save"), *rows])
        assert answer.status_code in (400, 413, 422), tab
        assert is_page_with_reference(answer) or "Nothing was saved" in answer.text
    assert settings_version(product) == before


def test_a_version_of_the_future_replaces_nothing(product, admin):
    before = settings_version(product)
    answer = admin.save("points", {"version": str(before + 1000), "points_per_dollar": "4"})
    assert answer.status_code in (409, 422)
    assert settings_version(product) == before


def test_nobody_who_has_not_signed_in_gets_past_the_door(product):
    for path in PAGES:
        answer = requests.get(product.url(path), timeout=10, allow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/login?next=%2Fdashboard")
        posted = requests.post(product.url(path), data={"csrf": "x"}, timeout=10, allow_redirects=False)
        assert posted.status_code in (303, 405)
    for path in ("/api/loyalty/sync", "/api/cron/loyalty-sync", "/api/cron/nightly"):
        assert requests.get(product.url(path), timeout=10).status_code == 401
    assert requests.get(product.url("/metrics"), timeout=10).status_code == 401


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example",
                                     "/%0d%0aSet-Cookie:x=y", "javascript:alert(1)", "/\t/evil.example"])
def test_the_way_back_after_signing_in_stays_on_this_site(product, address):
    session = requests.Session()
    page = session.get(product.url("/login"), params={"next": address}, timeout=10)
    assert page.status_code in (200, 400)
    if page.status_code == 200:
        assert "evil.example" not in form_fields(page.text, "/login").get("next", "")


def test_a_form_without_its_token_or_from_another_site_is_forbidden(product, admin):
    before = settings_version(product)
    form = admin.form("points") | {"action": "save", "points_per_dollar": "4"}
    stranger = Visitor(product, "other").form("points")["csrf"]
    for token in (None, "", "x", form["csrf"][:-1], stranger):
        sent = {k: v for k, v in (form | {"csrf": token}).items() if v is not None}
        answer = admin.post(SETTINGS + "points", sent)
        assert answer.status_code == 403
        assert is_page_with_reference(answer)
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert admin.post(SETTINGS + "points", form, **headers).status_code == 403
    assert settings_version(product) == before


def test_another_shop_is_out_of_reach(product):
    before = settings_version(product)
    other = Visitor(product, "other")
    form = other.form("points") | {"action": "save", "points_per_dollar": "4"}
    assert other.post(SETTINGS + "points", form | {"org": "demo"}).status_code == 404
    nameless = {k: v for k, v in form.items() if k != "org"}
    assert other.post(SETTINGS + "points?org=demo", nameless).status_code == 404
    assert other.post(SETTINGS + "points?org=demo", form | {"org": "other"}).status_code == 400
    for path in PAGES:
        answer = other.get(path + "?org=demo")
        assert answer.status_code == 404, path
        assert "Demo Dispensary" not in answer.text
    assert settings_version(product) == before


def test_who_has_several_shops_must_say_which(product):
    before = settings_version(product)
    above = Visitor(product, "super")
    form = above.get(SETTINGS + "points?org=demo")
    fields = form_fields(form.text, SETTINGS + "points") | {"action": "save", "points_per_dollar": "4"}
    assert fields["org"] == "demo"
    nowhere = {k: v for k, v in fields.items() if k != "org"}
    assert above.post(SETTINGS + "points", nowhere).status_code == 400
    assert above.post(SETTINGS + "points?org=other", fields).status_code == 400
    assert settings_version(product) == before


@pytest.mark.parametrize("lines", [
    ["Authorization: Bearer demo-cron-secret", "Authorization: Bearer demo-api-key"],
    ["Authorization: Bearer demo-cron-secret", "Authorization: Bearer x"],
    ["Content-Length: 5", "Content-Length: 6"], ["Content-Length: -1"], ["Content-Length: x"],
    ["Transfer-Encoding: chunked", "Content-Length: 5"], ["Host: a", "Host: b"], ["Bad Header: x"],
    ["Cookie: " + "a" * 9000],
])
def test_headers_that_contradict_each_other_are_refused(product, lines):
    host = [] if any(line.startswith("Host") for line in lines) else ["Host: 127.0.0.1"]
    text = "\r\n".join(["POST /api/cron/loyalty-sync HTTP/1.1", *host, *lines, "Connection: close", "", "hello"])
    with socket.create_connection(("127.0.0.1", product.port), timeout=10) as connection:
        connection.sendall(text.encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    status = int(answer.split(b" ", 2)[1])
    assert 400 <= status < 500, answer
    assert b"X-Request-Id: " in answer
    assert b"application/json" in answer


def test_two_session_cookies_are_no_session(product, admin):
    token = admin.session.cookies["session"]
    answer = requests.get(product.url("/dashboard/loyalty"), timeout=10, allow_redirects=False,
                          headers={"Cookie": f"session={token}; session={token}"})
    assert answer.status_code == 303


def test_what_is_searched_for_is_not_run_and_not_logged(product, admin):
    for words in ("<script>alert(1)</script>", "' OR 1=1 --", "%", "_", "a" * 3000, "\\", "é\u0301\u202e", "100%25",
                  "\x00"):
        answer = admin.get("/dashboard/customers", params={"q": words})
        assert answer.status_code in (200, 400), words
        assert "<script>alert" not in answer.text
    admin.get("/dashboard/customers?q=very-private-1")
    admin.get("/dashboard/customers?before=garbage&after=garbage&page=-1&cursor=%ff")
    product.wait_until(lambda: "/dashboard/customers" in product.log("access"))
    time.sleep(1.2)  # nginx writes its log once a second
    assert "very-private" not in product.log("access") + product.log("responder")


def test_every_answer_of_the_product_forbids_what_it_does_not_need(product, admin):
    for path in (*PAGES, "/demo/menu", "/nowhere"):
        answer = admin.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"].startswith(("no-store", "private"))


def test_the_equity_multiplier_is_never_told(product, admin):
    customers = re.findall(r'href="(/dashboard/customers/cus_[^"]+)"', admin.get("/dashboard/customers").text)
    paths = [*PAGES, *customers[:5], "/demo/menu", "/menu/demo/bar", "/menu/demo/bar?embed=page", "/menu/demo/embed.js",
             "/menu/demo/bar.css", "/api/public/menu-settings?orgId=demo", "/readyz", "/healthz"]
    told = [path for path in paths if gives_away(admin.get(path, allow_redirects=True))]
    refused = admin.save("points", {"equity_multiplier": SECRET_RATE, "points_per_dollar": "x"})
    stale = admin.save("points", {"equity_multiplier": SECRET_RATE, "version": "0"})
    shown = admin.save("points", {"equity_multiplier": SECRET_RATE, "action": "preview"})
    asked = admin.save("points", {"action": "reset"})
    assert [answer.status_code for answer in (refused, stale, shown, asked)] == [422, 409, 200, 200]
    told += [answer.request.body for answer in (refused, stale, shown, asked) if gives_away(answer)]
    api = SyncAPI(product)
    told += [answer.url for answer in (api.get(orgId="demo"), api.post({"orgId": "demo", "customerId": "100001"}),
                                       api.post({"orgId": "demo", "wait": 20}),
                                       api.get(orgId="demo", customerId="100001")) if gives_away(answer)]
    for command in (["ledger", "verify"], ["doctor"], ["tenant", "list"], ["settings", "export", "--tenant", "demo"],
                    ["explain", "--tenant", "demo", "--customer", "100001"], ["recalculate", "--tenant", "demo"],
                    ["apikey", "list", "--tenant", "demo"]):
        done = product.cli(*command, check=False)
        if SECRET_RATE in done.stdout + done.stderr:
            told.append(" ".join(command))
    told += [name for name in ("responder", "worker", "access", "mariadb") if SECRET_RATE in product.log(name)]
    audit = product.ask("SELECT * FROM audit_log")
    told += [row for row in audit if SECRET_RATE in str(row)]
    assert told == []
    assert SECRET_RATE in product.cli("settings", "show", "--tenant", "demo").stdout


def gives_away(answer) -> bool:
    return SECRET_RATE in answer.text or SECRET_RATE in str(answer.headers) or "3217" in answer.text


def test_cron_and_key_are_never_told(product, admin):
    for path in (*PAGES, "/demo/menu", "/menu/demo/embed.js"):
        assert CRON_SECRET not in admin.get(path).text
        assert API_KEY not in admin.get(path).text
    logs = "".join(product.log(name) for name in ("responder", "worker", "access"))
    for secret in (CRON_SECRET, API_KEY, "demo-admin-pass", "demo-pos-pass", "demo-alpine-key",
                   admin.session.cookies["session"]):
        assert secret not in logs
    assert requests.get(product.url("/api/loyalty/sync?orgId=demo"), headers=bearer(API_KEY), timeout=10).ok
