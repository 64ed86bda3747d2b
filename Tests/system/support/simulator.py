"""Starts the built PosSimulator behind an nginx of its own, on a free port, and talks to it.

    with Simulator(customers=500, orders=6000, today="2026-06-30") as simulator:
        simulator.alleaves("GET", "/order/900001")

The program is the newest built one, or the one that POS_SIMULATOR names.
"""

import base64
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
USER, PASSWORD = "demo@alleaves.example", "demo-pos-pass"
KEY, ACCOUNT = "demo-alpine-key", "1234"

NGINX = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log warn;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  fastcgi_temp_path {folder}/fastcgi;
  proxy_temp_path {folder}/proxy;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 4m;
    location / {{
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param REQUEST_URI $request_uri;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param HTTP_HOST $http_host;
      fastcgi_buffers 64 16k;
      fastcgi_read_timeout 120s;
      fastcgi_pass unix:{folder}/pos.sock;
    }}
  }}
}}
"""


def program() -> pathlib.Path:
    named = os.environ.get("POS_SIMULATOR")
    built = [ROOT / ".build" / kind / "PosSimulator" for kind in ("release", "debug")]
    found = [pathlib.Path(named)] if named else [path for path in built if path.exists()]
    assert found, "build it first: swift build --product PosSimulator"
    return max(found, key=lambda path: path.stat().st_mtime)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Answer:
    def __init__(self, status: int, headers, body: bytes):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Simulator:
    def __init__(self, **options):
        self.options = {"seed": 1, "customers": 500, "orders": 6000, **options}
        self.token = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="pos-")
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        user = "user root;" if os.geteuid() == 0 else ""
        config = pathlib.Path(self.folder) / "nginx.conf"
        config.write_text(NGINX.format(folder=self.folder, port=self.port, user=user))
        words = [word for name, value in self.options.items() for word in (f"--{name}", str(value))]
        self.process = subprocess.Popen([program(), "--socket", f"{self.folder}/pos.sock", *words])
        try:
            self._wait(lambda: os.path.exists(f"{self.folder}/pos.sock"), seconds=120)
            nginx = shutil.which("nginx") or "/usr/sbin/nginx"
            self.nginx = subprocess.Popen([nginx, "-p", self.folder, "-c", str(config)])
            self._wait(lambda: self._listens(), seconds=10)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in (getattr(self, "nginx", None), self.process):
            if process and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait(self, is_ready, seconds: float):
        end = time.monotonic() + seconds
        while not is_ready():
            assert self.process.poll() is None, "the simulator ended at its start"
            assert time.monotonic() < end, "the simulator did not start"
            time.sleep(0.02)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def request(self, method: str, path: str, body=None, headers=None, query=None) -> Answer:
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        tail = "?" + urllib.parse.urlencode(query) if query else ""
        request = urllib.request.Request(self.base + path + tail, data=data, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def sign_in(self) -> str:
        answer = self.request("POST", "/alleaves/api/auth", {"username": USER, "password": PASSWORD})
        self.token = answer.json["token"]
        return self.token

    def alleaves(self, method: str, path: str, body=None, **query) -> Answer:
        token = self.token or self.sign_in()
        return self.request(method, "/alleaves/api" + path, body, {"Authorization": f"Bearer {token}"}, query)

    def alpine(self, method: str, path: str, body=None, **query) -> Answer:
        return self.request(method, "/alpine/api" + path, body, {"X-APIKEY": KEY}, query)

    def control(self, path: str, body=None, /, **query) -> dict:
        answer = self.request("GET" if body is None else "POST", "/simulator" + path, body, query=query)
        assert answer.status == 200, answer.body
        return answer.json

    def fail(self, target: str, mode: str, **query) -> dict:
        return self.control("/fail", target=target, mode=mode, **query)

    def customers(self) -> list:
        return self._pages(lambda page: list(
            self.alleaves("POST", "/customer/search", {"page": page, "pageSize": 100}).json.values()))

    def orders(self, start="2010-01-01", end="2099-12-31") -> list:
        return self._pages(lambda page: self.alleaves(
            "GET", "/order", page=page, pageSize=100, startDate=start, endDate=end).json)

    def personas(self, **query) -> list:
        rows = []
        while True:
            page = self.alpine("GET", f"/v1.1/piis/{ACCOUNT}", start=len(rows), limit=1000, sort="id", **query)
            found = page.json["data"]["results"]
            if not found:
                return rows
            rows += found

    def _pages(self, read) -> list:
        rows, page = [], 1
        while True:
            found = read(page)
            rows += found
            if len(found) < 100:
                return rows
            page += 1


class RunningSimulator(Simulator):
    """The simulator of a running product, reached through the product's nginx."""

    def __init__(self, base: str):
        super().__init__()
        self.base = base



def claims(token: str) -> dict:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
