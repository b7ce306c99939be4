"""A host that is killed outright, between a request to Twilio and writing down its answer."""

from __future__ import annotations

import http.client
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sentry_twilio.emulator.testing import RunningEmulator

from .test_demo import free_port


class Host:
    """`sentry-twilio serve` on a folder of its own, to be killed and started again."""

    def __init__(self, folder: Path, twilio: RunningEmulator) -> None:
        self.folder, self.port = folder, free_port()
        self.environ = {
            name: value
            for name, value in os.environ.items()
            if name not in ("SECRET_KEY", "ENCRYPTION_KEYS", "DJANGO_SETTINGS_MODULE")
        } | {
            "DATA_DIR": str(folder / "data"),
            "KEYS_DIR": str(folder / "keys"),
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "TWILIO_BASE_URL": twilio.base_url,
            "STATUS_POLL_SECONDS": "1",
            "STATUS_OVERDUE_SECONDS": "1",
            "LOG_LEVEL": "WARNING",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str) -> str:
        ended = subprocess.run(
            [sys.executable, "-m", "sentry_twilio", *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return ended.stdout

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sentry_twilio", "serve", "--port", str(self.port)],
            env=self.environ,
            stdout=subprocess.DEVNULL,
        )

    def is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "The host ended by itself."
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/login/")
            return connection.getresponse().status in (200, 302)
        except OSError:
            return False

    def end(self, how: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(20)

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(self.folder / "data" / "db.sqlite3", timeout=20) as connection:
            return connection.execute(statement).fetchall()


REPORT = """
import sys, sentry_sdk
sentry_sdk.init(sys.argv[1])
sentry_sdk.capture_message("It broke", "error")
"""
SET_UP = """
from django.contrib.auth.models import User
from sentry_twilio.core import plugins
from sentry_twilio.projects.creation import create_project
from sentry_twilio.projects.dsn import dsn
project = create_project("Shop", User.objects.create_user("ada"))
for name, value in {options!r}.items():
    plugins.get("twilio").set_option(name, value, project)
print("dsn=" + dsn(project.keys.get()))
"""


@pytest.fixture
def twilio() -> Iterator[RunningEmulator]:
    with RunningEmulator() as twilio:
        yield twilio


@pytest.fixture
def host(tmp_path: Path, twilio: RunningEmulator) -> Iterator[Host]:
    host = Host(tmp_path, twilio)
    yield host
    if host.process is not None and host.process.poll() is None:
        assert host.end(signal.SIGTERM) == 0


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.05)


def test_a_message_is_sent_once_though_the_host_is_killed_before_the_answer(
    host: Host, twilio: RunningEmulator
) -> None:
    host.run("manage", "migrate", "-v", "0")
    options = {
        "account_sid": twilio.account_sid,
        "auth_token": twilio.auth_token,
        "sms_from": "+15005550006",
        "sms_to": "+14155550123",
    }
    said = host.run("manage", "shell", "-v", "0", "-c", SET_UP.format(options=options))
    dsn = said.partition("dsn=")[2].strip()
    host.start()
    until(host.is_up)
    # Twilio takes the message, and its answer does not come before the host is dead.
    twilio.fail("hang", seconds=30, when="after", times=1)
    subprocess.run([sys.executable, "-c", REPORT, dsn], timeout=30, check=True)
    until(lambda: len(twilio.messages()) == 1)
    host.end(signal.SIGKILL)
    # The lease's minute passes. A report may have been quicker than the kill, and does not
    # count here: it has to be looked up.
    host.sql(
        "UPDATE delivery_delivery SET state = 'sending', sid = '', finished_at = NULL, "
        "due_at = datetime('now', '-1 minute'), lease_until = datetime('now', '-1 second')"
    )
    host.start()
    until(lambda: host.sql("SELECT state FROM delivery_delivery") == [("delivered",)])
    (message,) = twilio.messages()
    assert host.sql("SELECT sid, tries FROM delivery_delivery") == [(message["sid"], 1)]


def test_sigterm_answers_what_was_received(host: Host, twilio: RunningEmulator) -> None:
    host.start()
    until(host.is_up)
    connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=10)
    # The body is still on its way when the signal comes: the writer is kept waiting.
    with sqlite3.connect(host.folder / "data" / "db.sqlite3") as database:
        database.execute("BEGIN IMMEDIATE")
        connection.request("POST", "/setup/", "code=wrong", {"Content-Type": "text/plain"})
        time.sleep(0.3)
        assert host.process is not None
        host.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        database.rollback()
    assert connection.getresponse().status in (200, 403)
    assert host.process.wait(20) == 0
