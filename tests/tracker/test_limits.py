"""Too many events."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from sentry_twilio.projects.models import Project, ProjectKey
from sentry_twilio.tracker import limits
from sentry_twilio.tracker.models import Event
from tests.tracker.captures import KEY, error, send


def statuses(client: Client, project: Project, count: int) -> list[int]:
    return [send(client, project.pk, error()).status_code for _ in range(count)]


@pytest.fixture(autouse=True)
def _in_the_middle_of_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentry_twilio.projects.quota.time.time", lambda: 1_800_000_020.0)


@pytest.mark.parametrize("kind", ["key", "project"])
def test_it_limits_events_a_minute(
    kind: str, client: Client, project: Project, settings: Any
) -> None:
    setattr(settings, f"EVENTS_PER_MINUTE_{kind.upper()}", 3)
    assert statuses(client, project, 3) == [200] * 3
    response = send(client, project.pk, error())
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "40"
    assert response.headers["X-Sentry-Rate-Limits"] == f"40:error:{kind}"
    assert kind in response.json()["detail"]
    assert Event.objects.count() == 3


def test_a_new_minute_is_a_new_chance(
    client: Client, project: Project, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EVENTS_PER_MINUTE_KEY = 1
    assert statuses(client, project, 2) == [200, 429]
    monkeypatch.setattr("sentry_twilio.projects.quota.time.time", lambda: 1_800_000_061.0)
    monkeypatch.setattr("sentry_twilio.tracker.limits.time.monotonic", lambda: 1e12)
    assert statuses(client, project, 2) == [200, 429]


def test_a_key_and_a_project_may_have_limits_of_their_own(
    client: Client, project: Project, settings: Any
) -> None:
    settings.EVENTS_PER_MINUTE_KEY = 1
    key = ProjectKey.objects.get()
    key.event_limit = 2
    key.save()
    assert statuses(client, project, 3) == [200, 200, 429]
    key.event_limit = 0
    key.save()
    limits.forget()
    project.event_limit = 3
    project.save()
    assert statuses(client, project, 2) == [200, 429]


def test_one_key_does_not_use_up_another(client: Client, project: Project, settings: Any) -> None:
    settings.EVENTS_PER_MINUTE_KEY = 1
    other = ProjectKey.objects.create(project=project)
    assert statuses(client, project, 2) == [200, 429]
    header = {"X-Sentry-Auth": f"Sentry sentry_key={other.public_key}"}
    assert send(client, project.pk, error(), **header).status_code == 200


def test_a_flood_costs_no_statement(
    client: Client,
    project: Project,
    settings: Any,
    django_assert_num_queries: Any,
) -> None:
    settings.EVENTS_PER_MINUTE_KEY = 1
    statuses(client, project, 2)
    with django_assert_num_queries(0):
        assert statuses(client, project, 10) == [429] * 10


def test_what_is_no_event_is_not_counted(client: Client, project: Project, settings: Any) -> None:
    settings.EVENTS_PER_MINUTE_KEY = 1
    body = b'{}\n{"type":"session"}\n{}'
    assert [send(client, project.pk, body).status_code for _ in range(3)] == [200] * 3
    assert statuses(client, project, 1) == [200]
    assert len(KEY) == 32
