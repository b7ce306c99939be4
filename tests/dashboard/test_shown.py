from __future__ import annotations

from datetime import datetime

import pytest

from sentry_twilio.core import Alert, options
from sentry_twilio.core.alert import Project as AlertProject
from sentry_twilio.dashboard.shown import mask_email, show
from sentry_twilio.dashboard.templatetags.dashboard import when
from sentry_twilio.delivery import outbox
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.projects.models import Project
from sentry_twilio.tracker.models import Issue
from tests.dashboard.conftest import NUMBER, make_delivery


@pytest.mark.parametrize(
    ("address", "masked"),
    [("oncall@example.com", "o•••@example.com"), ("a@example.com", "a•••@example.com")],
)
def test_it_leaves_the_domain_of_an_address(address: str, masked: str) -> None:
    assert mask_email(address) == masked


def test_it_masks_the_number_in_the_reason_too(project: Project, issue: Issue) -> None:
    row = make_delivery(project, issue, reason=f"{NUMBER} is no mobile.")
    assert show(row, in_full=False).reason == "••••••••••23 is no mobile."
    assert show(row, in_full=True).reason == f"{NUMBER} is no mobile."


def test_a_message_that_could_not_be_written_is_for_nobody_and_says_why(
    configured: Project, issue: Issue
) -> None:
    options.installed().set(configured, "twilio", {"sms_to": None})
    outbox.enqueue(configured, Alert(AlertProject.of(configured), issue.group, "It broke"))
    row = Delivery.objects.get()
    assert (show(row, in_full=False).recipient, show(row, in_full=False).reason) == (
        "nobody",
        outbox.INCOMPLETE,
    )


def test_it_writes_times_in_utc_for_the_script_to_translate() -> None:
    moment = datetime.fromisoformat("2026-03-01T01:30:00+02:00")
    assert when(moment) == '<time datetime="2026-02-28T23:30:00Z">2026-02-28 23:30 UTC</time>'
    assert when(None) == "-"


def test_it_writes_the_first_of_all_years_as_a_browser_reads_it() -> None:
    moment = datetime.fromisoformat("0001-01-01T00:00:00+00:00")
    assert when(moment) == '<time datetime="0001-01-01T00:00:00Z">0001-01-01 00:00 UTC</time>'
