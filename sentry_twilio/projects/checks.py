"""What can be wrong with a host's settings, each with an id to look up."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004
from django.core.exceptions import ImproperlyConfigured

from sentry_twilio.core.addresses import web_address
from sentry_twilio.projects import crypto


@register()
def check_public_url(**_: Any) -> list[CheckMessage]:
    if not _is_origin(settings.PUBLIC_URL):
        return [
            Error(
                "PUBLIC_URL must be scheme, host and port, and no more.",
                hint="Set it to how this host is reached, e.g. https://alerts.example.com",
                id="sentry_twilio.E001",
            )
        ]
    return []


@register()
def check_encryption_keys(**_: Any) -> list[CheckMessage]:
    try:
        crypto.encrypt("check")
    except ImproperlyConfigured as exc:
        return [Error(str(exc), id="sentry_twilio.E002")]
    return []


@register()
def check_secret_key(**_: Any) -> list[CheckMessage]:
    if getattr(settings, "SECRET_KEY_IS_TEMPORARY", False):
        return [
            Warning(
                "There is no SECRET_KEY: sessions end with this process, and another process "
                "does not know them.",
                hint="Set SECRET_KEY, or let `sentry-twilio serve` make the file `secret_key` "
                "in KEYS_DIR.",
                id="sentry_twilio.W002",
            )
        ]
    return []


@register(deploy=True)
def check_keys_apart_from_data(**_: Any) -> list[CheckMessage]:
    if settings.KEYS_DIR.resolve().is_relative_to(settings.DATA_DIR.resolve()):
        return [
            Warning(
                "KEYS_DIR lies inside DATA_DIR: whoever copies the data gets the keys too.",
                id="sentry_twilio.W001",
            )
        ]
    return []


def _is_origin(url: str) -> bool:
    parts = web_address(url)
    # A path would have to be known to the SDKs, the proxy and the WSGI server alike.
    return parts is not None and not (parts.path or parts.query or parts.fragment or parts.username)
