"""The states of a delivery, and which may follow which."""

from __future__ import annotations

from django.db import models


class State(models.TextChoices):
    PENDING = "pending", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    UNKNOWN = "unknown", "Being looked up"
    ACCEPTED = "accepted", "Accepted"
    DELIVERED = "delivered", "Delivered"
    UNDELIVERED = "undelivered", "Not delivered"
    REFUSED = "refused", "Refused"
    EXPIRED = "expired", "Too late to be useful"
    HELD = "held", "Held back"
    DIGESTED = "digested", "In a digest"
    SUPPRESSED = "suppressed", "Not sent on purpose"


S = State

_REPORTED = frozenset({S.ACCEPTED, S.DELIVERED, S.UNDELIVERED})
"""A signed report can come at any time, even before the answer to our own request, and of an
attempt whose fate seemed settled: whatever was ever sent may turn out to be one of these."""

FOLLOWING: dict[State, frozenset[State]] = {
    S.PENDING: _REPORTED | {S.SENDING, S.HELD, S.SUPPRESSED, S.REFUSED, S.EXPIRED},
    S.SENDING: _REPORTED | {S.UNKNOWN, S.PENDING, S.HELD, S.REFUSED, S.EXPIRED},
    S.UNKNOWN: _REPORTED | {S.PENDING, S.EXPIRED},
    # Over a cap, or while the credentials are not accepted. Alone it leaves as itself.
    S.HELD: _REPORTED | {S.PENDING, S.DIGESTED, S.SUPPRESSED, S.EXPIRED},
    # A digest that did not go out gives back what it stood for.
    S.DIGESTED: _REPORTED | {S.HELD, S.EXPIRED},
    S.ACCEPTED: frozenset({S.DELIVERED, S.UNDELIVERED}),
    # Carriers are known to report a failure first and the delivery after it.
    S.UNDELIVERED: frozenset({S.DELIVERED}),
    S.DELIVERED: frozenset(),
    S.REFUSED: _REPORTED,
    S.SUPPRESSED: _REPORTED,
    # The next digest names what came too late.
    S.EXPIRED: _REPORTED | {S.DIGESTED},
}

WAITING = frozenset({S.PENDING, S.SENDING, S.UNKNOWN, S.HELD})
"""About these something more will be done before it is known whether they go out."""

FINAL = frozenset({S.DELIVERED, S.UNDELIVERED, S.REFUSED, S.EXPIRED, S.SUPPRESSED, S.DIGESTED})
"""No worker does more about these; a late report may still correct what they say."""


def may_follow(current: str, following: State) -> bool:
    """Whether a delivery in state `current` may go to `following`."""
    return following in FOLLOWING[State(current)]
