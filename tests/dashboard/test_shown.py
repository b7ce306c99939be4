from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sentry_twilio.dashboard.shown import mask, show, steps
from sentry_twilio.dashboard.templatetags.dashboard import when
from sentry_twilio.delivery.models import Attempt
from sentry_twilio.projects.models import Project
from sentry_twilio.tracker.models import Issue
from tests.dashboard.conftest import NUMBER, make_delivery


@pytest.mark.parametrize(
    ("recipient", "masked"),
    [(NUMBER, "••••••••••23"), ("12345", "••••45"), ("", "••••")],
)
def test_it_leaves_two_characters_of_a_recipient(recipient: str, masked: str) -> None:
    assert mask(recipient) == masked


def test_it_masks_the_number_in_the_reason_too(project: Project, issue: Issue) -> None:
    row = make_delivery(project, issue, reason=f"{NUMBER} is no mobile.")
    assert show(row, in_full=False).reason == "••••••••••23 is no mobile."
    assert show(row, in_full=True).reason == f"{NUMBER} is no mobile."


def test_it_tells_the_steps_in_the_order_in_which_they_happened(
    project: Project, issue: Issue
) -> None:
    start = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
    row = make_delivery(
        project,
        issue,
        "refused",
        created_at=start,
        accepted_at=None,
        finished_at=start + timedelta(seconds=9),
        reason="Gone.",
    )
    for number, outcome in ((2, "refused"), (1, "unknown")):
        Attempt.objects.create(
            delivery=row,
            number=number,
            started_at=start + timedelta(seconds=number),
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


def test_it_writes_times_in_utc_for_the_script_to_translate() -> None:
    moment = datetime.fromisoformat("2026-03-01T01:30:00+02:00")
    assert when(moment) == '<time datetime="2026-02-28T23:30:00Z">2026-02-28 23:30 UTC</time>'
    assert when(None) == "-"
