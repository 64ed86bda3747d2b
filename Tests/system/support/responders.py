"""A product with a second responder, as on a second host: on the same database, behind an address of its own."""

import subprocess
import time

import requests

from .instance import ROOT, Instance, free_port

SERVER = """
server {{
    listen 127.0.0.1:{port} backlog=1024;
    include loyalty/headers.conf;
    include loyalty/fastcgi.conf;
    fastcgi_param REQUEST_METHOD $request_method;
    fastcgi_hide_header X-Request-Id;
    fastcgi_hide_header X-Content-Type-Options;
    fastcgi_hide_header Referrer-Policy;
    fastcgi_ignore_client_abort on;
    location / {{ fastcgi_pass "unix:{socket}"; }}
}}
"""


class TwoResponders:
    """`product` is the whole; `bases` are the addresses of the two."""

    def __init__(self, **options):
        self.product = Instance(**options)
        port, socket = free_port(), self.product.home / "second.sock"
        extra = self.product.home / "second.conf"
        extra.write_text(SERVER.format(port=port, socket=socket))
        self.product.environment["LOYALTY_NGINX_EXTRA"] = str(extra)
        self.bases = [self.product.base_url, f"http://127.0.0.1:{port}"]
        self.socket = socket
        self.second = None

    def start(self) -> "TwoResponders":
        self.product.start()
        with (self.product.home / "second.out").open("ab") as output:
            self.second = subprocess.Popen(
                [ROOT / "script/loyalty", "serve"], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=self.product.environment | {"LOYALTY_FCGI_LISTEN": str(self.socket)})
        deadline = time.monotonic() + 30
        while not requests.get(self.bases[1] + "/readyz", timeout=5).ok:
            assert time.monotonic() < deadline, (self.product.home / "second.out").read_text()
            time.sleep(0.1)
        return self

    def stop(self) -> None:
        if self.second:
            self.second.terminate()
            self.second.wait(30)
        self.product.stop()
        self.product.remove()
