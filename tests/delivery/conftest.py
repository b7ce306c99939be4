from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import pytest

from sentry_twilio.core import Alert, plugins
from sentry_twilio.core.alert import Project as AlertProject
from sentry_twilio.delivery import lease, results
from sentry_twilio.delivery.calls import call
from sentry_twilio.delivery.job import Job
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.delivery.results import Result
from sentry_twilio.delivery.senders import Senders
from sentry_twilio.projects.models import Project

from .provider import FakePlugin


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
        jobs = lease.take(senders.lines, 100)
        results.write([Result(job, call(job), 0.1) for job in jobs])
        return len(jobs)

    return work


@pytest.fixture
def take() -> Callable[..., list[Job]]:
    """Lease as a worker does, with connections of its own."""

    def take(limit: int = 10, busy: Collection[int] = ()) -> list[Job]:
        return lease.take(Senders().lines, limit, busy)

    return take
