"""Which project a key opens. Remembered for a moment, so that an event costs no look-up."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sentry_twilio.projects.models import Project, ProjectKey
from sentry_twilio.tracker.auth import is_well_formed
from sentry_twilio.tracker.models import Rule
from sentry_twilio.tracker.rejected import Rejected

REMEMBERED = 5.0
"""Seconds. For so long at most (mostly only in other processes, see `apps`) a key that was
switched off still works, and changed limits and rules stay as they were. A rule that was
switched off or snoozed does not fire all the same: `rules` asks at the last moment."""

_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Door:
    """A key that is active, its project, and the project's active rules.

    Shared by threads: read only.
    """

    key: str
    key_id: int
    key_limit: int | None
    project: Project
    rules: tuple[Rule, ...]


_doors: dict[tuple[int, str], tuple[float, Door]] = {}


def find(project_id: str, key: str | None) -> Door:
    """The door that `key` opens in the project with that id.

    Raises `Rejected`: 404 for a project that is not there, 403 for a missing, wrong or
    inactive key.
    """
    number = int(project_id) if project_id.isdecimal() and len(project_id) < 20 else 0
    if not 0 < number <= _LARGEST_ID:
        raise _no_such_project()
    known = _doors.get((number, key or ""))
    if known and known[0] > time.monotonic():
        return known[1]
    door = _look_up(number, key)
    _doors[number, key or ""] = (time.monotonic() + REMEMBERED, door)
    return door


def forget(**_: Any) -> None:
    """Look everything up anew. Takes what a signal brings."""
    _doors.clear()


def _look_up(project_id: int, key: str | None) -> Door:
    _doors.pop((project_id, key or ""), None)
    if key and is_well_formed(key):
        row = (
            ProjectKey.objects.filter(project=project_id, public_key=key.lower(), is_active=True)
            .select_related("project")
            .first()
        )
        if row:
            active = Rule.objects.filter(project=project_id, is_active=True)
            return Door(key, row.pk, row.event_limit, row.project, tuple(active))
    if not Project.objects.filter(pk=project_id).exists():
        raise _no_such_project()
    if key:
        raise Rejected(403, "The key of the DSN is not an active key of this project.")
    raise Rejected(403, "The request carries no key. Copy the DSN from the project's page.")


def _no_such_project() -> Rejected:
    return Rejected(404, "There is no such project. Copy the DSN from the project's page.")
