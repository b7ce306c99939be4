"""What an account may do: is it on trial, in good standing, and which numbers are its own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

CAPABILITIES = ("sms", "mms", "voice")
# One of each kind that a sender can be: the magic number, a US long code, a toll-free number,
# and one that can only be called.
DEFAULT_NUMBERS = ("+15005550006", "+14155551234", "+18885550123", "+14155550000:voice")

TRIAL_PREFIX = "Sent from your Twilio trial account - "
"""What Twilio puts before every text of a trial account; it counts in the segments."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number that an account owns, and what it can do."""

    phone_number: str
    capabilities: frozenset[str] = frozenset(CAPABILITIES)

    @property
    def sid(self) -> str:
        """Always the same for a number, so that it can be looked up again."""
        return "PN" + hashlib.md5(self.phone_number.encode(), usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class Standing:
    """`verified` are the recipients that a trial account may send to. `numbers` are E.164,
    each with its capabilities behind a colon where it has not all of them: `+14155550000:voice`.
    `other_senders`: numbers that the account does not own may send as well. `balance` in USD.
    """

    type: Literal["Full", "Trial"] = "Full"
    status: Literal["active", "suspended", "closed"] = "active"
    balance: float = 20.0
    verified: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=lambda: list(DEFAULT_NUMBERS))
    other_senders: bool = True

    def owned(self) -> list[Number]:
        """The account's numbers. Raises `ValueError` for a capability that there is not."""
        return [read_number(text) for text in self.numbers]

    def find(self, phone_number: str) -> Number | None:
        return next((n for n in self.owned() if n.phone_number == phone_number), None)


def read_number(text: str) -> Number:
    """A number from `+15005550006` or `+14155550000:voice,mms`.

    Raises `ValueError` for a capability that there is not.
    """
    phone_number, colon, names = text.strip().partition(":")
    capabilities = frozenset(names.split(",")) if colon else frozenset(CAPABILITIES)
    if not phone_number or not capabilities <= set(CAPABILITIES):
        raise ValueError(f"{text} is not a number, or a number:{','.join(CAPABILITIES)}.")
    return Number(phone_number, capabilities)
