"""Settings of the ways around text messages that cannot work are named at the start."""

from __future__ import annotations

from typing import Any

import pytest

from sentry_twilio.delivery import checks


@pytest.mark.parametrize(
    ("address", "ids"),
    [
        ("alerts@example.com", []),
        ("Alerts <alerts@example.com>", []),
        ("sentry-twilio@localhost", []),
        ("alerts", ["sentry_twilio.W003"]),
    ],
)
def test_mail_needs_a_sender(settings: Any, address: str, ids: list[str]) -> None:
    settings.HAS_MAIL_SERVER, settings.DEFAULT_FROM_EMAIL = True, address
    assert [found.id for found in checks.check_email_from()] == ids


def test_without_a_mail_server_the_sender_does_not_matter(settings: Any) -> None:
    settings.HAS_MAIL_SERVER, settings.DEFAULT_FROM_EMAIL = False, "nobody"
    assert not checks.check_email_from()


@pytest.mark.parametrize(
    ("url", "ids"),
    [
        ("", []),
        ("https://hc-ping.com/sesame", []),
        ("hc-ping.com/sesame", ["sentry_twilio.E003"]),
        ("ftp://hc-ping.com/sesame", ["sentry_twilio.E003"]),
        ("httpx://hc-ping.com/sesame", ["sentry_twilio.E003"]),
        ("https://[sesame", ["sentry_twilio.E003"]),
    ],
)
def test_a_heartbeat_goes_to_a_web_address(settings: Any, url: str, ids: list[str]) -> None:
    settings.HEARTBEAT_URL = url
    found = checks.check_heartbeat_url()
    assert [message.id for message in found] == ids
    assert "sesame" not in str(found)
