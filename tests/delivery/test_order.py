"""Who goes first, and that no crowd keeps the others waiting."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from sentry_twilio.delivery import lease
from sentry_twilio.delivery.cap import Cap, Caps
from sentry_twilio.delivery.job import Job
from sentry_twilio.delivery.models import Delivery, KnownSender
from sentry_twilio.delivery.senders import Address, Route, Senders
from sentry_twilio.projects.models import Project

from .crowds import write_rows
from .provider import FakePlugin

Take = Callable[..., list[Job]]
MINUTE = timedelta(minutes=1)


def test_where_there_is_little_room_a_crowd_does_not_put_off_what_may_be_lost(
    project: Project, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = itertools.cycle(range(4))
    monkeypatch.setattr("random.randrange", lambda most: next(numbers))
    write_rows(project, 12, at=timezone.now() - 30 * MINUTE)
    write_rows(project, 3, at=timezone.now() - MINUTE, state="unknown")
    actions = Counter(job.action for _ in range(12) for job in take(1))
    assert actions == {"send": 9, "look_up": 3}


def test_questions_do_not_use_up_a_narrow_gate(project: Project, take: Take) -> None:
    KnownSender.objects.create(key="fake:account:line", width=2, changed_at=timezone.now())
    write_rows(project, 5)
    write_rows(project, 40, at=timezone.now() - MINUTE, state="accepted", sid="")
    actions = Counter(job.action for job in take(20))
    assert actions == {"send": 2, "ask": 18}


def test_a_crowd_before_a_narrow_gate_does_not_stand_before_another_sender(
    project: Project, plugin: FakePlugin, take: Take
) -> None:
    KnownSender.objects.create(key="fake:account:line", width=60, changed_at=timezone.now())
    write_rows(project, 70)
    other = Project.objects.create(name="Other", slug="other")
    plugin.set_option("to", "+14155550101", other)
    plugin.set_option("account", "other", other)
    waiting = write_rows(other, 5, at=timezone.now() - 20 * MINUTE, sender_key="fake:other:line")
    first = [job.delivery for job in take(20)]
    assert len(first) == 20
    assert {row.pk for row in waiting} <= set(first)


def test_a_closed_gate_keeps_nobody_else_waiting(
    project: Project, plugin: FakePlugin, take: Take
) -> None:
    now = timezone.now()
    KnownSender.objects.create(
        key="fake:account:line", width=1, changed_at=now, closed_until=now + MINUTE
    )
    write_rows(project, 60, at=now - MINUTE)
    other = Project.objects.create(name="Other", slug="other")
    plugin.set_option("to", "+14155550101", other)
    plugin.set_option("account", "other", other)
    (row,) = write_rows(other, 1, sender_key="fake:other:line")
    assert [job.delivery for job in take(1)] == [row.pk]


def test_twins_over_their_cap_are_held_at_once_and_let_the_others_pass(
    project: Project, take: Take, settings: Any
) -> None:
    settings.WORST_CAPS = Caps((Cap(1, 900),))
    write_rows(project, 60, "+14155550100", lane="worst", body="The same")
    (other,) = write_rows(project, 1, "+14155550199")
    assert [job.message.body for job in take(1)] == ["The same"]
    assert [job.delivery for job in take(1)] == [other.pk]
    assert Delivery.objects.filter(lane="worst", state="held").count() == 59


def test_what_was_found_is_handed_out_before_anything_else_can_fail(
    project: Project, settings: Any
) -> None:
    settings.RECIPIENT_CAPS = Caps((Cap(1, 60),))
    write_rows(project, 6, "+14155550100")
    write_rows(project, 4, "+14155550199")
    looks = itertools.count(1)

    def find_routes(addresses: Iterable[Address]) -> dict[Address, Route]:
        if next(looks) > 1:
            raise OperationalError("deadlock detected")
        return Senders().routes(addresses)

    jobs = lease.take(find_routes, 3)
    sending = Delivery.objects.filter(state="sending")
    assert [job.delivery for job in jobs] == list(sending.values_list("pk", flat=True))
    assert jobs


def test_one_that_was_tried_ever_so_often_does_not_stop_the_others(
    project: Project, take: Take
) -> None:
    write_rows(project, 1, at=timezone.now() - MINUTE, tries=32_767)
    write_rows(project, 3)
    assert len(take()) == 4


@pytest.mark.parametrize("state", ["held", "digested", "delivered", "refused"])
def test_one_that_nothing_is_to_be_done_about_does_not_stop_the_others(
    project: Project, take: Take, state: str
) -> None:
    past = timezone.now() - MINUTE
    write_rows(project, 1, at=past, state=state, due_at=past)
    (other,) = write_rows(project, 1)
    assert [job.delivery for job in take(1)] == [other.pk]
