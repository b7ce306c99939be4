"""Who sends where a broker is set, and where none is; and what is done where nobody does."""

from __future__ import annotations

import signal
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from sentry_twilio import cli
from sentry_twilio.server import commands, serve
from tests.chaos.stage import free_port
from tests.delivery.listeners import WebServer, running

from .processes import UNUSED_PORT, Host, until

BROKER = "redis://127.0.0.1:6379/0"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("broker", "options", "sends"),
    [
        ("", [], True),
        ("", ["--no-worker"], False),
        (BROKER, [], False),
        (BROKER, ["--worker"], True),
    ],
)
def test_the_host_sends_unless_celery_does_or_it_is_told_otherwise(
    broker: str,
    options: list[str],
    sends: bool,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.CELERY_BROKER_URL = broker
    served: list[bool] = []
    monkeypatch.setattr(serve, "serve", lambda *a, with_worker: served.append(with_worker))
    ended = CliRunner().invoke(cli.cli, ["serve", "--no-migrate", *options])
    assert (ended.exit_code, served) == (0, [sends]), ended.output
    assert ("This process sends no messages: `sentry-twilio worker` does" in ended.output) is (
        not sends
    )


@pytest.mark.django_db
def test_a_worker_says_that_it_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "run_worker", lambda: None)
    ended = CliRunner().invoke(cli.cli, ["worker"])
    assert ended.exit_code == 0, ended.output
    assert ended.output.endswith(" sends what is due, until Ctrl-C or SIGTERM.\n")


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [
        ("127.0.0.1", 8101, "http://127.0.0.1:8101"),
        ("0.0.0.0", 8000, "http://127.0.0.1:8000"),
        ("::", 8000, "http://127.0.0.1:8000"),
        ("::1", 8000, "http://[::1]:8000"),
        ("192.0.2.7", 80, "http://192.0.2.7"),
    ],
)
def test_without_a_public_url_it_is_known_by_where_it_listens(
    host: str, port: int, address: str
) -> None:
    assert commands._address(host, port) == address


@pytest.mark.parametrize("options", [["--no-worker"], []], ids=["no worker", "celery"])
def test_the_fallback_is_told_and_the_host_is_unwell_while_every_worker_is_down(
    options: list[str], host: Host
) -> None:
    port = free_port()
    broker = "" if options else UNUSED_PORT
    with running(WebServer()) as fallback:
        host.webhook = fallback.url
        serve = ("sentry_twilio", "serve", "--port", str(port), *options)
        process = host.start(*serve, broker=broker)
        host.enqueue("It broke", broker="")
        until(lambda: any(b"It broke" in body for *_, body in fallback.requests))
        health = requests.get(f"http://127.0.0.1:{port}/healthz", timeout=10)
        assert health.status_code == 503
        unwell = [check["name"] for check in health.json()["checks"] if not check["ok"]]
        assert unwell == ["worker"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert host.sql("SELECT state FROM delivery_delivery") == [("pending",)]
