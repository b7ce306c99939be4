"""Options of one alert: recipients and a sender of its own, from the door to the provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from sentry_twilio.core import Alert, Receipt, Unknown
from sentry_twilio.delivery import digests
from sentry_twilio.delivery.cap import Cap, Caps
from sentry_twilio.delivery.job import Job
from sentry_twilio.delivery.models import Attempt, Delivery
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.delivery.receipts import apply_receipt
from sentry_twilio.delivery.senders import Line
from sentry_twilio.projects.models import Project

from .provider import FakePlugin

Take = Callable[..., list[Job]]
Work = Callable[[], int]
NIGHT = {"fake": {"to": "+1416,+1417", "from": "night", "pool": ""}}
SENDER = {"from": "night", "pool": ""}


@pytest.fixture(autouse=True)
def pooled(project: Project, plugin: FakePlugin) -> None:
    """The project sends through a pool, if not told otherwise."""
    plugin.set_option("pool", "day", project)
    plugin.set_option("secret", "hush", project)


def through(jobs: list[Job]) -> set[tuple[str, str]]:
    """To whom, and by which sender's connection."""
    assert all(isinstance(job.line, Line) for job in jobs)
    return {(job.message.to, job.line.sender.key) for job in jobs if isinstance(job.line, Line)}


def test_an_alert_goes_to_its_own_recipients_through_its_own_sender(
    project: Project, alert: Alert, take: Take
) -> None:
    enqueue(project, alert, overrides=NIGHT)
    enqueue(project, alert)
    assert through(take()) == {
        ("+1416", "fake:account:night"),
        ("+1417", "fake:account:night"),
        ("+14155550100", "fake:account:day"),
    }
    keys = Attempt.objects.values_list("delivery__recipient", "sender_key")
    assert set(keys) == {
        ("+1416", "fake:account:night"),
        ("+1417", "fake:account:night"),
        ("+14155550100", "fake:account:day"),
    }


def test_the_row_keeps_the_sender_and_no_secret(project: Project, alert: Alert) -> None:
    given = {"fake": {**NIGHT["fake"], "secret": "a secret of the rule", "other": "1"}}
    enqueue(project, alert, overrides=given)
    assert [row.overrides for row in Delivery.objects.all()] == [SENDER, SENDER]


def test_without_any_there_is_nothing_to_keep(project: Project, alert: Alert) -> None:
    enqueue(project, alert, overrides={"another-plugin": {"from": "night"}})
    row = Delivery.objects.get()
    assert (row.recipient, row.overrides, row.sender_key) == (
        "+14155550100",
        {},
        "fake:account:day",
    )


def test_an_empty_one_takes_the_projects_own_away(
    project: Project, alert: Alert, take: Take
) -> None:
    enqueue(project, alert, overrides={"fake": {"pool": ""}})
    assert through(take()) == {("+14155550100", "fake:account:line")}


def test_the_rest_is_as_the_project_is_set_when_it_is_sent(
    project: Project, plugin: FakePlugin, alert: Alert, take: Take
) -> None:
    enqueue(project, alert, overrides=NIGHT)
    plugin.set_option("account", "another", project)
    plugin.set_option("pool", "another", project)
    assert through(take()) == {("+1416", "fake:another:night"), ("+1417", "fake:another:night")}


def test_a_question_is_asked_of_the_sender_that_was_used(
    project: Project, plugin: FakePlugin, alert: Alert, take: Take, work: Work
) -> None:
    plugin.provider.script = lambda message, number: Unknown("The line went dead.")
    enqueue(project, alert, overrides=NIGHT)
    work()
    Delivery.objects.update(due_at=timezone.now())
    jobs = take()
    assert {job.action for job in jobs} == {"look_up"}
    assert through(jobs) == {("+1416", "fake:account:night"), ("+1417", "fake:account:night")}


def test_a_repetition_goes_where_the_message_went(
    project: Project, plugin: FakePlugin, alert: Alert, take: Take, work: Work
) -> None:
    plugin.repeats = "It broke (again)"
    enqueue(project, alert, overrides={"fake": {**NIGHT["fake"], "to": "+1416"}})
    work()
    row = Delivery.objects.get()
    lost = Receipt(row.sid, "undelivered", "undelivered", 30008, "transient", "Lost.")
    apply_receipt(row, lost, timezone.now())
    row.save()
    again = Delivery.objects.get(repeats=row)
    assert (again.overrides, again.sender_key) == (SENDER, "fake:account:night")
    assert through(take()) == {("+1416", "fake:account:night")}


def test_one_that_was_held_alone_leaves_as_it_would_have(
    project: Project, alert: Alert, settings: Any, take: Take, work: Work
) -> None:
    settings.RECIPIENT_CAPS = Caps((Cap(1, 60),))
    only = {"fake": {**NIGHT["fake"], "to": "+1416"}}
    enqueue(project, alert, overrides=only)
    enqueue(project, replace(alert, title="It broke, too"), overrides=only)
    work()
    assert Delivery.objects.filter(state="held").count() == 1
    minute = timedelta(seconds=61)
    held = Delivery.objects.filter(state="held")
    held.update(digest_since=F("digest_since") - minute)
    Delivery.objects.filter(slot_at__isnull=False).update(slot_at=F("slot_at") - minute)
    digests.send_due()
    sent = [job for job in take() if job.action == "send"]
    assert through(sent) == {("+1416", "fake:account:night")}


def test_what_is_kept_back_names_the_recipients_it_was_for(
    project: Project, alert: Alert, work: Work
) -> None:
    enqueue(project, alert, "Nobody was told.", NIGHT)
    rows = Delivery.objects.values_list("recipient", "state", "reason")
    assert set(rows) == {
        ("+1416", "suppressed", "Nobody was told."),
        ("+1417", "suppressed", "Nobody was told."),
    }
    assert work() == 0
