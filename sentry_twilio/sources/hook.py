"""What a reader gets, and what it may say beyond an `Alert`."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Literal

from sentry_twilio.core import Alert, Project
from sentry_twilio.core.storable import clean_text
from sentry_twilio.tracker import shape
from sentry_twilio.tracker.rejected import Rejected

Change = Literal[
    "fired",  # a rule of the tracker decided that people are to be told
    "opened",  # the issue is new, or is there again
    "resolved",  # it is over
    "archived",  # nobody wants to hear of it any more
]


class NotUnderstood(Exception):
    """The body has not this tracker's shape; the text says what is missing, for a person.

    It never repeats what the body held.
    """


@dataclass(frozen=True, slots=True)
class Hook:
    """The JSON object of a call. `resource` is Sentry's header, `signed_at` the moment that was
    signed with it, `sent_at` one that Sentry names unsigned; both as they were written."""

    data: dict[str, Any]
    resource: str = ""
    signed_at: str = ""
    sent_at: str = ""


@dataclass(frozen=True, slots=True)
class Reported(Alert):
    """An alert of a tracker that says more than every tracker could.

    `project` is the tracker's own: `id` and `slug` as far as they were named, 0 and "" where
    not. `change` is what happened to the issue; of two calls with the same `turn` one is told.
    `incident` is what ends once and does not begin again, "" where the tracker knows none;
    `may_go_on`: unless the tracker only took it for over, and soon finds that it is not.
    `ingested_at` is when the event came to the tracker, by the tracker's clock, aware; None where
    it does not say.
    `settings` are what the tracker's rule was set to send, by name. `is_watched`: it ends by
    itself, as a metric alert or a monitor does. `is_asked_for`: a rule wanted it told; False
    where the tracker tells of each issue. `knows_reason`: False where it does not say whether
    the issue is new.
    """

    change: Change = "fired"
    turn: str = "open"
    incident: str = ""
    may_go_on: bool = False
    ingested_at: datetime | None = None
    settings: tuple[tuple[str, str], ...] = ()
    is_watched: bool = False
    is_asked_for: bool = True
    knows_reason: bool = True
    organization: str = ""

    def plain(self) -> Alert:
        """What the outbox takes."""
        return Alert(**{f.name: getattr(self, f.name) for f in fields(Alert)})


def as_reported(alert: Alert) -> Reported:
    """The alert with texts that every database takes."""
    if not isinstance(alert, Reported):
        alert = Reported(**{f.name: getattr(alert, f.name) for f in fields(Alert)})
    texts: dict[str, Any] = {
        f.name: clean_text(value)
        for f in fields(alert)
        if isinstance(value := getattr(alert, f.name), str) and not value.isprintable()
    }
    project = alert.project
    return replace(
        alert,
        **texts,
        project=replace(project, slug=clean_text(project.slug), name=clean_text(project.name)),
        settings=tuple((clean_text(name), clean_text(value)) for name, value in alert.settings),
    )


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object that a body is; raises `Rejected` (400).

    It is looked at and not kept, so its texts are left as they are: cleaning all of an event
    would take as long as all the rest of an answer.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Rejected(400, "The body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise Rejected(400, "The body is not a JSON object.")
    return value


def foreign_project(id: object = None, slug: object = None, name: object = None) -> Project:  # noqa: A002
    """The tracker's own project, from whatever a body calls it."""
    text = shape.text(id, 18)
    short = shape.text(slug, 100)
    return Project(
        id=int(text) if text.isascii() and text.isdigit() else 0,
        slug=short,
        name=shape.first_line(name, 100) or short,
    )


def need(holder: dict[str, Any], name: str, where: str = "") -> dict[str, Any]:
    """The object `holder[name]`; raises `NotUnderstood` where there is none."""
    found = holder.get(name)
    if not isinstance(found, dict):
        raise NotUnderstood(f"`{where}{name}` is missing, or no object.")
    return found


def need_text(holder: dict[str, Any], name: str, where: str = "", limit: int = 500) -> str:
    """The first line of `holder[name]`; raises `NotUnderstood` where it says nothing."""
    found = shape.first_line(holder.get(name), limit)
    if not found:
        raise NotUnderstood(f"`{where}{name}` is missing, or no text.")
    return found


def count(value: object, default: int = 1) -> int:
    """A number of events, as a number or as text."""
    text = shape.text(value, 12)
    return max(1, int(text)) if text.isascii() and text.isdigit() else default
