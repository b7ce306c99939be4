"""What became of an alert's messages, for whoever pressed the button or reads the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sentry_twilio.core import Accepted, Outcome, Unknown
from sentry_twilio.core.words import counted

PREFIX = "Error communicating with Twilio: "
"""What an error must begin with for Sentry to show its words and not some of its own."""
INCOMPLETE = (
    f"{PREFIX}this project's settings are incomplete. Enter the Account SID, the Auth Token (or "
    "an API key and its secret), a sender and at least one recipient, save them, and test again."
)
Results = Sequence[tuple[str, Outcome]]
"""Recipients and what became of their messages."""


def failures(results: Results, name: Callable[[str], str] = str) -> str:
    """Every recipient who was not surely reached, and why; "" where there is none.

    `name` is how a number is written: in full for the project's own people, masked for logs.
    """
    by_reason: dict[str, list[str]] = {}
    for recipient, outcome in results:
        if not isinstance(outcome, Accepted):
            by_reason.setdefault(_why(outcome), []).append(name(recipient))
    if not by_reason:
        return ""
    count = sum(map(len, by_reason.values()))
    sure = not any(isinstance(outcome, Unknown) for _, outcome in results)
    head = (
        f"{PREFIX}{count} of {len(results)} recipients "
        f"{'were not' if sure else 'may not have been'} reached."
    )
    return "\n".join([head, *(f"{', '.join(who)}: {why}" for why, who in by_reason.items())])


def success(count: int) -> str:
    return f"A test message was accepted for {counted(count, 'recipient')}."


def unexpected(error: Exception) -> str:
    return (
        f"{PREFIX}an error that nobody foresaw ({type(error).__name__}), so it is not known "
        "whether a message was sent. Sentry's log says where it happened."
    )


def _why(outcome: Outcome) -> str:
    if isinstance(outcome, Accepted):
        return ""
    if isinstance(outcome, Unknown):
        return f"It may or may not have been sent, and was not repeated. {outcome.reason}"
    return outcome.reason
