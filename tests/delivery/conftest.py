from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import pytest

from sentry_twilio.core import Alert, plugins
from sentry_twilio.core.alert import Project as AlertProject
from sentry_twilio.delivery import lease, open_issues, results, verification
from sentry_twilio.delivery.calls import call
from sentry_twilio.delivery.cap import Caps
from sentry_twilio.delivery.job import Job, Result
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.delivery.senders import Senders
from sentry_twilio.projects.models import Project

from .provider import FakePlugin


@pytest.fixture(autouse=True)
def no_caps(settings: Any) -> None:
    """Most tests send more than a person would like; those of the caps set some."""
    settings.RECIPIENT_CAPS = settings.WORST_CAPS = settings.DIGEST_CAPS = Caps()
    settings.PROJECT_CAP_HOUR = settings.ACCOUNT_SEGMENTS_A_DAY = 0


@pytest.fixture(autouse=True)
def fresh_credentials() -> None:
    """What was read of another test's projects says nothing about this one's."""
    verification.forget()


@pytest.fixture(autouse=True)
def every_issue_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The groups of these tests have no issues; tests of who asks about them have their own."""
    monkeypatch.setattr(open_issues, "_checks", [])


@pytest.fixture
def plugin() -> Iterator[FakePlugin]:
    plugin = FakePlugin()
    plugins.register(plugin)
    yield plugin
    plugins.unregister(plugin)


@pytest.fixture
def project(plugin: FakePlugin, db: None) -> Project:
    project = Project.objects.create(name="Shop", slug="shop")
    plugin.set_option("to", "+14155550100", project)
    return project


@pytest.fixture
def alert(project: Project) -> Alert:
    return Alert(project=AlertProject.of(project), group="issue:1", title="It broke")


@pytest.fixture
def delivery(project: Project, alert: Alert) -> Delivery:
    enqueue(project, alert)
    return Delivery.objects.get()


@pytest.fixture
def work() -> Callable[[], int]:
    """Do what is due right now, without threads; returns how many jobs there were."""

    def work() -> int:
        senders = Senders()
        jobs = lease.take(senders.routes, 100)
        results.write([Result(job, call(job), 0.1) for job in jobs])
        return len(jobs)

    return work


@pytest.fixture
def take() -> Callable[..., list[Job]]:
    """Lease as a worker does, with connections of its own."""

    def take(limit: int = 10, busy: Collection[int] = ()) -> list[Job]:
        return lease.take(Senders().routes, limit, busy)

    return take
