"""The host as real processes, beside an emulated Twilio and a Redis that can be taken away."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sentry_twilio.emulator.testing import RunningEmulator
from tests.chaos.stage import free_port

UNUSED_PORT = "redis://127.0.0.1:1/0"
ENQUEUE = """
import time
from sentry_twilio.core import Alert, plugins
from sentry_twilio.core.alert import Project as AlertProject
from sentry_twilio.delivery import engine_celery, policy
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.projects.models import Project
project, made = Project.objects.get_or_create(name="Shop", slug="shop")
for name, value in {options!r}.items():
    plugins.get("twilio").set_option(name, value, project)
if {webhook!r}:
    policy.save(project, {{"webhook": {webhook!r}}})
enqueue(project, Alert(project=AlertProject.of(project), group="issue:1", title={title!r}))
time.sleep(1)  # the hint is on its way in a thread
"""


def until(true: Callable[[], object], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.1)


class Host:
    """Processes on one SQLite database."""

    def __init__(self, folder: Path, twilio: RunningEmulator) -> None:
        self.folder, self.twilio = folder, twilio
        unwanted = ("SECRET_KEY", "ENCRYPTION_KEYS", "DJANGO_SETTINGS_MODULE", "DATABASE_URL")
        self.environ = {k: v for k, v in os.environ.items() if k not in unwanted} | {
            "DATA_DIR": str(folder / "data"),
            "KEYS_DIR": str(folder / "keys"),
            "TWILIO_BASE_URL": twilio.base_url,
            "RECIPIENT_CAPS": "off",
            "FALLBACK_ACCEPTED_SECONDS": "3",
            "LOG_LEVEL": "WARNING",
        }
        self.webhook = ""
        self._started: list[subprocess.Popen[bytes]] = []
        self.run("manage", "migrate", "-v", "0")

    def run(self, *arguments: str, broker: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "sentry_twilio", *arguments],
            env=self.environ | {"CELERY_BROKER_URL": broker},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )

    def enqueue(self, title: str, broker: str) -> subprocess.CompletedProcess[str]:
        options = {
            "account_sid": self.twilio.account_sid,
            "auth_token": self.twilio.auth_token,
            "sms_from": "+15005550006",
            "sms_to": "+14155550123",
        }
        script = ENQUEUE.format(options=options, title=title, webhook=self.webhook)
        return self.run("manage", "shell", "-v", "0", "-c", script, broker=broker)

    def start(self, *arguments: str, broker: str) -> subprocess.Popen[bytes]:
        """Start `python -m ARGUMENTS`, in a process group of its own."""
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env=self.environ | {"CELERY_BROKER_URL": broker},
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def start_worker(self, broker: str) -> subprocess.Popen[bytes]:
        return self.start("sentry_twilio", "worker", broker=broker)

    def await_worker(self) -> None:
        until(lambda: self.sql("SELECT 1 FROM delivery_workerheartbeat"))

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.folder / "data" / "db.sqlite3", timeout=20) as connection:
            return connection.execute(statement).fetchall()

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


class Broker:
    """A Redis of its own, which can be taken away and brought back."""

    def __init__(self) -> None:
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        options = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
        self._process = subprocess.Popen(
            ["redis-server", "--port", str(self._port), *options], stdout=subprocess.DEVNULL
        )
        until(lambda: self._ask(lambda client: client.ping()))

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def has_listener(self) -> bool:
        """Whether a worker waits for hints."""
        clients = self._ask(lambda client: client.client_list()) or []
        return any(client["cmd"] == "brpop" for client in clients)

    def _ask(self, question: Callable[[Any], Any]) -> Any:
        import redis

        try:
            with redis.Redis.from_url(self.url, socket_connect_timeout=3) as client:
                return question(client)
        except redis.RedisError:
            return None
