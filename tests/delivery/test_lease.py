from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from sentry_twilio.core import Alert
from sentry_twilio.delivery import lease
from sentry_twilio.delivery.models import Attempt, Delivery
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.projects.models import Project


def test_what_is_taken_is_sending_with_its_attempt_written_down(delivery: Delivery) -> None:
    (job,) = lease.take("a", 10)
    delivery.refresh_from_db()
    attempt = Attempt.objects.get()
    assert (job.action, job.attempt, job.token) == ("send", attempt.pk, attempt.token)
    assert (delivery.state, delivery.tries, delivery.lease_owner) == ("sending", 1, "a")
    assert (attempt.number, attempt.outcome) == (1, "")


def test_two_workers_never_get_the_same(project: Project, alert: Alert) -> None:
    for _ in range(5):
        enqueue(project, alert)
    first, second, third = lease.take("a", 3), lease.take("b", 3), lease.take("c", 3)
    taken = [job.delivery for job in first + second + third]
    assert (len(first), len(second), len(third)) == (3, 2, 0)
    assert len(set(taken)) == 5


def test_the_one_that_waits_longest_goes_first(project: Project, alert: Alert) -> None:
    enqueue(project, alert)
    enqueue(project, alert)
    newer, older = Delivery.objects.order_by("pk")
    Delivery.objects.filter(pk=older.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    assert [job.delivery for job in lease.take("a", 1)] == [older.pk]
    assert [job.delivery for job in lease.take("a", 1)] == [newer.pk]


def test_what_is_not_due_is_left(delivery: Delivery) -> None:
    Delivery.objects.update(due_at=timezone.now() + timedelta(seconds=30))
    assert lease.take("a", 10) == []
    Delivery.objects.update(due_at=None)
    assert lease.take("a", 10) == []


def test_a_crashed_worker_s_message_is_looked_up_and_not_sent_again(delivery: Delivery) -> None:
    (sent,) = lease.take("a", 10)
    assert lease.take("b", 10) == []
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    (job,) = lease.take("b", 10)
    delivery.refresh_from_db()
    assert (job.action, job.owner, job.attempt) == ("look_up", "b", sent.attempt)
    assert (delivery.state, delivery.tries) == ("unknown", 1)


def test_a_lease_written_before_the_clock_went_back_holds_nobody_up(delivery: Delivery) -> None:
    lease.take("a", 10)
    Delivery.objects.update(lease_until=timezone.now() + timedelta(hours=2))
    (job,) = lease.take("b", 10)
    assert job.action == "look_up"


def test_what_is_no_longer_useful_expires(delivery: Delivery) -> None:
    Delivery.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert lease.take("a", 10) == []
    delivery.refresh_from_db()
    assert delivery.state == "expired"
    assert delivery.due_at is None
    assert "still useful" in delivery.reason


def test_the_others_sids_are_known_to_a_look_up(project: Project, alert: Alert) -> None:
    enqueue(project, alert)
    enqueue(project, alert)
    lease.take("a", 10)
    other, lost = Delivery.objects.order_by("pk")
    Delivery.objects.filter(pk=other.pk).update(sid="SM1", state="accepted", due_at=None)
    Delivery.objects.filter(pk=lost.pk).update(lease_until=None)
    (job,) = lease.take("b", 10)
    assert job.known_sids == {"SM1"}
