"""An isolated product: own home, own ports, own database, started and stopped with script/server."""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pymysql
import requests

ROOT = Path(__file__).resolve().parents[3]

CREDENTIALS = {
    "admin": ("admin@demo.example", "demo-admin-pass"),
    "super": ("super@demo.example", "demo-super-pass"),
    "till": ("till@demo.example", "demo-till-pass"),
    "other": ("admin@other.example", "other-admin-pass"),
}
CRON_SECRET = "demo-cron-secret"
API_KEY = "demo-api-key"
OTHER_API_KEY = "other-api-key"
WEBHOOK_SECRET = "demo-webhook-secret"


def free_port() -> int:
    """A port nobody listens on, below the range that outgoing connections take theirs from."""
    for _ in range(200):
        port = random.randrange(20000, 30000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no free port")


class Instance:
    """A running product. `settings` are further LOYALTY_… variables, `arguments` those of script/server."""

    def __init__(self, settings: dict[str, str] | None = None, arguments: tuple[str, ...] = ()):
        # Short, because sockets lie below it.
        self.home = Path(tempfile.mkdtemp(prefix="loyalty-test-", dir="/tmp"))
        # MariaDB runs as another user when the tests run as root.
        self.home.chmod(0o755)
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.credentials = CREDENTIALS
        self.arguments = arguments
        self.output = self.home / "server.out"
        # The caller's own settings must not leak in; ready binaries mean no build.
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("LOYALTY_")}
        self.environment |= {
            "LOYALTY_HOME": str(self.home),
            "LOYALTY_PORT": str(self.port),
            "LOYALTY_BIN_DIR": os.environ.get("LOYALTY_BIN_DIR", str(ROOT / ".build/release")),
            "LOYALTY_DB_BUFFER_POOL_MB": "128",
            **(settings or {}),
        }
        self.process: subprocess.Popen | None = None

    def start(self, timeout_seconds: float = 90) -> "Instance":
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [ROOT / "script/server", *self.arguments],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        deadline = time.monotonic() + timeout_seconds
        while not self.is_ready():
            ended = self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"script/server {'ended' if ended else 'is not ready'}:\n{self.output.read_text()}")
            time.sleep(0.05)
        return self

    def is_ready(self) -> bool:
        # The last part of the start is the worker's; readyz alone would race with it.
        if "Loyalty is running" not in self.output.read_text():
            return False
        try:
            return requests.get(f"{self.base_url}/readyz", timeout=2).ok
        except requests.RequestException:
            return False

    def wait_until(self, condition, timeout_seconds: float = 30):
        """What `condition` returns as soon as it is true; it may raise meanwhile what an absent part causes."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            try:
                if found := condition():
                    return found
            except (requests.RequestException, pymysql.Error):
                pass
            assert time.monotonic() < deadline, f"not within {timeout_seconds} s:\n{self.output.read_text()[-3000:]}"
            time.sleep(0.05)

    def wait_ready(self, timeout_seconds: float = 30) -> None:
        """For after a part was killed."""
        deadline = time.monotonic() + timeout_seconds
        while not self.is_ready():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not ready again:\n{self.output.read_text()}")
            time.sleep(0.05)

    def stop(self) -> int | None:
        """Stops everything and returns the exit code. The home stays until `remove`."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=150)
        finally:
            if self.process.poll() is None:
                self.process.kill()
            self.process = None

    def remove(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)

    def cli(self, *arguments: str, input: str | None = None, check: bool = True,
            timeout: float = 120) -> subprocess.CompletedProcess:
        """Runs script/loyalty; with check, a failure raises with what it said."""
        done = subprocess.run(
            [ROOT / "script/loyalty", *arguments], env=self.environment, input=input or "",
            capture_output=True, text=True, timeout=timeout)
        if check and done.returncode != 0:
            raise AssertionError(f"loyalty {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def pid(self, part: str) -> int | None:
        """Of mariadb, nginx, responder, worker, simulator or server."""
        try:
            return int((self.home / "run" / f"{part}.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    @property
    def pids(self) -> dict[str, int]:
        names = ("mariadb", "nginx", "responder", "worker", "simulator", "server")
        return {name: pid for name in names if (pid := self.pid(name)) is not None}

    def db(self, user: str = "loyalty_migrate") -> pymysql.Connection:
        """A new connection, autocommit, rows as dictionaries."""
        secret = {"loyalty_migrate": "db-migration", "loyalty_app": "db-application"}[user]
        return pymysql.connect(
            unix_socket=self.database_socket(), user=user,
            password=(self.home / "secrets" / secret).read_text(), database="loyalty",
            autocommit=True, cursorclass=pymysql.cursors.DictCursor)

    def database_socket(self) -> str:
        link = self.home / "run" / "sockets"
        return str((link if link.exists() else self.home / "run") / "db" / "mariadb.sock")

    def log(self, name: str) -> str:
        """What a part (mariadb, nginx, access, responder, worker, simulator) has written."""
        return (self.home / "log" / f"{name}.log").read_text(errors="replace")

    def ask(self, sql: str, *arguments) -> list[dict]:
        """The rows of a query."""
        with self.db() as connection, connection.cursor() as cursor:
            cursor.execute(sql, arguments)
            return list(cursor.fetchall())

    def url(self, path: str) -> str:
        return self.base_url + path
