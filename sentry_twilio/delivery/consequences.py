"""What follows for others from what became of a delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sentry_twilio.core import Refused
from sentry_twilio.delivery import bad_recipients, digest_members, halts, optouts, watch
from sentry_twilio.delivery.lanes import Lane
from sentry_twilio.delivery.models import Delivery, OptOut
from sentry_twilio.delivery.states import State

_NEGATIVE = frozenset({State.REFUSED, State.EXPIRED, State.UNDELIVERED, State.HELD})
_ACCEPTED = frozenset({State.ACCEPTED, State.DELIVERED, State.UNDELIVERED})
_NO_REFUSAL: Mapping[int, Refused] = MappingProxyType({})


def draw(
    changed: Sequence[Delivery],
    attempted: Mapping[int, datetime],
    now: datetime,
    refusals: Mapping[int, Refused] = _NO_REFUSAL,
) -> None:
    """For rows whose state has just changed, in the transaction that changed it.

    `attempted`: when the attempts began, by delivery. `refusals`: what changed it, where that
    was the provider's refusal.
    """
    untold: set[int] = set()
    # Rows of other tables are locked as these come: in one order in all workers.
    for row in sorted(changed, key=lambda row: (row.recipient, row.pk)):
        if row.pk in refusals and row.state in (State.REFUSED, State.HELD):
            untold |= _of_refusal(row, refusals[row.pk], attempted[row.pk], now)
    # The report may be quicker than the answer.
    accepted = [row for row in changed if row.state in _ACCEPTED]
    if accepted:
        halts.lift_accepted(accepted, attempted, now)
        optouts.accepted({(row.sender_key, row.recipient): attempted[row.pk] for row in accepted})
    arrived = [row for row in changed if row.state == State.DELIVERED]
    if arrived:
        bad_recipients.clear(arrived)
    # A fallback has no reason to wait any longer, for the alerts of a digest neither.
    ended = [row for row in changed if row.state in _NEGATIVE]
    untold.update(row.notification_id for row in ended)
    if digests := [row.pk for row in ended if row.lane == Lane.DIGEST]:
        untold |= digest_members.told_by(digests)
    if untold:
        watch.hurry(untold, now)


def _of_refusal(row: Delivery, refused: Refused, attempted_at: datetime, now: datetime) -> set[int]:
    """What a refusal for good says of the recipient, or of the account. Returns the notifications
    of what a digest gave back."""
    if refused.halts:
        halts.begin(row, refused, now)
    if row.state == State.HELD:
        return set()
    if refused.opted_out:
        optouts.learn(row.sender_key, row.recipient, OptOut.Source.REFUSAL, now, attempted_at)
    elif refused.kind == "recipient":
        bad_recipients.mark(row, refused.code, refused.reason, now)
    if refused.kind != "config" or row.lane != Lane.DIGEST:
        return set()
    if refused.halts:
        return digest_members.give_back([row.pk])
    return digest_members.take_back(row.pk, now)
