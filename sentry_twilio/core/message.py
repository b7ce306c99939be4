"""What is sent, what became of the attempt, and what the provider reported later.

Ordinary failure is a value here. A caller that forgets a case is told by mypy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "rate_limited",  # not processed; the same request may be repeated
    "transient",  # not sent now, may be sent later
    "config",  # nothing will be sent until a person mends the settings
    "recipient",  # this recipient cannot be reached so
    "message",  # this text is refused, another one might not be
]


@dataclass(frozen=True, slots=True)
class Message:
    """A text and the one recipient it is for. `to` is an address in the provider's form.

    `segments`: how many the provider will charge; 0 where that is not known.
    """

    to: str
    body: str
    segments: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message and named it `sid`. `segments` 0: not known yet.

    `unreported`: it will not report on it though it was asked to; ask for the status instead.
    """

    sid: str
    status: str = "accepted"
    segments: int = 0
    request_id: str = ""
    unreported: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The message was certainly not sent.

    `code` is the provider's, or None where there was none (nobody was reached). `reason` is
    one sentence for a person; `retry_after` the seconds the provider asked for, if it did.
    `opted_out`: the recipient wants nothing more from this sender. `halts`: it is the account
    that is refused, so that nothing else would be taken from it either.
    """

    code: int | None
    kind: Kind
    reason: str
    retry_after: float | None = None
    request_id: str = ""
    opted_out: bool = False
    halts: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request went out and no usable answer came back: it may or may not be sent.

    Repeating it could double the message; look it up first (`Sender.find`).
    """

    reason: str
    request_id: str = ""


Outcome = Accepted | Refused | Unknown


@dataclass(frozen=True, slots=True)
class CannotLookUp:
    """The provider does not let us ask whether a message was accepted."""

    reason: str


ReceiptState = Literal["accepted", "delivered", "undelivered"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """How far a message got. `accepted` is everything short of a final answer.

    `status` is the provider's own word, `reason` one sentence on failure. `opted_out`: it was
    not delivered because the recipient wants nothing more from this sender.
    """

    sid: str
    state: ReceiptState
    status: str
    code: int | None = None
    kind: Kind | None = None
    reason: str = ""
    segments: int = 0
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class OptOut:
    """A recipient told a sender to stop (`opted_out`) or to start again.

    `senders`: the keys (`Sender.key`) that it holds for; more than one where a number belongs
    to a pool of them.
    """

    sid: str
    senders: tuple[str, ...]
    recipient: str
    opted_out: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """A recipient wrote back something that is neither a stop nor a start."""

    sid: str
    senders: tuple[str, ...]
    recipient: str
    body: str


@dataclass(frozen=True, slots=True)
class Invalid:
    """A callback that did not prove who it is, or that says nothing; `reason` for the log."""

    reason: str


Callback = Receipt | OptOut | Reply | Invalid
