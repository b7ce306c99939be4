"""Bringing Django up for a command."""

from __future__ import annotations

import os
from urllib.parse import urlsplit


class CannotStart(Exception):
    """The settings or the installation are not good enough; the message is for a person."""


def boot() -> None:
    """Make the missing key files, then load Django and all rooms. Raises `CannotStart`."""
    try:
        from django.core.exceptions import ImproperlyConfigured

        try:
            _boot()
        except (ImproperlyConfigured, ValueError) as exc:
            raise CannotStart(f"The settings are wrong: {exc}") from exc
        except OSError as exc:
            raise CannotStart(
                f"{exc.filename}: {exc.strerror}. KEYS_DIR and DATA_DIR must be writable."
            ) from exc
    except ModuleNotFoundError as exc:
        raise CannotStart(
            f"This needs {exc.name}. Install it with: pip install 'sentry-twilio-sms[host]'"
        ) from exc


def _boot() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sentry_twilio.server.settings")
    from pathlib import Path

    import django

    from sentry_twilio.projects import keys
    from sentry_twilio.server.environment import value

    if not (value("SECRET_KEY") and value("ENCRYPTION_KEYS")):
        keys.ensure(Path(value("KEYS_DIR")))
    Path(value("DATA_DIR")).mkdir(parents=True, exist_ok=True, mode=0o700)
    django.setup()
    _report_own_errors(value("SENTRY_DSN"), value("PUBLIC_URL"))


def _report_own_errors(dsn: str, public_url: str) -> None:
    """Send this host's own errors to another tracker.

    Never to itself: an error while taking an event in would report itself for ever.
    """
    if not dsn or urlsplit(dsn).netloc.rpartition("@")[2] == urlsplit(public_url).netloc:
        return
    import sentry_sdk

    # Local variables of our frames may hold a text or a number.
    sentry_sdk.init(dsn=dsn, send_default_pii=False, include_local_variables=False)
