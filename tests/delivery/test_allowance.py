"""Who hears that an account's segments of the day are used up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sentry_twilio.core.options import installed
from sentry_twilio.delivery import allowance, policy
from sentry_twilio.delivery.models import FallbackMessage, SegmentCount
from sentry_twilio.projects.models import Project

from .provider import FakePlugin


@pytest.fixture(autouse=True)
def cap(settings: Any) -> None:
    settings.ACCOUNT_SEGMENTS_A_DAY = 10


@pytest.fixture
def make(plugin: FakePlugin, db: None) -> Any:
    def make(slug: str, emails: str = "oncall@example.com", **options: str) -> Project:
        project = Project.objects.create(name=slug, slug=slug)
        for name, value in {"to": "+14155550100", **options}.items():
            plugin.set_option(name, value, project)
        if emails:
            installed().set(project, policy.CONF_KEY, {"emails": emails})
        return project

    return make


def spend(segments: int) -> None:
    SegmentCount.objects.update_or_create(
        account="fake:account",
        hour=timezone.now().replace(minute=0, second=0, microsecond=0),
        defaults={"segments": segments},
    )


def told() -> list[str]:
    return sorted(FallbackMessage.objects.values_list("subject", flat=True))


def test_every_project_of_the_account_that_has_a_fallback_hears_of_it_once(make: Any) -> None:
    make("ada")
    make("bob")
    make("without", emails="")
    make("off", enabled="0")
    make("elsewhere", account="another")
    spend(7)
    allowance.warn()
    assert told() == []
    spend(8)
    for _ in range(3):
        allowance.warn()
    subject = "Most of the day's text messages are used up"
    assert told() == [f"[ada] {subject}", f"[bob] {subject}"]


def test_that_it_is_reached_is_told_as_well(make: Any) -> None:
    make("ada")
    spend(8)
    allowance.warn()
    spend(10)
    for _ in range(2):
        allowance.warn()
    assert FallbackMessage.objects.count() == 2
    last = FallbackMessage.objects.latest("pk")
    assert last.subject == "[ada] The day's text messages are used up"
    assert "10 of the 10 segments" in last.body
    assert "held back" in last.body
    assert "ACCOUNT_SEGMENTS_A_DAY" in last.body


def test_a_fallback_that_was_set_up_later_hears_of_it_too(make: Any) -> None:
    project = make("ada", emails="")
    spend(9)
    allowance.warn()
    installed().set(project, policy.CONF_KEY, {"emails": "oncall@example.com"})
    allowance.warn()
    assert len(told()) == 1


def test_what_was_sent_yesterday_warns_nobody(make: Any) -> None:
    make("ada")
    spend(10)
    SegmentCount.objects.update(hour=timezone.now() - timedelta(hours=25))
    allowance.warn()
    assert told() == []
