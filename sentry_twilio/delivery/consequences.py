"""What follows for others from what became of a delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sentry_twilio.core import Refused
from sentry_twilio.delivery import bad_recipients, digests, halts, optouts, watch
from sentry_twilio.delivery.models import Delivery, OptOut
from sentry_twilio.delivery.states import State

_NEGATIVE = frozenset({State.REFUSED, State.EXPIRED, State.UNDELIVERED, State.HELD})


def of_refusal(row: Delivery, refused: Refused, attempted_at: datetime, now: datetime) -> None:
    """What a refusal for good says of the recipient, or of the account."""
    if refused.halts:
        halts.begin(row, refused, now)
    if refused.kind == "config":
        digests.give_back([row.pk])
    if refused.opted_out:
        optouts.learn(row.sender_key, row.recipient, OptOut.Source.REFUSAL, now, attempted_at)
    elif refused.kind == "recipient":
        bad_recipients.mark(row, refused.code, refused.reason, now)


def draw(changed: Sequence[Delivery], attempted: Mapping[int, datetime], now: datetime) -> None:
    """For rows whose state has just changed, in the transaction that changed it.

    `attempted`: when the attempts began, by delivery.
    """
    accepted = [row for row in changed if row.state == State.ACCEPTED]
    if accepted:
        halts.lift_accepted(accepted, attempted)
        optouts.accepted({(row.sender_key, row.recipient): attempted[row.pk] for row in accepted})
    arrived = [row for row in changed if row.state == State.DELIVERED]
    if arrived:
        bad_recipients.clear(arrived)
    # A fallback has no reason to wait any longer.
    ended = [row for row in changed if row.state in _NEGATIVE]
    if ended:
        watch.hurry({row.notification_id for row in ended}, now)
