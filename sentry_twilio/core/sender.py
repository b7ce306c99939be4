"""What a plugin's connection to its provider must be able to do."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from sentry_twilio.core.message import (
    Accepted,
    CannotLookUp,
    Message,
    Outcome,
    Receipt,
    Refused,
)


class Sender(Protocol):
    """Credentials made into a warm, pooled connection. Safe to use from several threads."""

    key: str
    """What a 429 and an opt-out belong to: `provider:account:sender`, where the sender is a
    number or a service and may itself hold a colon. See `account_of`."""
    timeout: float
    """Seconds that one `send` may take at most, from its start to its outcome."""

    def send(
        self, message: Message, validity: int | None = None, callback_url: str | None = None
    ) -> Outcome:
        """One attempt, never repeated inside. `validity`: seconds the provider may try."""

    def find(
        self, message: Message, since: datetime, known_sids: Collection[str]
    ) -> Accepted | CannotLookUp | None:
        """Was this message accepted after all, at `since` or later? None: surely not (yet).

        `known_sids` belong to other messages and are never the answer. Raises an `ApiError`
        where the provider could not be asked just now.
        """

    def status(self, sid: str) -> Receipt | None:
        """How far the message got; None where the provider could not be asked just now."""

    def check(self) -> Refused | None:
        """Whether the account takes messages at present, without sending one: None if so.

        Raises an `ApiError` where the provider could not be asked, or does not say.
        """

    def close(self) -> None:
        """Give back the connections."""


def account_of(sender_key: str) -> str:
    """The account of a sender's key, with its provider: what is billed together."""
    return ":".join(sender_key.split(":", 2)[:2])
