"""Bringing Django up for a command."""

from __future__ import annotations

import os


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
        extras = "host,celery" if exc.name in ("celery", "redis") else "host"
        raise CannotStart(
            f"This needs {exc.name}. Install it with: pip install 'sentry-twilio-sms[{extras}]'"
        ) from exc


def _boot() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sentry_twilio.server.settings")
    from pathlib import Path

    import django

    from sentry_twilio.projects import keys
    from sentry_twilio.server import own_errors
    from sentry_twilio.server.environment import value

    if not (value("SECRET_KEY") and value("ENCRYPTION_KEYS")):
        keys.ensure(Path(value("KEYS_DIR")))
    Path(value("DATA_DIR")).mkdir(parents=True, exist_ok=True, mode=0o700)
    django.setup()
    own_errors.report(value("SENTRY_DSN"))
