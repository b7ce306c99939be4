"""Reading what a person chose for a project's delivery."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from sentry_twilio.core.addresses import web_address
from sentry_twilio.core.options import as_text
from sentry_twilio.delivery.policy import number

MAX_EMAILS = 10
MAX_USEFUL_MINUTES = 24 * 60


def clean(values: Mapping[str, Any]) -> tuple[dict[str, str | None], dict[str, str]]:
    """What to `policy.save` for what a person entered, and what to tell them, by field.

    Fields: `useful_minutes`, `project_cap` (empty: the host's), `weekly`, `emails` (with commas,
    blanks or lines between), `webhook` (empty: the stored one is kept) and `webhook_remove`.
    """
    given = {name: as_text(values.get(name)) for name in (*_READERS, "webhook_remove")}
    found: dict[str, str | None] = {}
    errors: dict[str, str] = {}
    for name, (stored, read) in _READERS.items():
        try:
            found[stored] = (read(given[name]) if given[name] else "") or None
        except ValueError as exc:
            errors[name] = str(exc)
    if not given["webhook"] and not given["webhook_remove"]:
        del found["webhook"]
    return found, errors


def _read_minutes(text: str) -> str:
    if number(text, 0, 1) not in range(1, MAX_USEFUL_MINUTES + 1):
        raise ValueError(f"Enter a number of minutes from 1 to {MAX_USEFUL_MINUTES}.")
    return str(int(text) * 60)


def _read_cap(text: str) -> str:
    if number(text, -1, 0) not in range(1_000_001):
        raise ValueError("Enter a number of messages an hour; 0 means no limit.")
    return str(int(text))


def _read_emails(text: str) -> str:
    found: dict[str, str] = {}
    for address in re.split(r"[\s,;]+", text):
        try:
            if address:
                validate_email(address)
                found.setdefault(address.casefold(), address)
        except ValidationError:
            raise ValueError(f"{address} is not a valid e-mail address.") from None
    if any(len(address) > 254 for address in found):
        raise ValueError("An e-mail address has at most 254 characters.")
    if len(found) > MAX_EMAILS:
        raise ValueError(f"Max of {MAX_EMAILS} e-mail addresses, {len(found)} were given.")
    return ",".join(found.values())


def _read_webhook(text: str) -> str:
    # Without the text: it may be a secret with a slip of the pen.
    if not web_address(text) or len(text) > 2000:
        raise ValueError("A webhook is a URL that begins with https:// or http://.")
    return text


# What a person enters, under which name it is stored, and how it is read.
_READERS: dict[str, tuple[str, Callable[[str], str]]] = {
    "useful_minutes": ("useful_seconds", _read_minutes),
    "project_cap": ("project_cap", _read_cap),
    "weekly": ("weekly", lambda text: "" if text.lower() in ("0", "false", "off") else "1"),
    "emails": ("emails", _read_emails),
    "webhook": ("webhook", _read_webhook),
}
