"""What goes wrong on request, and how often."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

When = Literal["before", "after"]
"""Before or after the emulator has done what the request asked for."""
RequestKind = Literal["create", "fetch", "list", "update", "delete", "account", "other", "any"]


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

    "reorder" posts it after the next one of the same message, or after `seconds` if none
    comes; "delay" posts it `seconds` later, whatever comes in between.
    """

    name: ClassVar[str] = "callback"
    always: ClassVar[bool] = False
    how: Literal["drop", "duplicate", "delay", "reorder"] = "drop"
    of: str = ""
    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class ListTrouble:
    """A list that cannot be trusted, as Twilio promises no better.

    `lag`: messages younger than so many seconds are missing. `hide_date_sent`: `date_sent` is
    null. `whole_days`: a filter's time of day is ignored. `redact`: bodies are empty.
    """

    name: ClassVar[str] = "list"
    always: ClassVar[bool] = True
    lag: float = 0.0
    hide_date_sent: bool = False
    whole_days: bool = False
    redact: bool = False


RequestEffect = ErrorAnswer | Hang | Reset
Effect = RequestEffect | DeliveryResult | CallbackTrouble | ListTrouble
EFFECTS: dict[str, type[Effect]] = {
    effect.name: effect
    for effect in (ErrorAnswer, Hang, Reset, DeliveryResult, CallbackTrouble, ListTrouble)
}


@dataclass(slots=True)
class Fault:
    """An effect and what it meets: requests of kind `on`, to the number `to` ("": any).

    `times` is how often it still strikes (None: until it is removed), `share` the part of
    what it meets that it strikes.
    """

    effect: Effect
    on: RequestKind = "create"
    to: str = ""
    times: int | None = 1
    share: float = 1.0
    id: int = 0
    struck: int = field(default=0)

    def describe(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "effect": self.effect.name,
            "on": self.on,
            "to": self.to,
            "times": self.times,
            "share": self.share,
            "struck": self.struck,
            **asdict(self.effect),
        }


class Faults:
    """The faults in force. The first that meets an occasion and strikes is the one."""

    def __init__(self, seed: int | None = None) -> None:
        self._faults: list[Fault] = []
        self._next_id = 1
        self._random = random.Random(seed)  # noqa: S311 - chance for tests, not secrets

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)

    def add(self, fault: Fault) -> Fault:
        fault.id, self._next_id = self._next_id, self._next_id + 1
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    def for_request(self, kind: str, to: str) -> RequestEffect | None:
        for fault in self._faults:
            effect = fault.effect
            if (
                isinstance(effect, RequestEffect)
                and fault.on in ("any", kind)
                and self._strikes(fault, to)
            ):
                return effect
        return None

    def for_delivery(self, to: str) -> DeliveryResult | None:
        for fault in self._faults:
            if isinstance(fault.effect, DeliveryResult) and self._strikes(fault, to):
                return fault.effect
        return None

    def for_callback(self, to: str, status: str) -> CallbackTrouble | None:
        for fault in self._faults:
            effect = fault.effect
            if (
                isinstance(effect, CallbackTrouble)
                and effect.of in ("", status)
                and self._strikes(fault, to)
            ):
                return effect
        return None

    def for_list(self, to: str) -> ListTrouble:
        for fault in self._faults:
            if isinstance(fault.effect, ListTrouble) and self._strikes(fault, to):
                return fault.effect
        return ListTrouble()

    def _strikes(self, fault: Fault, to: str) -> bool:
        if fault.to not in ("", to) or fault.times == 0:
            return False
        if fault.share < 1.0 and self._random.random() >= fault.share:
            return False
        if fault.times is not None:
            fault.times -= 1
        fault.struck += 1
        return True
