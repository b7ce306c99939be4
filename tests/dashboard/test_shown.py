from __future__ import annotations

from datetime import datetime

import pytest

from sentry_twilio.dashboard.shown import mask, mask_email, show
from sentry_twilio.dashboard.templatetags.dashboard import when
from sentry_twilio.projects.models import Project
from sentry_twilio.tracker.models import Issue
from tests.dashboard.conftest import NUMBER, make_delivery


@pytest.mark.parametrize(
    ("recipient", "masked"),
    [(NUMBER, "••••••••••23"), ("12345", "••••45"), ("", "••••")],
)
def test_it_leaves_two_characters_of_a_recipient(recipient: str, masked: str) -> None:
    assert mask(recipient) == masked


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


def test_it_writes_times_in_utc_for_the_script_to_translate() -> None:
    moment = datetime.fromisoformat("2026-03-01T01:30:00+02:00")
    assert when(moment) == '<time datetime="2026-02-28T23:30:00Z">2026-02-28 23:30 UTC</time>'
    assert when(None) == "-"
