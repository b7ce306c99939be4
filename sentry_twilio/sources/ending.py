"""When an issue is over, and what belongs to its past.

Calls do not all come in their order: what began before the end and comes after it is no news.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sentry_twilio.sources import telling
from sentry_twilio.sources.hook import Reported
from sentry_twilio.sources.models import ForeignIssue

ON_THE_WAY = telling.SAME
"""How long the call about an end may take to come here, and how much two clocks may differ. What
happens meanwhile may be a new beginning: rather one text too many than a trouble that nobody
hears of."""

SAME_INCIDENT = timedelta(hours=1)
"""How long after its end an incident that is reported again is the one that ended. Sentry tries
a call again for minutes; and should a tracker ever use a number anew, it is not silenced for
good."""

State = ForeignIssue.State
NEVER_BEGAN = "It is over, and nobody was told that it had begun."
ARCHIVED = "Archived there, so it is muted here."
OVER = "It was resolved or archived before this call came, so nobody was told."


def is_over(known: ForeignIssue, reported: Reported, at: datetime, received_at: datetime) -> bool:
    """Whether an issue's beginning is reported that lies before its end.

    `at`: when it happened; the tracker's own clock, where it is known, is believed instead, since
    that of an application may be wrong by any time. `received_at`: when the call came.
    """
    if known.state != State.OPEN and telling.of_event(known, reported):
        return True
    # An end that lies ahead was written before the clock was set back: it says nothing.
    if known.ended_at is None or known.ended_at > received_at:
        return False
    if reported.incident and reported.incident == known.ended_incident:
        limit = ON_THE_WAY if reported.may_go_on else SAME_INCIDENT
        return received_at - known.ended_at < limit
    # An issue begins once. Where each time it is back has a name of its own, that is another turn.
    is_birth = (reported.change, reported.reason, reported.turn) == ("opened", "new", "open")
    at = min(reported.ingested_at or at, received_at)
    return at < known.ended_at - ON_THE_WAY or (is_birth and known.state != State.OPEN)


def note(known: ForeignIssue, reported: Reported, at: datetime) -> str:
    """Write the end that is reported into `known` (unsaved); why nobody is told, "" where
    somebody is."""
    was, is_first = known.state, known.pk is None
    if reported.change == "archived":
        end(known, State.ARCHIVED, at, reported.incident)
        return ARCHIVED
    end(known, State.RESOLVED, at, reported.incident)
    if is_first:
        return NEVER_BEGAN
    return telling.TOLD_ALREADY if was == State.RESOLVED else ""


def end(known: ForeignIssue, state: ForeignIssue.State, at: datetime, incident: str = "") -> None:
    """Write into `known` (unsaved) that it is over: what begins after `at` is news."""
    # A second report of one end does not put it off.
    if (known.state, known.ended_incident) != (state, incident):
        known.ended_at = at
    known.state, known.ended_incident = state, incident
    known.told = telling.kept_at_end(known.told)
