"""What machines ask: /healthz and /metrics."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import waitress
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connection
from django.test import Client
from waitress import wasyncore

from sentry_twilio.delivery import health, worker_heartbeat
from sentry_twilio.delivery.metrics import Metrics
from sentry_twilio.server.serve import _waitress_settings

LOCAL = {"HTTP_HOST": "127.0.0.1:8000"}
TOKEN = "a secret of ours"


def away(*_: object, **__: object) -> None:
    raise OperationalError("password of the database")


@pytest.mark.django_db
def test_healthz_says_200_while_all_is_well(client: Client) -> None:
    worker_heartbeat.beat()
    answer = client.get("/healthz")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json()["status"] == "well"
    assert {check["name"]: check["ok"] for check in answer.json()["checks"]} == dict.fromkeys(
        ("database", "worker", "queue", "credentials", "keys"), True
    )
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_healthz_says_503_and_why_where_it_is_not(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "unwell")
    (trouble,) = [check for check in answer.json()["checks"] if not check["ok"]]
    assert trouble["name"] == "worker"
    assert "Start `sentry-twilio serve`" in trouble["sentence"]


def test_healthz_answers_where_the_database_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_look", away)
    monkeypatch.setattr(connection, "close", lambda: None)
    # Not even the transaction around the checks can be begun.
    monkeypatch.setattr("django.db.transaction.Atomic.__enter__", away)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert [check["name"] for check in answer.json()["checks"]] == ["database"]
    assert "password" not in answer.text


@pytest.mark.django_db
def test_healthz_asks_only_what_it_tells(
    client: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    with django_assert_max_num_queries(9):  # 6, and on PostgreSQL those of the timeout
        client.get("/healthz")


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_they_only_read(client: Client, path: str) -> None:
    assert client.post(path, **LOCAL).status_code == 405


@pytest.mark.django_db
def test_an_answer_of_503_is_no_error_of_the_host_s(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.get("/healthz").status_code == 503
    monkeypatch.setattr(Metrics, "collect", away)
    monkeypatch.setattr("sentry_twilio.server.views.connection.close", lambda: None)
    assert client.get("/metrics", **LOCAL).status_code == 503
    assert caplog.records == []
    monkeypatch.setattr(Metrics, "collect", lambda self: 1 / 0)
    client.raise_request_exception = False
    assert client.get("/metrics", **LOCAL).status_code == 500
    assert "ZeroDivisionError" in caplog.text


# Who is told the metrics -------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_without_a_token_this_machine_is_told(client: Client, address: str, host: str) -> None:
    answer = client.get("/metrics", REMOTE_ADDR=address, HTTP_HOST=host)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'sentry_twilio_deliveries{state="held"} 0.0' in answer.text


@pytest.mark.parametrize(
    "request_",
    [
        {"REMOTE_ADDR": "192.0.2.1"},
        {"REMOTE_ADDR": "::ffff:192.0.2.1"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "192.0.2.1"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_X_REAL_IP": "192.0.2.1"},
        {"HTTP_FORWARDED": "for=192.0.2.1"},
        {"HTTP_VIA": "1.1 proxy"},
        {"HTTP_HOST": "alerts.example.com"},
    ],
)
def test_without_a_token_nobody_else_is_told(client: Client, request_: dict[str, str]) -> None:
    answer = client.get("/metrics", **(LOCAL | {"REMOTE_ADDR": "127.0.0.1"} | request_))
    assert answer.status_code == 403
    assert "sentry_twilio_" not in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        ("Bearer wrong", 401),
        (f"Basic {TOKEN}", 401),
        (f"Bearer {TOKEN}x", 401),
        ("Bearer ", 401),
        ("Bearer bösé", 401),
        ("", 401),
    ],
)
def test_with_a_token_it_is_asked_of_everybody(
    client: Client, settings: Any, authorization: str, status: int
) -> None:
    settings.METRICS_TOKEN = TOKEN
    for address in ("127.0.0.1", "192.0.2.1"):
        answer = client.get(
            "/metrics", REMOTE_ADDR=address, HTTP_AUTHORIZATION=authorization, **LOCAL
        )
        assert answer.status_code == status
        assert answer.has_header("WWW-Authenticate") == (status == 401)
        assert TOKEN not in answer.text


def test_metrics_say_503_where_the_database_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Metrics, "collect", away)
    monkeypatch.setattr(connection, "close", lambda: None)
    answer = client.get("/metrics", **LOCAL)
    assert (answer.status_code, "password" in answer.text) == (503, False)


# Behind the web server ---------------------------------------------------------------------


@pytest.fixture
def ask(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Iterator[Callable[[dict[str, str]], int]]:
    """Ask waitress, set up as `serve` does it, for /metrics; the database is not needed."""
    monkeypatch.setattr(Metrics, "collect", lambda self: iter(()))
    monkeypatch.setattr("django.db.close_old_connections", lambda **_: None)
    server = waitress.create_server(WSGIHandler(), listen="127.0.0.1:0", **_waitress_settings())
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()

    def ask(headers: dict[str, str]) -> int:
        here = http.client.HTTPConnection("127.0.0.1", server.effective_port, timeout=30)
        try:
            here.request("GET", "/metrics", headers=headers)
            return here.getresponse().status
        finally:
            here.close()

    yield ask
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
    thread.join(30)
    server.task_dispatcher.shutdown()


def test_a_proxy_on_this_machine_opens_nothing(ask: Callable[[dict[str, str]], int]) -> None:
    assert ask({}) == 200
    for header in ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded"):
        assert ask({header: "127.0.0.1"}) == 403
