"""One message that stands for many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sentry_twilio.core.alert import Level, Project


@dataclass(frozen=True, slots=True)
class Digest:
    """What a digest tells: how much happened while alerts were held back.

    `titles`: the issues with the most alerts first, each with its number of alerts. `since`
    (aware) is when the oldest of them happened, `url` shows all of them.
    """

    project: Project
    alerts: int
    issues: int
    since: datetime
    level: Level
    titles: tuple[tuple[str, int], ...]
    url: str = ""
