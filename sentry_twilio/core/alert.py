"""What a tracker says happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, Protocol, get_args

Level = Literal["debug", "info", "warning", "error", "fatal"]
Reason = Literal[
    "new",  # the first event of an issue
    "regressed",  # a resolved issue came back
    "reappeared",  # a mute ended and the issue is still there
    "frequent",  # more events than the rule allows
    "metric",  # a metric crossed its threshold
    "uptime",  # a monitored site went down or came back
    "resolved",  # it is over
    "test",  # a person pressed the button
    "digest",  # many at once, in one message
]

LEVELS: tuple[Level, ...] = get_args(Level)
"""From the least to the worst, so that `LEVELS.index` compares them."""
REASONS: tuple[Reason, ...] = get_args(Reason)


class ProjectLike(Protocol):
    """Whatever stands for a project in a host: a database row, or `Project` below."""

    @property
    def id(self) -> int: ...
    @property
    def slug(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Project:
    """A project as an alert names it, detached from any host's tables."""

    id: int
    slug: str
    name: str

    @classmethod
    def of(cls, project: ProjectLike) -> Project:
        return cls(id=project.id, slug=project.slug, name=project.name)


def _known(kind: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    names = {f.name for f in fields(kind)}
    return {name: value for name, value in values.items() if name in names}


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that happened, in the words every tracker can be translated to.

    `group` identifies the issue within its source and is never interpreted. Times carry a
    time zone; `None` means that the tracker did not say. `rule` is the label that the
    tracker's user gave to the rule that fired.
    """

    project: Project
    group: str
    title: str
    level: Level = "error"
    reason: Reason = "new"
    culprit: str = ""
    environment: str = ""
    release: str = ""
    url: str = ""
    event_id: str = ""
    times_seen: int = 1
    first_seen: datetime | None = None
    occurred_at: datetime | None = None
    rule: str = ""
    source: str = ""

    def as_json(self) -> dict[str, Any]:
        """The alert as plain JSON values, times as ISO 8601 strings."""
        values: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        values["project"] = {
            "id": self.project.id,
            "slug": self.project.slug,
            "name": self.project.name,
        }
        for name in ("first_seen", "occurred_at"):
            moment: datetime | None = values[name]
            values[name] = moment.isoformat() if moment else None
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Alert:
        """The reverse of `as_json`; fields that this version does not know are left out."""
        given = _known(cls, values)
        given["project"] = Project(**_known(Project, given["project"]))
        for name in ("first_seen", "occurred_at"):
            if given.get(name):
                given[name] = datetime.fromisoformat(given[name])
        return cls(**given)


@dataclass(frozen=True, slots=True)
class Notification:
    """One firing of a rule about one alert; a plugin composes its messages from it."""

    alert: Alert
