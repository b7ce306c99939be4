"""What this host tells another tracker about its own errors, and what it keeps to itself."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses
import sentry_sdk
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.transport import Transport

from sentry_twilio.projects.models import Project, ProjectKey
from sentry_twilio.server import own_errors

DSN = "https://0123456789abcdef0123456789abcdef@errors.example.com/1"


class Collector(Transport):
    """Keeps what would have been sent."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Any) -> None:
        event = envelope.get_event()
        if event is not None:
            self.events.append(event)


@pytest.fixture
def collector() -> Iterator[Collector]:
    own_errors._is_ours.cache_clear()
    collector = Collector()
    own_errors.report(
        DSN,
        transport=collector,
        # The SDK would patch whatever it finds, for the rest of the run: aiohttp's server too,
        # and with it the emulator of other tests.
        auto_enabling_integrations=False,
        integrations=[DjangoIntegration()],
    )
    yield collector
    sentry_sdk.get_global_scope().set_client(None)
    own_errors._is_ours.cache_clear()


def test_no_secret_of_a_form_and_no_number_leaves(
    collector: Collector, client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Made here, since an event quotes the source around each call.
    secret, number = secrets.token_hex(16), f"+1415{secrets.randbelow(10**7):07}"

    def broken(*_: object, **__: object) -> None:
        auth_token = secret
        raise RuntimeError(f"broken after {len(auth_token)} characters")

    monkeypatch.setattr("sentry_twilio.dashboard.views.session.LogIn.post", broken)
    User.objects.create_user("ada")
    client.raise_request_exception = False
    answer = client.post("/login/", {"auth_token": secret, "sms_to": number})
    assert answer.status_code == 500
    (event,) = collector.events
    assert event["exception"]["values"][-1]["value"].startswith("broken")
    assert secret not in str(event)
    assert number not in str(event)


def test_a_look_up_s_query_is_not_among_the_breadcrumbs(collector: Collector, db: None) -> None:
    with responses.RequestsMock() as twilio:
        twilio.get("https://api.twilio.com/Messages.json", json={})
        requests.get("https://api.twilio.com/Messages.json?To=%2B14155550123", timeout=1)
    sentry_sdk.add_breadcrumb(
        category="httplib",
        data={"url": "https://x/y?To=%2B14155550123", "http.query": "To=%2B14155550123"},
    )
    sentry_sdk.capture_message("broken", "error")
    (event,) = collector.events
    assert event["breadcrumbs"]["values"]
    assert "4155550123" not in str(event)


def test_nothing_of_a_webhook_s_address_but_its_host_is_among_the_breadcrumbs(
    collector: Collector, db: None
) -> None:
    sentry_sdk.add_breadcrumb(
        category="httplib", data={"url": "https://ann:sesame@chat.example.com/hooks/sesame#sesame"}
    )
    sentry_sdk.capture_message("broken", "error")
    (event,) = collector.events
    assert "https://chat.example.com" in str(event)
    assert "sesame" not in str(event)


def test_a_database_that_is_away_is_reported(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(ProjectKey.objects, "filter", away)
    sentry_sdk.capture_message("broken", "error")
    assert len(collector.events) == 1


def test_numbers_are_masked_wherever_they_stand(collector: Collector, db: None) -> None:
    number = "+14155550144"
    sentry_sdk.add_breadcrumb(message=f"to {number}", data={"to": [number]})
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("to", number)
        scope.set_extra("to", {"deep": number})
        try:
            raise ValueError(f"{number} is no number")  # noqa: TRY301
        except ValueError:
            logging.getLogger("sentry_twilio.tests").exception("It failed for %s", number)
    (event,) = collector.events
    assert number not in str(event)
    assert event["exception"]["values"][0]["value"] == "+1415•••••44 is no number"


def test_an_event_that_cannot_be_taken_in_does_not_report_itself_while_the_database_is_away(
    collector: Collector, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("sentry_twilio.tracker.views._receive", away)
    monkeypatch.setattr(ProjectKey.objects, "filter", away)
    for kind in ("envelope", "store"):
        assert client.post(f"/api/1/{kind}/", b"", "application/json").status_code == 503
    assert collector.events == []


def test_it_never_reports_to_itself(collector: Collector, db: None) -> None:
    project = Project.objects.create(name="Own", slug="own")
    ProjectKey.objects.create(project=project, public_key="0123456789abcdef0123456789abcdef")
    sentry_sdk.capture_message("broken", "error")
    assert collector.events == []


def test_without_an_address_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentry_sdk, "init", lambda **_: pytest.fail("It was started."))
    own_errors.report("")
