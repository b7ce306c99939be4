"""What can go wrong on request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

When = Literal["before", "after"]
"""Before or after the emulator has done what the request asked for."""
RequestKind = Literal[
    "create",
    "fetch",
    "list",
    "update",
    "delete",
    "media",
    "feedback",
    "account",
    "balance",
    "numbers",
    "other",
    "any",
]


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """An error instead of the answer. Without a code the body is no JSON, as behind a proxy."""

    name: ClassVar[str] = "error"
    always: ClassVar[bool] = False
    status: int | None = None
    code: int | None = None
    message: str = ""
    retry_after: float | None = None
    when: When = "before"


@dataclass(frozen=True, slots=True)
class Hang:
    """Silence for a while. Then the answer ("after"), or the connection is reset ("before")."""

    name: ClassVar[str] = "hang"
    always: ClassVar[bool] = False
    seconds: float = 30.0
    when: When = "before"


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset instead of an answer."""

    name: ClassVar[str] = "reset"
    always: ClassVar[bool] = False
    when: When = "before"


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """How an accepted message ends. With "sent" no network ever confirms it."""

    name: ClassVar[str] = "delivery"
    always: ClassVar[bool] = False
    status: Literal["failed", "undelivered", "sent"] = "undelivered"
    code: int | None = None


@dataclass(frozen=True, slots=True)
class CallbackTrouble:
    """A status callback that goes astray. `of`: only those that report this status.

    "duplicate" posts it twice in a row; "repeat" posts it in its turn, and once more `seconds`
    later, whatever came in between. "reorder" posts it after the next one of the same message,
    or after `seconds` if none comes; "delay" posts it `seconds` later, whatever comes in between.
    What a phone wrote is posted with the status "received", and meets only faults of that name.
    """

    name: ClassVar[str] = "callback"
    always: ClassVar[bool] = False
    how: Literal["drop", "duplicate", "repeat", "delay", "reorder"] = "drop"
    of: str = ""
    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class ListTrouble:
    """A list that cannot be trusted, as Twilio promises no better.

    `lag`: messages younger than so many seconds are missing. `hide_date_sent`: `date_sent` is
    null. `whole_days`: a filter's time of day is ignored. `redact`: bodies are empty. `mask`:
    the last digits of recipients are hidden.
    """

    name: ClassVar[str] = "list"
    always: ClassVar[bool] = True
    lag: float = 0.0
    hide_date_sent: bool = False
    whole_days: bool = False
    redact: bool = False
    mask: bool = False


RequestEffect = ErrorAnswer | Hang | Reset
Effect = RequestEffect | DeliveryResult | CallbackTrouble | ListTrouble
EFFECTS: dict[str, type[Effect]] = {
    effect.name: effect
    for effect in (ErrorAnswer, Hang, Reset, DeliveryResult, CallbackTrouble, ListTrouble)
}
