"""Whether people are told of what a tracker reports: one text per issue and change.

Sentry tells of the same change by up to three ways: its issue was created, an activity of it,
and a rule that fired for the first event. Whatever comes first is told, the others are not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta

from sentry_twilio.sources.hook import Change, Reported
from sentry_twilio.sources.models import ForeignIssue

SAME = timedelta(minutes=2)
"""What happened within this time of a change belongs to it. Not longer: the end of an issue may
not have been reported, and then its coming back is news."""

MOST_EVENTS = 20
"""Events, each with its recipients, that are known to be told: as many rules may fire for one."""

State = ForeignIssue.State
TOLD_ALREADY = "Told already, by another call about the same change."
NEVER_BEGAN = "It is over, and nobody was told that it had begun."
UNASKED = "New or back, and no rule asked for a text."
ARCHIVED = "Archived there, so it is muted here."


def note(known: ForeignIssue, reported: Reported, at: datetime) -> str:
    """Write into `known` (unsaved) what a report does to it; why nobody is told, or "".

    `at`: when it happened, as far as that is known.
    """
    return _NOTES[reported.change](known, reported, at)


def open_untold(known: ForeignIssue) -> str:
    """Write into `known` (unsaved) that the issue is open, so that a rule's alert of the same
    change is still news; why nobody is told of the change itself."""
    if known.state != State.OPEN:
        end(known, State.OPEN)
    return UNASKED


def _fired(known: ForeignIssue, reported: Reported, at: datetime) -> str:
    event = _event(reported)
    if event and event in known.told_events:
        return TOLD_ALREADY
    of_last_change = known.told_by_change and _is_close(known.told_at, at)
    _write(known, reported, at)
    # A rule with recipients of its own tells other people.
    return TOLD_ALREADY if of_last_change and not reported.settings else ""


def _opened(known: ForeignIssue, reported: Reported, at: datetime) -> str:
    if known.state == State.OPEN and known.told == reported.turn:
        once = reported.turn != "open" or reported.reason == "new"
        others = bool(reported.settings) and _event(reported) not in known.told_events
        if not others and (once or _is_close(known.told_at, at)):
            return TOLD_ALREADY
    _write(known, reported, at)
    known.told_by_change = True
    return ""


def _resolved(known: ForeignIssue, reported: Reported, at: datetime) -> str:
    was, is_first = known.state, known.pk is None
    end(known, State.RESOLVED)
    if is_first:
        return NEVER_BEGAN
    return TOLD_ALREADY if was == State.RESOLVED else ""


def _archived(known: ForeignIssue, reported: Reported, at: datetime) -> str:
    end(known, State.ARCHIVED)
    return ARCHIVED


_NOTES: dict[Change, Callable[[ForeignIssue, Reported, datetime], str]] = {
    "fired": _fired,
    "opened": _opened,
    "resolved": _resolved,
    "archived": _archived,
}


def _write(known: ForeignIssue, reported: Reported, at: datetime) -> None:
    known.state = State.OPEN
    known.told, known.told_at = reported.turn, at
    known.told_by_change = False
    if event := _event(reported):
        known.told_events = [*known.told_events, event][-MOST_EVENTS:]


def end(known: ForeignIssue, state: ForeignIssue.State) -> None:
    """Write into `known` (unsaved) that it is in another state: what comes next is news."""
    known.state = state
    known.told, known.told_events = "", []
    known.told_at, known.told_by_change = None, False


def _is_close(told_at: datetime | None, at: datetime) -> bool:
    return told_at is not None and abs(at - told_at) <= SAME


def _event(reported: Reported) -> str:
    """What the report is about and for whom, as a key; "" where the tracker names no event."""
    if not (reported.event_id or reported.settings):
        return ""
    text = json.dumps([reported.event_id or reported.turn, sorted(reported.settings)])
    return hashlib.sha256(text.encode()).hexdigest()
