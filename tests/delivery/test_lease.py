from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sentry_twilio.core import Alert
from sentry_twilio.delivery.cap import Cap, Caps
from sentry_twilio.delivery.job import Job
from sentry_twilio.delivery.models import Attempt, Delivery
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.projects.models import Project

from .provider import FakePlugin

Take = Callable[..., list[Job]]


def end_leases() -> None:
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def test_what_is_taken_is_sending_with_its_attempt_written_down(
    delivery: Delivery, take: Take
) -> None:
    (job,) = take()
    delivery.refresh_from_db()
    attempt = Attempt.objects.get()
    assert (job.action, job.attempt, job.token) == ("send", attempt.pk, attempt.token)
    assert (delivery.state, delivery.tries, delivery.lease) == ("sending", 1, job.lease)
    assert (attempt.number, attempt.outcome, attempt.sender_key) == (1, "", "fake:account:line")


def test_two_workers_never_get_the_same(project: Project, alert: Alert, take: Take) -> None:
    for n in range(5):
        enqueue(project, replace(alert, title=f"It broke {n}"))
    first, second, third = take(3), take(3), take(3)
    taken = [job.delivery for job in first + second + third]
    assert (len(first), len(second), len(third)) == (3, 2, 0)
    assert len(set(taken)) == 5


def test_the_one_that_waits_longest_goes_first(project: Project, alert: Alert, take: Take) -> None:
    enqueue(project, alert)
    enqueue(project, replace(alert, title="Another one"))
    newer, older = Delivery.objects.order_by("pk")
    Delivery.objects.filter(pk=older.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    assert [job.delivery for job in take(1)] == [older.pk]
    assert [job.delivery for job in take(1)] == [newer.pk]


def test_sending_goes_before_asking(
    project: Project, alert: Alert, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of each four messages, one is a question all the same.
    monkeypatch.setattr("random.randrange", lambda most: 0)
    enqueue(project, alert)
    take()
    Delivery.objects.update(
        state="accepted", sid="SM1", lease_until=None, due_at=timezone.now() - timedelta(hours=1)
    )
    enqueue(project, replace(alert, title="Another one"))
    assert [job.action for job in take(1)] == ["send"]
    assert [job.action for job in take(1)] == ["ask"]


def test_what_is_not_due_is_left(delivery: Delivery, take: Take) -> None:
    Delivery.objects.update(due_at=timezone.now() + timedelta(seconds=30))
    assert take() == []
    Delivery.objects.update(due_at=None)
    assert take() == []


def test_a_crashed_worker_s_message_is_looked_up_and_not_sent_again(
    delivery: Delivery, take: Take
) -> None:
    (sent,) = take()
    assert take() == []
    end_leases()
    (job,) = take()
    delivery.refresh_from_db()
    assert (job.action, job.attempt) == ("look_up", sent.attempt)
    assert job.lease == delivery.lease != sent.lease
    assert (delivery.state, delivery.tries) == ("unknown", 1)


def test_a_clock_that_jumps_ahead_does_not_take_what_is_under_way(
    delivery: Delivery, take: Take
) -> None:
    take()
    end_leases()
    assert take(10, {delivery.pk}) == []


def test_a_lease_written_before_the_clock_went_back_holds_nobody_up(
    delivery: Delivery, take: Take
) -> None:
    take()
    Delivery.objects.update(lease_until=timezone.now() + timedelta(hours=2))
    (job,) = take()
    assert job.action == "look_up"


def test_a_message_made_before_the_clock_went_back_is_sent_at_once(
    delivery: Delivery, take: Take
) -> None:
    later = timezone.now() + timedelta(hours=2)
    Delivery.objects.update(created_at=later, due_at=later, expires_at=later)
    (job,) = take()
    assert job.action == "send"


def test_what_is_no_longer_useful_expires(delivery: Delivery, take: Take) -> None:
    Delivery.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert take() == []
    delivery.refresh_from_db()
    assert delivery.state == "expired"
    assert delivery.due_at is None
    assert "still useful" in delivery.reason


def test_a_crowd_that_is_too_late_does_not_stand_before_what_is_fresh(
    project: Project, alert: Alert, take: Take
) -> None:
    for n in range(30):
        enqueue(project, replace(alert, title=f"It broke {n}"))
    old = timezone.now() - timedelta(hours=2)
    Delivery.objects.update(due_at=old, expires_at=old)
    enqueue(project, alert)
    fresh = Delivery.objects.latest("pk")
    assert [job.delivery for job in take(3)] == [fresh.pk]
    assert Delivery.objects.filter(state="expired").count() == 30


def test_the_others_sids_are_known_to_a_look_up(project: Project, alert: Alert, take: Take) -> None:
    enqueue(project, alert)
    enqueue(project, replace(alert, title="Another one"))
    take()
    other, lost = Delivery.objects.order_by("pk")
    Delivery.objects.filter(pk=other.pk).update(
        sid="SM1", state="accepted", due_at=None, accepted_at=timezone.now()
    )
    Delivery.objects.filter(pk=lost.pk).update(lease_until=None)
    (job,) = take()
    assert job.known_sids == {"SM1"}


def test_a_storm_that_is_held_back_keeps_nobody_else_waiting(
    project: Project, plugin: FakePlugin, alert: Alert, take: Take, settings: Any
) -> None:
    settings.RECIPIENT_CAPS = Caps((Cap(1, 60),))
    for n in range(20):
        enqueue(project, replace(alert, title=f"It broke {n}"))
    plugin.set_option("to", "+14155550199", project)
    enqueue(project, replace(alert, title="Somebody else's"))
    jobs = [*take(4), *take(4)]
    assert [job.message.to for job in jobs] == ["+14155550100", "+14155550199"]
    assert Delivery.objects.filter(state="held").count() == 19
