"""What a project decides about its own delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from sentry_twilio.core.alert import ProjectLike
from sentry_twilio.core.options import installed
from sentry_twilio.projects.store import ModelOptionStore
from sentry_twilio.projects.transactions import writing

CONF_KEY = "delivery"
"""Where the option store keeps it, encrypted: the address of a webhook is a secret."""
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
            useful_seconds=number(values.get("useful_seconds"), settings.USEFUL_SECONDS, 1),
            project_cap=number(values.get("project_cap"), settings.PROJECT_CAP_HOUR, 0),
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


def save(project: ProjectLike, values: Mapping[str, str | None]) -> None:
    """Store what `policy_reading.clean` found; None takes a choice back.

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


def number(text: str | None, default: int, least: int) -> int:
    """`text` as a number from `least` on; `default` for any other text.

    It may have been stored past the form: better the host's setting than no alert.
    """
    # More digits than any choice has; int() raises from some thousands on.
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 9:
        return default
    return found if (found := int(text)) >= least else default
