"""The sign of life to a service elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sentry_twilio.delivery import health, heartbeat
from sentry_twilio.delivery.health import Check, Health
from sentry_twilio.delivery.heartbeat import Heartbeat

from .listeners import WebServer, running

WELL = Health((Check("queue", True, "No message waits."),))
UNWELL = Health((Check("database", True, "Fine."), Check("worker", False, "No worker is alive.")))


@pytest.fixture
def web(settings: Any) -> Iterator[WebServer]:
    with running(WebServer()) as server:
        settings.HEARTBEAT_URL = f"{server.url}/ping/sesame"
        yield server


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> list[Health]:
    """What the check of the host's health finds: its one entry."""
    state = [WELL]
    monkeypatch.setattr(health, "check", lambda: state[0])
    return state


def test_it_beats_while_all_is_well_and_only_then(web: WebServer, state: list[Health]) -> None:
    beating = Heartbeat()
    beating.beat()
    state[0] = UNWELL
    beating.beat()
    state[0] = WELL
    beating.beat()
    assert [request[:2] for request in web.requests] == [("GET", "/ping/sesame")] * 2


def test_the_log_says_once_why_it_stays_away_and_once_that_it_is_back(
    web: WebServer, state: list[Health], caplog: pytest.LogCaptureFixture
) -> None:
    beating = Heartbeat()
    state[0] = UNWELL
    for _ in range(5):
        beating.beat()
    state[0] = WELL
    for _ in range(3):
        beating.beat()
    assert [record.getMessage() for record in caplog.records] == [
        "There is no heartbeat until this is mended: No worker is alive.",
        "There is a heartbeat again.",
    ]


def test_a_service_that_fails_is_named_without_its_address(
    web: WebServer, state: list[Health], caplog: pytest.LogCaptureFixture
) -> None:
    web.status = 500
    beating = Heartbeat()
    for _ in range(3):
        beating.beat()
    (record,) = caplog.records
    assert "The service behind HEARTBEAT_URL answered with HTTP 500." in record.getMessage()
    assert "sesame" not in caplog.text


def test_one_failure_alone_is_not_worth_a_line(
    web: WebServer, state: list[Health], caplog: pytest.LogCaptureFixture
) -> None:
    beating = Heartbeat()
    web.status = 500
    beating.beat()
    web.status = 200
    beating.beat()
    assert not caplog.records


def test_a_service_that_never_answers_does_not_stop_it(
    web: WebServer, state: list[Health], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "LONGEST", 0.1)
    web.holds = True
    beating = Heartbeat()
    beating.beat()
    web.holds = False
    web.release.set()
    monkeypatch.setattr(heartbeat, "LONGEST", 20)
    beating.beat()
    assert beating._in_a_row == 0


def test_without_a_url_nothing_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked() -> Health:
        raise AssertionError

    monkeypatch.setattr(health, "check", looked)
    Heartbeat().beat()
