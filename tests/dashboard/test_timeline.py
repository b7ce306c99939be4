from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sentry_twilio.dashboard.timeline import steps
from sentry_twilio.delivery.models import Attempt, Callback, Delivery, FallbackTarget
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.models import Project
from sentry_twilio.tracker.models import Issue
from tests.dashboard.conftest import NUMBER, WEBHOOK, make_delivery, try_fallback

START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def test_it_tells_the_steps_in_the_order_in_which_they_happened(
    project: Project, issue: Issue
) -> None:
    row = make_delivery(
        project,
        issue,
        "refused",
        created_at=START,
        accepted_at=None,
        finished_at=START + timedelta(seconds=9),
        reason="Gone.",
    )
    for number, outcome in ((2, "refused"), (1, "unknown")):
        Attempt.objects.create(
            delivery=row,
            number=number,
            started_at=START + timedelta(seconds=number),
            outcome=outcome,
            reason="Gone." if number == 2 else "No answer.",
        )
    told = [(step.title, step.text) for step in steps(row, in_full=True)]
    assert told == [
        ("Written down", "For Twilio (SMS)."),
        ("Attempt 1: unknown", "No answer."),
        ("Attempt 2: refused", "Gone."),
        ("Refused", ""),  # not twice the same sentence
    ]


def test_it_tells_each_report_once_with_how_often_it_came(project: Project, issue: Issue) -> None:
    row = make_delivery(project, issue, created_at=START)
    for second, status, code, times in ((9, "undelivered", 30003, 3), (5, "sent", None, 1)):
        Callback.objects.create(
            plugin="twilio",
            kind=Callback.Kind.STATUS,
            fingerprint=status,
            delivery=row,
            sid="SM1",
            status=status,
            code=code,
            times=times,
            received_at=START + timedelta(seconds=second),
        )
    assert [(step.title, step.details) for step in steps(row, in_full=False)[1:]] == [
        ("The provider reported: sent", ""),
        ("The provider reported: undelivered", "code 30003, came 3 times"),
    ]


def test_it_tells_since_when_and_why_a_message_is_held(project: Project, issue: Issue) -> None:
    row = make_delivery(
        project,
        issue,
        State.HELD,
        created_at=START,
        due_at=None,
        digest_since=START + timedelta(seconds=2),
        reason=f"1 message went to {NUMBER} within a minute, and no more than 1 may.",
    )
    told = steps(row, in_full=False)[-1]
    assert (told.at, told.title) == (START + timedelta(seconds=2), "Held back")
    assert told.text == "1 message went to ••••••••••23 within a minute, and no more than 1 may."


@pytest.mark.parametrize("in_full", [False, True])
def test_it_tells_through_which_fallback_it_was_told(
    in_full: bool, project: Project, issue: Issue
) -> None:
    row = make_delivery(project, issue)
    row.notification.fallback = message = try_fallback(project)
    message.targets.filter(channel="webhook").update(
        state=FallbackTarget.State.FAILED, reason="The webhook answered with HTTP 500."
    )
    told = next(step for step in steps(row, in_full) if step.title == "Told through the fallback")
    assert told.at == message.created_at
    assert told.text == (
        "E-mail to oncall@example.com: waiting to be sent. "
        "Webhook: failed. The webhook answered with HTTP 500."
        if in_full
        else "E-mail to o•••@example.com: waiting to be sent. Webhook: failed."
    )
    assert WEBHOOK not in told.text


def test_it_tells_of_no_fallback_where_none_was_asked(project: Project, issue: Issue) -> None:
    row: Delivery = make_delivery(project, issue)
    assert [step.title for step in steps(row, in_full=True)] == ["Written down"]
