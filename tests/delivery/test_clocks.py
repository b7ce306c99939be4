"""A clock that was wrong and is set back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sentry_twilio.core import Refused
from sentry_twilio.delivery import digests, halts, lease
from sentry_twilio.delivery.cap import Cap, Caps
from sentry_twilio.delivery.job import Job
from sentry_twilio.delivery.models import Delivery, Halt, KnownSender
from sentry_twilio.projects import transactions
from sentry_twilio.projects.models import Project

from .crowds import HOUR, write_rows
from .provider import FakePlugin

Take = Callable[..., list[Job]]
Work = Callable[[], int]
ADA = "+14155550100"


def test_a_gate_that_was_changed_tomorrow_closes_all_the_same(
    project: Project, plugin: FakePlugin, work: Work
) -> None:
    KnownSender.objects.create(key="fake:account:line", changed_at=timezone.now() + 24 * HOUR)
    plugin.provider.script = lambda message, number: Refused(20429, "rate_limited", "Slowly.")
    write_rows(project, 1)
    work()
    gate = KnownSender.objects.get()
    assert (gate.width, gate.closings) == (1, 1)
    assert gate.changed_at is not None
    assert gate.closed_until is not None
    assert gate.changed_at <= timezone.now()
    assert gate.closed_until > gate.changed_at


def test_a_halt_to_be_looked_at_tomorrow_is_looked_at_now(
    project: Project, plugin: FakePlugin
) -> None:
    Halt.objects.create(
        project=project, plugin="fake", reason="Wrong.", check_at=timezone.now() + 24 * HOUR
    )
    halts.check_again()
    assert Halt.objects.get().on_trial


@pytest.mark.parametrize(
    ("state", "action"),
    [("pending", "send"), ("sending", "look_up"), ("unknown", "look_up")],
)
def test_what_was_tried_tomorrow_is_due_now(
    project: Project, take: Take, state: str, action: str
) -> None:
    tomorrow = timezone.now() + 24 * HOUR
    write_rows(project, 1, at=tomorrow, state=state, tries=1, lease_until=tomorrow)
    assert [job.action for job in take()] == [action]


def test_what_waits_for_a_digest_since_tomorrow_leaves_now(project: Project) -> None:
    write_rows(project, 3, ADA, timezone.now() + 24 * HOUR, state="held")
    digests.send_due()
    assert Delivery.objects.filter(state="digested").count() == 3


def test_a_slot_that_was_taken_tomorrow_counts_for_nothing(
    project: Project, take: Take, settings: Any
) -> None:
    settings.RECIPIENT_CAPS = Caps((Cap(1, 60),))
    tomorrow = timezone.now() + 24 * HOUR
    write_rows(project, 1, ADA, tomorrow, state="delivered", due_at=None, slot_at=tomorrow)
    write_rows(project, 1, ADA)
    assert len(take()) == 1


def test_a_slot_that_was_taken_by_a_machine_a_little_ahead_counts(
    project: Project, take: Take, settings: Any
) -> None:
    settings.RECIPIENT_CAPS = Caps((Cap(1, 60),))
    soon = timezone.now() + timedelta(seconds=30)
    write_rows(project, 1, ADA, state="delivered", due_at=None, slot_at=soon)
    write_rows(project, 1, ADA)
    assert take() == []


def test_a_cap_holds_though_another_worker_let_one_go_while_this_one_waited(
    project: Project, take: Take, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RECIPIENT_CAPS = Caps((Cap(1, 60),))
    write_rows(project, 2, ADA)
    real = transactions.writing
    taken: list[Job] = []

    def writing(one_at_a_time: str = "") -> AbstractContextManager[None]:
        monkeypatch.setattr(lease, "writing", real)
        taken.extend(take(1))  # the other one is quicker
        return real(one_at_a_time)

    monkeypatch.setattr(lease, "writing", writing)
    taken.extend(take(1))
    assert len(taken) == 1
    assert Delivery.objects.filter(state="held").count() == 1
