"""What a project decides about its own delivery."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from sentry_twilio.core.addresses import web_address
from sentry_twilio.core.alert import ProjectLike
from sentry_twilio.core.options import as_text, installed
from sentry_twilio.projects.store import ModelOptionStore
from sentry_twilio.projects.transactions import writing

CONF_KEY = "delivery"
"""Where the option store keeps it, encrypted: the address of a webhook is a secret."""
MAX_EMAILS = 10
MAX_USEFUL_MINUTES = 24 * 60
WEEKLY_AT = "weekly_at"
"""When the next sign of life is due: ISO 8601 with a zone; not there while it is off."""
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Policy:
    """A project's choices, the host's settings where it made none.

    `useful_seconds`: an alert older than this is not sent any more. `project_cap`: messages an
    hour, 0 for no limit. `weekly`: whether a sign of life is sent to the recipients each week.
    """

    useful_seconds: int
    project_cap: int
    weekly: bool = False
    emails: tuple[str, ...] = ()
    webhook: str = ""

    @property
    def has_fallback(self) -> bool:
        return bool(self.emails or self.webhook)

    @classmethod
    def read(cls, values: Mapping[str, str]) -> Policy:
        """From what is stored under `CONF_KEY`."""
        return cls(
            useful_seconds=_number(values.get("useful_seconds"), settings.USEFUL_SECONDS, 1),
            project_cap=_number(values.get("project_cap"), settings.PROJECT_CAP_HOUR, 0),
            weekly=values.get("weekly") == "1",
            emails=tuple(filter(None, values.get("emails", "").split(","))),
            webhook=values.get("webhook", ""),
        )


def of(project: ProjectLike) -> Policy:
    """The project's policy, for one look at the store."""
    return Policy.read(installed().all(project).get(CONF_KEY, {}))


def is_readable(project: ProjectLike) -> bool:
    """Whether this process can decrypt the project's choices. Where it cannot, the fallback that
    it knows of is not what was entered, and another process may know better."""
    return (project.id, CONF_KEY) not in ModelOptionStore().read([project.id]).unreadable


def weekly_at(project: ProjectLike) -> datetime | None:
    """When the project's next sign of life is due; None where it wants none."""
    text = installed().all(project).get(CONF_KEY, {}).get(WEEKLY_AT, "")
    return datetime.fromisoformat(text) if text else None


def clean(values: Mapping[str, Any]) -> tuple[dict[str, str | None], dict[str, str]]:
    """What to `save` for what a person entered, and what to tell them, by field.

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


def save(project: ProjectLike, values: Mapping[str, str | None]) -> None:
    """Store what `clean` found; None takes a choice back.

    A sign of life that is switched on comes a week later, and then each week.
    """
    with writing():
        due = weekly_at(project)
        if values.get("weekly") != "1":
            due = None
        elif due is None:
            due = timezone.now() + WEEK
        stored = {**values, WEEKLY_AT: due.isoformat() if due else None}
        installed().set(project, CONF_KEY, stored)


def _read_minutes(text: str) -> str:
    if _number(text, 0, 1) not in range(1, MAX_USEFUL_MINUTES + 1):
        raise ValueError(f"Enter a number of minutes from 1 to {MAX_USEFUL_MINUTES}.")
    return str(int(text) * 60)


def _read_cap(text: str) -> str:
    if _number(text, -1, 0) not in range(1_000_001):
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


def _number(text: str | None, default: int, least: int) -> int:
    # Stored past the form: better the host's setting than no alert.
    # More digits than any choice has; int() raises from some thousands on.
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 9:
        return default
    return number if (number := int(text)) >= least else default
