"""A project with the captures' key, and what the outbox was given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sentry_twilio.core import Alert
from sentry_twilio.projects.models import Project, ProjectKey
from sentry_twilio.tracker import doors, limits
from tests.tracker.captures import KEY


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    doors.forget()
    limits.forget()
    yield
    doors.forget()
    limits.forget()


@pytest.fixture
def project(db: None) -> Project:
    project = Project.objects.create(name="Shop", slug="shop")
    ProjectKey.objects.create(project=project, public_key=KEY)
    return project


@pytest.fixture
def alerts(monkeypatch: pytest.MonkeyPatch) -> list[Alert]:
    """What rules handed to the outbox."""
    handed: list[Alert] = []

    def enqueue(project: Project, alert: Alert) -> list[int]:
        handed.append(alert)
        return []

    monkeypatch.setattr("sentry_twilio.delivery.outbox.enqueue", enqueue)
    return handed
