"""Which effects are in force, on what, and how often."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from sentry_twilio.emulator.effects import (
    CallbackTrouble,
    DeliveryResult,
    Effect,
    ListTrouble,
    RequestEffect,
    RequestKind,
)


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
        """What happens to the report of a status about `to`, the phone also where it wrote."""
        any_status = "" if status != "received" else status
        for fault in self._faults:
            effect = fault.effect
            if (
                isinstance(effect, CallbackTrouble)
                and effect.of in (any_status, status)
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
