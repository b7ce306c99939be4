"""What a project decides about its own delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from sentry_twilio.core.alert import ProjectLike
from sentry_twilio.core.options import installed

CONF_KEY = "delivery"
"""Where the option store keeps it, encrypted: the address of a webhook is a secret."""


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


def _number(text: str | None, default: int, least: int) -> int:
    # Stored past the form: better the host's setting than no alert.
    if text is None or not (text.isascii() and text.isdigit()) or int(text) < least:
        return default
    return int(text)
