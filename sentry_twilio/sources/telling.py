"""Whether people are told of what a tracker reports: one text per person, issue and change.

Sentry tells of the same change by up to three ways: its issue was created, an activity of it,
and a rule that fired for the first event. Whatever comes first is told, the others are not, but
to those whom only they name. What comes after the end of an issue is in `ending`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from sentry_twilio.sources.hook import Reported
from sentry_twilio.sources.models import ForeignIssue

SAME = timedelta(minutes=2)
"""What happened within this time of a change belongs to it. Not longer: the end of an issue may
not have been reported, and then its coming back is news."""

MOST_TOLD = 20
"""Tellings that are remembered: as many events may come in between."""

State = ForeignIssue.State
TOLD_ALREADY = "Told already, by another call about the same change."
UNASKED = "New or back, and no rule asked for a text."


class Told(TypedDict):
    """One telling, as it stands in `ForeignIssue.told`.

    `event` is its event's id, "" where none is known (yet); `at` is when it happened, in seconds
    since 1970. `turn` is that of the report, "" where the issue was over since. `by_change`: a
    change of the issue brought it, and its event may yet come. `who` are the people, as
    `recipients` calls them.
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
    """Write into `known` (unsaved) that an issue is open, and say whether that is told.

    `at`: when it happened, as far as that is known. `who`: whom it is for.
    """
    same = _same_event if reported.change == "fired" else _same_turn
    return _tell(known, reported, at, who, same(known, reported, at))


def open_untold(known: ForeignIssue) -> Verdict:
    """Write into `known` (unsaved) that the issue is open, so that a rule's alert of the same
    change is still news; nobody is told of the change itself."""
    known.state = State.OPEN
    return Verdict(UNASKED)


def of_event(known: ForeignIssue, reported: Reported) -> list[Told]:
    """The tellings of the very event that is reported."""
    return [one for one in known.told if reported.event_id and one["event"] == reported.event_id]


def who_heard(told: Collection[Told]) -> frozenset[str]:
    """Everyone who was told by one of these tellings."""
    return frozenset(one for earlier in told for one in earlier["who"])


def kept_at_end(told: list[Told]) -> list[Told]:
    """What stays known of tellings once an issue is over: who heard of which event, since another
    rule's call about that may still come. A change is news again when it comes about again."""
    return [{**one, "turn": "", "by_change": False} for one in told if one["event"]]


def _same_event(known: ForeignIssue, reported: Reported, at: datetime) -> list[Told]:
    told: list[Told] = known.told
    same = of_event(known, reported)
    if not same and told and told[-1]["by_change"] and _is_close(told[-1], at):
        # The event of that change: the next one is another.
        same = told[-1:]
        same[0]["event"], same[0]["by_change"] = reported.event_id, False
    return same


def _same_turn(known: ForeignIssue, reported: Reported, at: datetime) -> list[Told]:
    told: list[Told] = known.told
    if not told or told[-1]["turn"] != reported.turn:
        return []
    once = reported.turn != "open" or reported.reason == "new"
    of_turn = [one for one in told if one["turn"] == reported.turn]
    return [one for one in of_turn if once or _is_close(one, at)]


def _tell(
    known: ForeignIssue,
    reported: Reported,
    at: datetime,
    who: Collection[str],
    same: list[Told],
) -> Verdict:
    """Tell those who did not hear of it by `same`, the tellings of the same thing."""
    known.state = State.OPEN
    heard = who_heard(same)
    left = [one for one in who if one not in heard]
    if same:
        same[-1]["who"] = same[-1]["who"] + left
        return Verdict("" if left else TOLD_ALREADY, heard)
    new = Told(
        turn=reported.turn,
        event=reported.event_id,
        at=at.timestamp(),
        by_change=reported.change == "opened",
        who=left,
    )
    known.told = [*known.told, new][-MOST_TOLD:]
    return Verdict()


def _is_close(told: Told, at: datetime) -> bool:
    return abs(at.timestamp() - told["at"]) <= SAME.total_seconds()
