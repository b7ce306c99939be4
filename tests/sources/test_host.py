"""The whole way over sockets: a tracker's call to a running host, the text at the emulator."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sentry_twilio.emulator.testing import RunningEmulator
from tests.sources import sentry_bodies as sentry
from tests.sources.conftest import SECRET, captured, sign
from tests.test_demo import free_port

KINDS = ("sentry", "sentry-legacy", "glitchtip", "bugsink", "foxray")
SET_UP = f"""
import json
from sentry_twilio.core import plugins
from sentry_twilio.projects.models import Project
from sentry_twilio.sources import creation, groups, vault
project = Project.objects.create(name="Shop", slug="shop")
for name, value in json.loads(OPTIONS).items():
    plugins.get("twilio").set_option(name, value, project)
groups.store(project, "recipients", "Nights", "+14155550124, (415) 555-0125")
groups.store(project, "sender", "Second number", "+14155551234")
urls = {{}}
for kind in {KINDS}:
    host = kind.partition("-")[0]
    source = creation.create(project, kind, base_url=f"https://{{host}}.example.com")
    vault.store(source, secret={SECRET!r})
    urls[kind] = creation.url(source)
print(json.dumps(urls))
"""


class Host:
    """`sentry-twilio serve` with an emulated Twilio, and a source of each kind."""

    def __init__(self, folder: Path, twilio: RunningEmulator) -> None:
        self.twilio, self.port, self.seen = twilio, free_port(), 0
        secrets = ("SECRET_KEY", "ENCRYPTION_KEYS", "DJANGO_SETTINGS_MODULE", "DATABASE_URL")
        self.environ = {k: v for k, v in os.environ.items() if k not in secrets} | {
            "DATA_DIR": str(folder / "data"),
            "KEYS_DIR": str(folder / "keys"),
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "TWILIO_BASE_URL": twilio.base_url,
            "LOG_LEVEL": "WARNING",
            # Every call has to become a text of its own, at once.
            "RECIPIENT_CAPS": "off",
            "WORST_CAPS": "off",
            "DIGEST_CAPS": "off",
        }
        options = {
            "account_sid": twilio.account_sid,
            "auth_token": twilio.auth_token,
            "sms_from": "+15005550006",
            "sms_to": "+14155550123",
            "sms_link": "1",
            "sms_segments": "2",
        }
        self.run("migrate", "--verbosity=0")
        code = f"OPTIONS = {json.dumps(options)!r}\n{SET_UP}"
        self.urls = json.loads(self.run("shell", "--verbosity=0", "-c", code))
        self.start()

    def start(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sentry_twilio", "serve", "--port", str(self.port), *options],
            env=self.environ,
            stdout=subprocess.DEVNULL,
        )
        self.await_port()

    def run(self, *arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "sentry_twilio", "manage", *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout

    def await_port(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                self.connect().connect()
            except OSError:
                assert self.process.poll() is None, "The host ended by itself."
                time.sleep(0.05)
            else:
                return
        raise TimeoutError("The host did not start.")

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def text_after(self, kind: str, body: dict[str, Any], resource: str = "") -> str:
        """Post a body to the source of that kind; the text that the phone gets then."""
        self.post(kind, body, resource)
        self.seen += 1
        text: str = self.twilio.wait_for(self.seen, timeout=20)[-1]["body"]
        return text

    def post(self, kind: str, body: dict[str, Any], resource: str = "") -> None:
        raw = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        if kind == "sentry":
            headers |= {"Sentry-Hook-Signature": sign(raw), "Sentry-Hook-Resource": resource}
        connection = self.connect()
        connection.request("POST", urlsplit(self.urls[kind]).path, raw, headers)
        response = connection.getresponse()
        assert response.status == 202, response.read()
        connection.close()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with RunningEmulator() as twilio:
        host = Host(tmp_path_factory.mktemp("host"), twilio)
        yield host
        host.process.send_signal(signal.SIGTERM)
        assert host.process.wait(20) == 0


ISSUE = "https://sentry.example.com/organizations/acme/issues/1117540176/"
TEST = "This is a test message from"
CALLS = [
    ("bugsink", "bugsink_2.6.2_new", "ERROR: PaymentError: card declined https://bugsink."),
    ("bugsink", "bugsink_2.6.2_test", f"INFO: {TEST} Bugsink. Alerts will look like this."),
    ("foxray", "foxray_0.1.2_new_issue", "ERROR: ZeroDivisionError: division by zero https://f"),
    ("glitchtip", "glitchtip_4.x_issue", "ERROR: ZeroDivisionError: division by zero https://g"),
]


@pytest.mark.parametrize(("kind", "name", "text"), CALLS)
def test_a_captured_call_becomes_a_text(host: Host, kind: str, name: str, text: str) -> None:
    assert host.text_after(kind, captured(name)).startswith(f"Sentry [Shop] {text}")


@pytest.mark.parametrize(
    ("resource", "body", "text"),
    [
        ("event_alert", sentry.event_alert(), f"ERROR: {sentry.TITLE} {ISSUE}events/e4/"),
        ("metric_alert", sentry.metric("critical"), "ERROR: Critical: Too many errors https://"),
        ("issue", sentry.issue("created", id="5"), f"ERROR: {sentry.TITLE} {ISSUE}"),
        ("activity_alert", sentry.activity("set_regression", id="6"), f"ERROR: {sentry.TITLE} "),
    ],
)
def test_a_call_of_sentry_becomes_a_text(
    host: Host, resource: str, body: dict[str, Any], text: str
) -> None:
    assert host.text_after("sentry", body, resource).startswith(f"Sentry [Shop] {text}")


def test_a_call_of_sentrys_old_webhook_becomes_a_text(host: Host) -> None:
    text = f"Sentry [Shop] ERROR: This is an example Python exception {ISSUE}"
    assert host.text_after("sentry-legacy", sentry.legacy()) == text


def test_a_rule_texts_its_own_recipients_through_its_own_sender(host: Host) -> None:
    settings = [
        {"name": "recipients", "value": "group:Nights"},
        {"name": "sender", "value": "group:Second number"},
    ]
    host.post("sentry", sentry.event_alert("9" * 32, settings=settings), "event_alert")
    host.seen += 2
    texts = host.twilio.wait_for(host.seen, timeout=20)[-2:]
    assert {(text["from"], text["to"]) for text in texts} == {
        ("+14155551234", "+14155550124"),
        ("+14155551234", "+14155550125"),
    }
    # The next rule tells the usual recipients, through the usual sender.
    host.text_after("sentry", sentry.event_alert("8" * 32), "event_alert")
    last = host.twilio.messages()[-1]
    assert (last["from"], last["to"]) == ("+15005550006", "+14155550123")


def test_what_was_answered_survives_a_kill_and_is_told_once(tmp_path: Path) -> None:
    with RunningEmulator() as twilio:
        host = Host(tmp_path, twilio)
        host.process.kill()
        host.process.wait()
        host.start("--no-worker")
        host.post("bugsink", captured("bugsink_2.6.2_new"))
        host.process.kill()
        host.process.wait()
        assert twilio.messages() == []
        host.start()
        host.seen = 1
        # The one that waited comes first, and nothing comes twice.
        text = host.text_after("foxray", captured("foxray_0.1.2_new_issue"))
        host.process.send_signal(signal.SIGTERM)
        assert host.process.wait(20) == 0
        assert "ZeroDivisionError" in text
        bodies = [message["body"] for message in twilio.messages()]
        assert sum("PaymentError" in body for body in bodies) == 1
        assert len(bodies) == 2
