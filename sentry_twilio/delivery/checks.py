"""What can be wrong with the ways around text messages, each with an id to look up."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from sentry_twilio.core.addresses import web_address


@register()
def check_email_from(**_: Any) -> list[CheckMessage]:
    if not settings.HAS_MAIL_SERVER:
        return []
    try:
        # "Alerts <alerts@example.com>" is one as well.
        validate_email(settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].removesuffix(">"))
    except ValidationError:
        return [
            Warning(
                f"Mail servers do not accept the sender {settings.DEFAULT_FROM_EMAIL}.",
                hint="Set EMAIL_FROM to an address of a domain that your mail server sends for.",
                id="sentry_twilio.W003",
            )
        ]
    return []


@register()
def check_heartbeat_url(**_: Any) -> list[CheckMessage]:
    url = settings.HEARTBEAT_URL
    if url and not web_address(url):
        # Without the URL: whoever knows it can send heartbeats.
        return [
            Error(
                "HEARTBEAT_URL must begin with https:// or http://.",
                hint="Copy it from the service that watches this host, or leave it empty.",
                id="sentry_twilio.E003",
            )
        ]
    return []
