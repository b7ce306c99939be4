"""A text message a week says that text messages work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from sentry_twilio.core import Alert
from sentry_twilio.core.options import installed
from sentry_twilio.delivery import policy, weekly
from sentry_twilio.delivery.lanes import Lane
from sentry_twilio.delivery.models import Delivery, Notification
from sentry_twilio.delivery.outbox import enqueue, send_test
from sentry_twilio.projects.models import Project

from .provider import FakePlugin

DAY, WEEK = timedelta(days=1), timedelta(days=7)


@pytest.fixture
def switched_on(project: Project) -> Project:
    policy.save(project, {"weekly": "1"})
    return project


def set_due(project: Project, at: datetime) -> None:
    installed().set(project, policy.CONF_KEY, {policy.WEEKLY_AT: at.isoformat()})


def due(project: Project) -> datetime:
    found = policy.weekly_at(project)
    assert found is not None
    return found


def bodies() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("body", flat=True))


def test_it_first_comes_a_week_after_it_was_switched_on(switched_on: Project) -> None:
    assert abs(due(switched_on) - timezone.now() - WEEK) < timedelta(minutes=1)
    weekly.send_due()
    assert not bodies()


def test_it_is_a_real_message_to_the_recipients_and_comes_again_after_a_week(
    switched_on: Project,
) -> None:
    set_due(switched_on, timezone.now())
    weekly.send_due()
    weekly.send_due()
    assert bodies() == ["Text messages work. No alerts in the last 7 days."]
    row = Delivery.objects.get()
    assert (row.lane, row.state, row.recipient) == (Lane.FREE, "pending", "+14155550100")
    assert abs(due(switched_on) - timezone.now() - WEEK) < timedelta(minutes=1)


def test_it_counts_the_alerts_of_the_week_and_nothing_else(
    switched_on: Project, plugin: FakePlugin, alert: Alert
) -> None:
    old, *_ = (enqueue(switched_on, alert)[0] for _ in range(3))
    Notification.objects.filter(pk=old).update(created_at=timezone.now() - WEEK)
    send_test(switched_on, plugin)
    set_due(switched_on, timezone.now())
    weekly.send_due()
    assert bodies()[-1] == "Text messages work. 2 alerts in the last 7 days."


def test_after_a_long_stop_it_comes_once(switched_on: Project) -> None:
    set_due(switched_on, timezone.now() - 5 * WEEK)
    weekly.send_due()
    weekly.send_due()
    assert len(bodies()) == 1


def test_a_clock_that_was_set_back_does_not_silence_it(switched_on: Project) -> None:
    set_due(switched_on, timezone.now() + 60 * DAY)
    weekly.send_due()
    assert not bodies()
    assert abs(due(switched_on) - timezone.now() - WEEK) < timedelta(minutes=1)


def test_switched_off_it_never_comes(switched_on: Project) -> None:
    set_due(switched_on, timezone.now())
    policy.save(switched_on, {"weekly": None})
    weekly.send_due()
    assert not bodies()
    assert policy.weekly_at(switched_on) is None


def test_another_change_of_the_policy_does_not_put_it_off(switched_on: Project) -> None:
    before = due(switched_on)
    policy.save(switched_on, {"weekly": "1", "emails": "ann@example.com"})
    assert due(switched_on) == before


def test_one_project_s_trouble_does_not_silence_another(
    switched_on: Project, plugin: FakePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Project.objects.create(name="Bank", slug="bank")
    plugin.set_option("to", "+14155550199", other)
    policy.save(other, {"weekly": "1"})
    for project in (other, switched_on):
        set_due(project, timezone.now())
    send = weekly._send

    def fails_for_the_bank(project: Project, sign: Alert) -> None:
        if project == other:
            raise RuntimeError
        send(project, sign)

    monkeypatch.setattr(weekly, "_send", fails_for_the_bank)
    weekly.send_due()
    assert list(Delivery.objects.values_list("recipient", flat=True)) == ["+14155550100"]


@pytest.fixture
def two_processes() -> Callable[[Callable[[], None]], None]:
    """Threads with connections of their own stand for them."""

    def run(work: Callable[[], None]) -> None:
        start = threading.Barrier(2)

        def one() -> None:
            start.wait(60)
            work()
            connection.close()

        threads = [threading.Thread(target=one) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    return run


@pytest.mark.django_db(transaction=True)
def test_several_processes_send_one(
    switched_on: Project, two_processes: Callable[[Callable[[], None]], None]
) -> None:
    set_due(switched_on, timezone.now())
    two_processes(weekly.send_due)
    assert len(bodies()) == 1
