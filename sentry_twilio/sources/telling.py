"""Whether people are told of what a tracker reports: one text per person, issue and change.

Sentry tells of the same change by up to three ways: its issue was created, an activity of it,
and a rule that fired for the first event. Whatever comes first is told, the others are not, but
to those whom only they name. Nor do all come in their order: what began before the end and
comes after it is no news.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from sentry_twilio.sources.hook import Change, Reported
from sentry_twilio.sources.models import ForeignIssue

SAME = timedelta(minutes=2)
"""What happened within this time of a change belongs to it. Not longer: the end of an issue may
not have been reported, and then its coming back is news."""

SAME_INCIDENT = timedelta(hours=1)
"""How long after its end an incident that is reported again is the one that ended. Calls overtake
each other by minutes; and should a tracker ever use a number anew, it is not silenced for good."""

ON_THE_WAY = timedelta(seconds=5)
"""How long the call about an end may take to come here. What happens meanwhile may be a new
beginning: rather one text too many than a trouble that nobody hears of."""

MOST_TOLD = 20
"""Tellings that are remembered: as many events may come in between."""

State = ForeignIssue.State
TOLD_ALREADY = "Told already, by another call about the same change."
NEVER_BEGAN = "It is over, and nobody was told that it had begun."
UNASKED = "New or back, and no rule asked for a text."
ARCHIVED = "Archived there, so it is muted here."
OVER = "It was over before this call came, so nobody was told."


class Told(TypedDict):
    """One telling, as it stands in `ForeignIssue.told`.

    `event` is its event's id, "" where none is known (yet); `at` is when it happened, in seconds
    since 1970. `by_change`: a change of the issue brought it, and its event may yet come. `who`
    are the people, as `recipients` calls them.
    """

    turn: str
    event: str
    at: float
    by_change: bool
    who: list[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why nobody is told, "" where somebody is; and who was told already and is left out."""

    why_not: str = ""
    heard: frozenset[str] = frozenset()


def note(known: ForeignIssue, reported: Reported, at: datetime, who: Collection[str]) -> Verdict:
    """Write into `known` (unsaved) what a report does to it, and say whether it is told.

    `at`: when it happened, as far as that is known. `who`: whom it is for.
    """
    return _NOTES[reported.change](known, reported, at, who)


def is_over(known: ForeignIssue, reported: Reported, at: datetime, received_at: datetime) -> bool:
    """Whether an issue's beginning is reported that lies before its end."""
    # An end that lies ahead was written before the clock was set back: it says nothing.
    if known.ended_at is None or known.ended_at > received_at:
        return False
    if reported.incident and reported.incident == known.ended_incident:
        return received_at - known.ended_at <= SAME_INCIDENT
    # An issue begins once. Where each time it is back has a name of its own, that is another turn.
    is_birth = (reported.change, reported.reason, reported.turn) == ("opened", "new", "open")
    return at < known.ended_at - ON_THE_WAY or (is_birth and known.state != State.OPEN)


def open_untold(known: ForeignIssue) -> Verdict:
    """Write into `known` (unsaved) that the issue is open, so that a rule's alert of the same
    change is still news; nobody is told of the change itself."""
    if known.state != State.OPEN:
        known.state, known.told = State.OPEN, []
    return Verdict(UNASKED)


def end(known: ForeignIssue, state: ForeignIssue.State, at: datetime, incident: str = "") -> None:
    """Write into `known` (unsaved) that it is over: what begins after `at` is news."""
    if known.state != state:  # a second report of one end does not put it off
        known.ended_at = at
    known.state, known.told, known.ended_incident = state, [], incident


def _fired(known: ForeignIssue, reported: Reported, at: datetime, who: Collection[str]) -> Verdict:
    told: list[Told] = known.told
    same = [one for one in told if reported.event_id and one["event"] == reported.event_id]
    if not same and told and told[-1]["by_change"] and _is_close(told[-1], at):
        # The event of that change: the next one is another.
        same = told[-1:]
        same[0]["event"], same[0]["by_change"] = reported.event_id, False
    return _tell(known, reported, at, who, same)


def _opened(known: ForeignIssue, reported: Reported, at: datetime, who: Collection[str]) -> Verdict:
    told: list[Told] = known.told
    same: list[Told] = []
    if told and told[-1]["turn"] == reported.turn:
        once = reported.turn != "open" or reported.reason == "new"
        of_turn = [one for one in told if one["turn"] == reported.turn]
        same = [one for one in of_turn if once or _is_close(one, at)]
    verdict = _tell(known, reported, at, who, same)
    if not same:
        known.told[-1]["by_change"] = True
    return verdict


def _resolved(
    known: ForeignIssue, reported: Reported, at: datetime, who: Collection[str]
) -> Verdict:
    was, is_first = known.state, known.pk is None
    end(known, State.RESOLVED, at, reported.incident)
    if is_first:
        return Verdict(NEVER_BEGAN)
    return Verdict(TOLD_ALREADY if was == State.RESOLVED else "")


def _archived(
    known: ForeignIssue, reported: Reported, at: datetime, who: Collection[str]
) -> Verdict:
    end(known, State.ARCHIVED, at, reported.incident)
    return Verdict(ARCHIVED)


_NOTES: dict[Change, Callable[[ForeignIssue, Reported, datetime, Collection[str]], Verdict]] = {
    "fired": _fired,
    "opened": _opened,
    "resolved": _resolved,
    "archived": _archived,
}


def _tell(
    known: ForeignIssue,
    reported: Reported,
    at: datetime,
    who: Collection[str],
    same: list[Told],
) -> Verdict:
    """Tell those who did not hear of it by `same`, the tellings of the same thing."""
    known.state = State.OPEN
    heard = frozenset(one for earlier in same for one in earlier["who"])
    left = [one for one in who if one not in heard]
    if same:
        same[-1]["who"] = same[-1]["who"] + left
        return Verdict("" if left else TOLD_ALREADY, heard)
    new = Told(
        turn=reported.turn,
        event=reported.event_id,
        at=at.timestamp(),
        by_change=False,
        who=left,
    )
    known.told = [*known.told, new][-MOST_TOLD:]
    return Verdict()


def _is_close(told: Told, at: datetime) -> bool:
    return abs(at.timestamp() - told["at"]) <= SAME.total_seconds()
