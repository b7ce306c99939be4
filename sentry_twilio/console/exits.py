"""What the commands' exit status says. docs/cli.md shows the same list."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from sentry_twilio.core import Accepted, ApiError, Outcome, Refused
from sentry_twilio.core.message import Receipt
from sentry_twilio.twilio import codes, outcome


class Exit(IntEnum):
    """3 is left out: with other subcommands it says that a port is in use."""

    OK = 0
    REFUSED = 1  # Twilio said no, and would say so again
    USAGE = 2  # the command line or the settings are wrong; click's own code
    UNKNOWN = 4  # it may or may not have happened, or to some only: look before you repeat it
    NOT_NOW = 5  # nothing happened; the same may work in a while


# From what matters most to whoever reads the status of several messages.
_WORST_FIRST = (Exit.UNKNOWN, Exit.REFUSED, Exit.NOT_NOW, Exit.OK)


def of_outcome(result: Outcome) -> Exit:
    if isinstance(result, Accepted):
        return Exit.OK
    if isinstance(result, Refused):
        return Exit.NOT_NOW if result.kind in {"rate_limited", "transient"} else Exit.REFUSED
    return Exit.UNKNOWN


def of_receipt(receipt: Receipt) -> Exit:
    """A message that is still on its way may yet fail."""
    return {"delivered": Exit.OK, "undelivered": Exit.REFUSED}.get(receipt.state, Exit.UNKNOWN)


def of_error(error: ApiError, changes_something: bool = False) -> Exit:
    """`changes_something`: repeating the request could do twice what it does."""
    if error.may_have_been_processed:
        return Exit.UNKNOWN if changes_something else Exit.NOT_NOW
    known = codes.find(outcome.code_of(error))
    if known:
        return Exit.NOT_NOW if known.kind in {"rate_limited", "transient"} else Exit.REFUSED
    return Exit.NOT_NOW if error.status in {None, 429} else Exit.REFUSED


def worst(exits: Iterable[Exit]) -> Exit:
    """Of several messages. What was sent to some only must not be repeated for all."""
    found = set(exits)
    if {Exit.OK, Exit.NOT_NOW} <= found:
        found.add(Exit.UNKNOWN)
    return next((code for code in _WORST_FIRST if code in found), Exit.OK)


def explain(error: ApiError) -> str:
    """What to tell a person about a request that failed: our words, else Twilio's."""
    code = outcome.code_of(error)
    known = codes.find(code)
    if known:
        return known.explanation
    message = error.body.get("message") if isinstance(error.body, dict) else None
    said = f" It says: {message}" if isinstance(message, str) and message else ""
    return f"{error}{said}" + (f" (Twilio error {code}, {codes.page(code)})" if code else "")
