"""What a provider says about a message moves its delivery on, and never back."""

from __future__ import annotations

from datetime import datetime

from sentry_twilio.core import Accepted, Receipt
from sentry_twilio.delivery import bad_recipients, optouts, repetition, schedule
from sentry_twilio.delivery.models import Delivery, OptOut
from sentry_twilio.delivery.states import State, may_follow

_STATE_OF = {
    "accepted": State.ACCEPTED,
    "delivered": State.DELIVERED,
    "undelivered": State.UNDELIVERED,
}


def adopt(row: Delivery, accepted: Accepted, now: datetime) -> None:
    """The provider took the message: from the answer to our request, or found by looking."""
    if row.sid and row.sid != accepted.sid:
        # An earlier attempt turned out to have been accepted as well.
        row.possibly_repeated = True
        return
    row.sid = accepted.sid
    row.segments = _small(accepted.segments) or row.segments
    if may_follow(row.state, State.ACCEPTED):
        row.state, row.status = State.ACCEPTED, accepted.status[:20]
        row.code, row.reason = None, ""
        row.accepted_at = now
        row.finished_at = None
        row.digest_since = None
        row.questions = 0
        row.due_at = now + schedule.ask_again_after(0, row.expects_callback)


def apply_receipt(row: Delivery, receipt: Receipt, now: datetime) -> None:
    """A report, in whatever order it comes and however often, and what follows from it for the
    recipient and for the delivery's repetition.

    Call it with the row locked, inside the transaction that saves it.
    """
    before = row.state
    advance(row, receipt, now)
    if row.state == before:
        return
    if row.state == State.UNDELIVERED:
        if receipt.opted_out:
            optouts.learn(row.sender_key, row.recipient, OptOut.Source.REFUSAL, now, row.slot_at)
            return
        if receipt.kind == "recipient":
            bad_recipients.mark(row, receipt.code, receipt.reason, now)
        repetition.begin(row, receipt, now)
    elif row.state == State.DELIVERED and before == State.UNDELIVERED:
        repetition.cancel(row, now)


def advance(row: Delivery, receipt: Receipt, now: datetime) -> None:
    """What a report changes in the row itself. No database."""
    if row.sid and row.sid != receipt.sid:
        row.possibly_repeated = True
        return
    if not row.sid:
        adopt(row, Accepted(receipt.sid, receipt.status, receipt.segments), now)
    row.segments = _small(receipt.segments) or row.segments
    state = _STATE_OF[receipt.state]
    if row.state == state == State.ACCEPTED:
        row.status = receipt.status[:20]
    elif may_follow(row.state, state):
        row.status, row.code, row.reason = receipt.status[:20], receipt.code, receipt.reason
        finish(row, state, now)


def _small(segments: int) -> int:
    """A provider's number, as far as the column goes."""
    return max(0, min(segments, 32_767))


def finish(row: Delivery, state: State, now: datetime) -> None:
    """Nothing more is to be done about this delivery."""
    row.state, row.due_at, row.finished_at = state, None, now
