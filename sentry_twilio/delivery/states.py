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


S = State

FOLLOWING: dict[State, frozenset[State]] = {
    # A signed report can overtake the answer to our own request, so whatever was sent may
    # turn out accepted or final at any time.
    S.PENDING: frozenset({S.SENDING, S.ACCEPTED, S.DELIVERED, S.UNDELIVERED, S.REFUSED, S.EXPIRED}),
    S.SENDING: frozenset(
        {S.ACCEPTED, S.DELIVERED, S.UNDELIVERED, S.UNKNOWN, S.PENDING, S.REFUSED, S.EXPIRED}
    ),
    S.UNKNOWN: frozenset({S.ACCEPTED, S.DELIVERED, S.UNDELIVERED, S.PENDING, S.EXPIRED}),
    S.ACCEPTED: frozenset({S.DELIVERED, S.UNDELIVERED}),
    # Carriers are known to report a failure first and the delivery after it.
    S.UNDELIVERED: frozenset({S.DELIVERED}),
    S.DELIVERED: frozenset(),
    # An earlier attempt, whose fate was unknown, can turn out to have been accepted.
    S.REFUSED: frozenset({S.ACCEPTED, S.DELIVERED, S.UNDELIVERED}),
    S.EXPIRED: frozenset({S.ACCEPTED, S.DELIVERED, S.UNDELIVERED}),
}

FINAL = frozenset({S.DELIVERED, S.UNDELIVERED, S.REFUSED, S.EXPIRED})
"""Nothing more is done about these; a late report may still correct what they say."""


def may_follow(current: str, following: State) -> bool:
    """Whether a delivery in state `current` may go to `following`."""
    return following in FOLLOWING[State(current)]
