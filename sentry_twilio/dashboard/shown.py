"""Deliveries as a page shows them: numbers in full only to those who may see the settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sentry_twilio.core import plugins
from sentry_twilio.dashboard.words import STATES, Word
from sentry_twilio.delivery.models import Attempt, Delivery


@dataclass(frozen=True, slots=True)
class ShownDelivery:
    """One delivery. `recipient` and `reason` are masked where the viewer is no admin."""

    row: Delivery
    recipient: str
    reason: str
    word: Word

    @property
    def provider(self) -> str:
        return plugin_title(self.row.plugin)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened on the way."""

    at: datetime
    title: str
    text: str = ""
    details: str = ""


def mask(recipient: str) -> str:
    """The last two characters, which suffice to tell one's own number from another's."""
    return f"{'•' * max(len(recipient) - 2, 4)}{recipient[-2:]}"


def show(row: Delivery, in_full: bool) -> ShownDelivery:
    return ShownDelivery(
        row=row,
        recipient=row.recipient if in_full else mask(row.recipient),
        reason=_told(row.reason, row, in_full),
        word=STATES[row.state],
    )


def show_all(rows: Iterable[Delivery], in_full: bool) -> list[ShownDelivery]:
    return [show(row, in_full) for row in rows]


def steps(row: Delivery, in_full: bool) -> list[Step]:
    """What happened to a delivery, in the order in which it did."""
    found = [Step(row.created_at, "Written down", f"For {plugin_title(row.plugin)}.")]
    found += [_attempt(attempt, row, in_full) for attempt in row.attempts.all()]
    if row.accepted_at:
        details = f"The provider's id is {row.sid}." if row.sid else ""
        found.append(Step(row.accepted_at, "Accepted by the provider", details=details))
    if row.finished_at:
        reason = _told(row.reason, row, in_full)
        said_before = any(step.text == reason for step in found)
        found.append(Step(row.finished_at, row.get_state_display(), "" if said_before else reason))
    # Sorting is stable: what was written in the same moment stays in this order.
    return sorted(found, key=lambda step: step.at)


def plugin_title(slug: str) -> str:
    """A plugin's title; its slug where it is no longer installed."""
    try:
        return plugins.get(slug).title
    except KeyError:
        return slug


def _attempt(attempt: Attempt, row: Delivery, in_full: bool) -> Step:
    facts = (
        f"took {attempt.seconds:.2f} s" if attempt.seconds is not None else "",
        f"code {attempt.code}" if attempt.code is not None else "",
        f"request {attempt.request_id}" if attempt.request_id else "",
    )
    return Step(
        attempt.started_at,
        f"Attempt {attempt.number}: {attempt.get_outcome_display().lower()}",
        _told(attempt.reason, row, in_full),
        ", ".join(fact for fact in facts if fact),
    )


def _told(reason: str, row: Delivery, in_full: bool) -> str:
    # Providers like to repeat the number in their error texts.
    return reason if in_full else reason.replace(row.recipient, mask(row.recipient))
