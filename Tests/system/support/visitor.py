"""Somebody who uses the pages without a browser: signs in, reads forms as a browser would, posts them."""

from html.parser import HTMLParser
from urllib.parse import urlencode

import requests

SETTINGS = "/dashboard/settings/loyalty/"
TABS = ("points", "tiers", "segments", "redemptions", "menu-display", "business", "program")


class _Forms(HTMLParser):
    """The forms of a page with what a browser would send, buttons left out."""

    def __init__(self, text: str):
        super().__init__()
        self.forms: list[dict] = []
        self.open = None
        self.area = self.select = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "form":
            self.open = {"action": found.get("action", ""), "method": found.get("method", "get"), "fields": {}}
            self.forms.append(self.open)
        elif self.open is None:
            return
        elif tag == "input" and found.get("name"):
            kind = found.get("type", "text")
            if kind not in ("checkbox", "radio") or "checked" in found:
                self.open["fields"][found["name"]] = found.get("value") or ""
        elif tag == "textarea":
            self.area = found["name"]
            self.open["fields"][self.area] = ""
        elif tag == "select":
            self.select = found["name"]
        elif tag == "option" and self.select and "selected" in found:
            self.open["fields"][self.select] = found["value"]

    def handle_endtag(self, tag):
        if tag == "form":
            self.open = None
        elif tag == "textarea":
            self.area = None
        elif tag == "select":
            self.select = None

    def handle_data(self, data):
        if self.area:
            self.open["fields"][self.area] += data


def form_fields(text: str, action: str) -> dict[str, str]:
    """What the form that goes to `action` would send."""
    found = [form for form in _Forms(text).forms if form["action"] == action and form["method"] == "post"]
    assert found, f"no form for {action} in:\n{text[:2000]}"
    return found[0]["fields"]


class Visitor:
    """A signed-in person of `instance.credentials`."""

    def __init__(self, instance, who: str = "admin"):
        self.instance = instance
        self.session = requests.Session()
        email, password = instance.credentials[who]
        fields = form_fields(self.get("/login").text, "/login") | {"email": email, "password": password}
        answer = self.post("/login", fields)
        assert answer.status_code == 303, answer.text
        self.landing = answer.headers["Location"]

    def get(self, path: str, **options) -> requests.Response:
        options.setdefault("allow_redirects", False)
        return self.session.get(self.instance.url(path), timeout=20, **options)

    def post(self, path: str, fields, **headers) -> requests.Response:
        data = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self.session.post(
            self.instance.url(path), data=data, headers=headers, allow_redirects=False, timeout=20)

    def form(self, tab: str) -> dict[str, str]:
        """The fields of a settings tab as saved."""
        page = self.get(SETTINGS + tab)
        assert page.status_code == 200, page.text
        return form_fields(page.text, SETTINGS + tab)

    def save(self, tab: str, changes: dict[str, str], **headers) -> requests.Response:
        """Opens a tab, changes fields (None takes one away) and presses Save."""
        fields = self.form(tab) | {"action": "save"} | changes
        return self.post(SETTINGS + tab, {k: v for k, v in fields.items() if v is not None}, **headers)


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


class SyncAPI:
    """contract.md, "Sync API", called as cron does unless another bearer is named."""

    def __init__(self, instance, secret: str = "demo-cron-secret"):
        self.instance = instance
        self.headers = bearer(secret)

    def post(self, body, **options) -> requests.Response:
        return requests.post(
            self.instance.url("/api/loyalty/sync"), json=body, headers=self.headers, timeout=70, **options)

    def get(self, path: str = "", **query) -> requests.Response:
        return requests.get(
            self.instance.url("/api/loyalty/sync" + path), params=query, headers=self.headers, timeout=20)

    def run(self, **more) -> dict:
        """A whole run, waited for."""
        answer = self.post({"orgId": "demo", "wait": 55, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def stats(self) -> dict:
        return self.get(orgId="demo").json()["stats"]
