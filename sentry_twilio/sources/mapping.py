"""Whose alerts are ours: from a project of the tracker to one of this host."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from sentry_twilio.core import Project as Foreign
from sentry_twilio.projects.models import Project
from sentry_twilio.projects.transactions import writing
from sentry_twilio.sources.kinds import KINDS
from sentry_twilio.sources.models import Call, ForeignProject, Source

MOST = 500
"""Foreign projects of one source; whoever has its key could else fill the table."""


@dataclass(frozen=True, slots=True)
class Nowhere:
    """An alert that belongs to no project of ours, and why."""

    why: str
    waits: bool = False


def find(source: Source, foreign: Foreign, at: datetime) -> Project | Nowhere:
    """The project that an alert belongs to. What was never heard of is listed, to be mapped.

    Call it inside `writing()`.
    """
    if not KINDS[source.kind].has_projects or not (foreign.id or foreign.slug):
        return source.project
    row = _seen(source, foreign, at)
    if row is not None and row.is_ignored:
        return Nowhere(f"{row} is ignored by this source's settings.")
    if row is not None and row.project is not None:
        return row.project
    if source.takes_unmapped:
        return source.project
    return Nowhere("Its project is not mapped to one of this host yet.", waits=True)


def map_to(row: ForeignProject, project: Project | None, is_ignored: bool = False) -> int:
    """Say where a foreign project's alerts go from now on. What waited for that is done now;
    returns how many calls did."""
    with writing():
        row.project, row.is_ignored = project, is_ignored
        row.save(update_fields=["project", "is_ignored"])
        return look_again(row.source)


def look_again(source: Source) -> int:
    """Let the calls that wait for a project to be mapped be done now; how many there are. Those
    of projects that still are not find themselves unmapped once more, and tell nobody twice.
    """
    with writing():
        unmapped = Call.objects.filter(source=source, state=Call.State.UNMAPPED)
        return unmapped.update(state=Call.State.WAITING)


def _seen(source: Source, foreign: Foreign, at: datetime) -> ForeignProject | None:
    number = str(foreign.id) if foreign.id else ""
    rows = source.foreign_projects.filter(_named(number, foreign.slug)).select_related("project")
    found = sorted(rows, key=lambda row: (row.project is None and not row.is_ignored, -row.pk))
    if not found:
        if source.foreign_projects.count() >= MOST:
            return None
        found = [ForeignProject(source=source)]
    row, *same = found
    if number:
        # One was known by its slug alone, one by its id: now it shows that they are the same.
        for other in same:
            other.delete()
    row.foreign_id = row.foreign_id or number
    row.slug = foreign.slug or row.slug
    row.name = (foreign.name if foreign.name != foreign.slug else "") or row.name
    row.calls += 1
    row.last_call_at = at
    row.save()
    return row


def _named(number: str, slug: str) -> Q:
    """Rows of that id, or of that slug unless they have another id: a slug may be used anew."""
    if not number:
        return Q(slug=slug)
    by_slug = Q(slug=slug, foreign_id="") if slug else Q(pk=None)
    return Q(foreign_id=number) | by_slug


def mapped(source: Source) -> list[Project]:
    """The projects of ours that the source's are mapped to, but for its own."""
    rows = source.foreign_projects.exclude(project=None).select_related("project")
    found = {row.project_id: row.project for row in rows if row.project is not None}
    found.pop(source.project_id, None)
    return list(found.values())
