from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from sentry_twilio.core import Accepted, Alert, Outcome, Refused
from sentry_twilio.delivery import gate, results
from sentry_twilio.delivery.job import Job, Result
from sentry_twilio.delivery.models import Delivery, KnownSender
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.projects.models import Project

from .provider import FakePlugin

Take = Callable[..., list[Job]]
KEY = "fake:account:line"


def throttled(retry_after: float | None = None) -> Refused:
    return Refused(20429, "rate_limited", "Too many at once.", retry_after)


def answer(jobs: list[Job], outcome: Callable[[int], Outcome]) -> None:
    results.write([Result(job, outcome(number), 0.1) for number, job in enumerate(jobs)])


def accept(jobs: list[Job]) -> None:
    answer(jobs, lambda number: Accepted(f"SM{jobs[number].delivery:032x}"))


def reopen() -> None:
    """What the pause ends with, without waiting for it."""
    KnownSender.objects.update(closed_until=timezone.now() - timedelta(seconds=1))
    Delivery.objects.filter(state="pending").update(due_at=timezone.now())


@pytest.fixture
def crowd(project: Project, alert: Alert) -> None:
    for n in range(12):
        enqueue(project, replace(alert, title=f"It broke {n}"))


def test_what_was_refused_for_the_crowd_closes_the_gate_for_every_worker(
    crowd: None, take: Take
) -> None:
    answer(take(4), lambda number: throttled(5))
    known = KnownSender.objects.get(key=KEY)
    assert known.closed_until is not None
    assert 4 < (known.closed_until - timezone.now()).total_seconds() <= 5
    assert take() == []
    assert Delivery.objects.filter(state="pending").count() == 12


def test_a_gate_does_not_close_that_of_another_sender(
    crowd: None, project: Project, alert: Alert, plugin: FakePlugin, take: Take
) -> None:
    answer(take(4), lambda number: throttled(5))
    other = Project.objects.create(name="Other", slug="other")
    plugin.set_option("to", "+14155550100", other)
    plugin.set_option("from", "second", other)
    enqueue(other, alert)
    (job,) = take(4)
    assert job.sender_key == "fake:account:second"


def test_it_opens_gradually(crowd: None, take: Take) -> None:
    answer(take(8), lambda number: throttled())
    reopen()
    widths = []
    while jobs := take():
        assert take() == []  # so many at the same time, for all workers together
        widths.append(len(jobs))
        accept(jobs)
    assert widths == [4, 8]


def test_a_crowd_that_was_refused_together_closes_it_once(crowd: None, take: Take) -> None:
    jobs = take(8)
    answer(jobs[:4], lambda number: throttled())
    answer(jobs[4:], lambda number: throttled())
    assert KnownSender.objects.get(key=KEY).closings == 1


def test_it_stays_closed_longer_each_time(
    crowd: None, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: 1.0)
    pauses = []
    for _ in range(4):
        before = timezone.now()
        KnownSender.objects.update(closed_until=None)
        answer(take(4), lambda number: throttled())
        known = KnownSender.objects.get(key=KEY)
        assert known.closed_until is not None
        assert known.changed_at is not None
        pauses.append(round((known.closed_until - known.changed_at).total_seconds(), 1))
        assert known.changed_at >= before
    assert pauses == [0.1, 0.2, 0.4, 0.8]
    assert KnownSender.objects.get(key=KEY).width == 1


def test_wide_enough_it_is_open_again(crowd: None, take: Take) -> None:
    KnownSender.objects.create(key=KEY, width=gate.WIDE_OPEN - 1, closings=3)
    accept(take(1))
    known = KnownSender.objects.get(key=KEY)
    assert (known.width, known.closed_until, known.closings) == (None, None, 0)


def test_a_gate_closed_before_the_clock_was_set_back_is_open(crowd: None, take: Take) -> None:
    later = timezone.now() + timedelta(days=30)
    KnownSender.objects.create(key=KEY, width=3, closed_until=later, changed_at=timezone.now())
    assert len(take()) == 3


def test_a_sender_that_was_changed_meets_its_own_gate(
    crowd: None, project: Project, plugin: FakePlugin, take: Take
) -> None:
    KnownSender.objects.create(
        key="fake:account:second",
        width=1,
        closed_until=timezone.now() + timedelta(minutes=1),
        changed_at=timezone.now(),
    )
    plugin.set_option("from", "second", project)
    assert take(20) == []
    assert set(Delivery.objects.values_list("sender_key", flat=True)) == {"fake:account:second"}


def test_what_a_killed_worker_left_behind_does_not_keep_a_narrow_gate_shut(
    crowd: None, take: Take
) -> None:
    answer(take(4), lambda number: throttled())
    reopen()
    left_behind = take()
    assert len(left_behind) == 2
    assert take() == []
    ended = timezone.now() - timedelta(seconds=gate.UNDER_WAY_SECONDS + 1)
    Delivery.objects.filter(state="sending").update(lease_until=ended + timedelta(seconds=60))
    assert len(take()) == 2
