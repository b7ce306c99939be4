"""GlitchTip's Slack-compatible body, in the shapes of its versions 4 to 6."""

from __future__ import annotations

from typing import Any

import pytest

from sentry_twilio.sources.glitchtip import read
from sentry_twilio.sources.hook import Hook, NotUnderstood
from sentry_twilio.tracker.models import Issue
from tests.sources.conftest import Make, Tracker, captured

HOST = "https://glitchtip.example.com"


def attachment(number: int = 17, **changes: Any) -> dict[str, Any]:
    """As version 6 writes it: no `alias`, no `sections`, and more fields."""
    fields = {"Project": "shop", "Environment": "staging", "Server Name": "web-1", "browser": "X"}
    return {
        "title": f"ValueError: number {number}",
        "title_link": f"{HOST}/acme/issues/{number}",
        "text": "shop.views in checkout",
        "image_url": None,
        "color": "#e52b50",
        "fields": [{"title": k, "value": v, "short": True} for k, v in fields.items()],
        "mrkdown_in": ["text"],
        **changes,
    }


def body(*attachments: dict[str, Any], text: str = "GlitchTip Alert") -> dict[str, Any]:
    return {"text": text, "attachments": list(attachments)}


def test_it_reads_all_that_version_4_says() -> None:
    (alert,) = read(Hook(captured("glitchtip_4.x_issue")))
    assert (alert.group, alert.title) == ("17", "ZeroDivisionError: division by zero")
    assert (alert.culprit, alert.environment) == ("__main__ in charge", "production")
    assert (alert.release, alert.project.slug) == ("shop@1.4.2", "shop")
    assert alert.url == f"{HOST}/acme/issues/17"


def test_it_reads_all_that_version_6_says() -> None:
    (alert,) = read(Hook(body(attachment())))
    assert (alert.group, alert.environment, alert.level) == ("17", "staging", "error")


@pytest.mark.parametrize(
    ("color", "level"),
    [
        ("#e52b50", "error"),
        ("#E9B949", "warning"),
        ("#4b60b4", "info"),
        ("#123456", "error"),
        (None, "error"),
    ],
)
def test_the_level_is_in_the_colour(color: str | None, level: str) -> None:
    assert read(Hook(body(attachment(color=color))))[0].level == level


def test_each_attachment_is_an_alert_and_the_rest_is_counted(make: Make, tracker: Tracker) -> None:
    many = body(*map(attachment, (1, 2, 3)), text="GlitchTip Alert (12 issues)")
    texts = tracker.tell(make("glitchtip"), many)
    assert texts == [
        "Sentry [Shop] ERROR: ValueError: number 1",
        "Sentry [Shop] ERROR: ValueError: number 2",
        "Sentry [Shop] ERROR: ValueError: number 3",
        "Sentry [Shop] ERROR: 9 more issues at the same time",
    ]


def test_the_same_alert_an_hour_later_is_told_again(make: Make, tracker: Tracker) -> None:
    source = make("glitchtip")
    assert len(tracker.tell(source, captured("glitchtip_4.x_issue"))) == 1
    assert len(tracker.tell(source, captured("glitchtip_4.x_issue"))) == 1
    assert Issue.objects.get().times_seen == 2


def uptime(said: str) -> dict[str, Any]:
    site = {"title": "Shop", "title_link": f"{HOST}/acme/uptime-monitors/3", "text": said}
    return body(site, text="GlitchTip Uptime Alert")


def test_a_site_goes_down_and_comes_back(make: Make, tracker: Tracker) -> None:
    source = make("glitchtip")
    texts = tracker.tell(source, uptime("The monitored site has gone down."))
    assert texts == ["Sentry [Shop] ERROR: Shop is down"]
    assert Issue.objects.get().status == "unresolved"
    texts = tracker.tell(source, uptime("The monitored site is back up."))
    assert texts == ["Sentry [Shop] INFO: Shop is back up"]
    assert Issue.objects.get().status == "resolved"


def test_its_test_is_answered_by_a_test_and_makes_no_issue(make: Make, tracker: Tracker) -> None:
    said = body(
        {"title": "GlitchTip Test Notification", "title_link": "", "text": "Test notification"},
        text="GlitchTip Test Notification",
    )
    source = make("glitchtip")
    text = "Sentry [Shop] INFO: This is a test message from GlitchTip. Alerts will look like this."
    assert tracker.tell(source, said) == [text]
    assert tracker.tell(source, said) == [text]
    assert not Issue.objects.exists()


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        ({}, "`text`"),
        ({"text": "GlitchTip Alert"}, "`attachments`"),
        ({"text": "GlitchTip Alert", "attachments": [{}]}, r"`attachments\[\]\.title`"),
        (uptime("Nobody knows."), r"`attachments\[\]\.text`"),
    ],
)
def test_it_says_what_is_missing(data: dict[str, Any], missing: str) -> None:
    with pytest.raises(NotUnderstood, match=missing):
        read(Hook(data))
