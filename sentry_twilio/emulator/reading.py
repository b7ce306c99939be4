"""JSON that a test sends, read into the emulator's own types with an error for each mistake."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from sentry_twilio.emulator.effects import EFFECTS
from sentry_twilio.emulator.faults import Fault

T = TypeVar("T")
# Set by the emulator alone.
_NOT_GIVEN = frozenset({"effect", "id", "struck"})
_DAY = 86_400
# Least and most of every number, by its name; the seconds are all bounded by a day.
RANGES: dict[str, tuple[int, int]] = {
    "share": (0, 1),
    "times": (0, 1_000_000),
    "status": (400, 599),
    "code": (1, 999_999),
    "seconds": (0, _DAY),
    "retry_after": (0, _DAY),
    "lag": (0, _DAY),
    "latency": (0, _DAY),
    "pace": (0, _DAY),
    "concurrency": (0, 10_000),
    "balance": (-1_000_000, 1_000_000),
}


class BadInput(ValueError):
    """What was sent cannot be read; the text says why."""


def read_fault(data: object) -> Fault:
    """A fault from its JSON object, see docs/emulator.md. Raises `BadInput`."""
    if not isinstance(data, dict):
        raise BadInput("A fault is a JSON object.")
    rest = dict(data)
    name = rest.pop("effect", None)
    if not isinstance(name, str) or name not in EFFECTS:
        raise BadInput(f"effect is one of {', '.join(EFFECTS)}.")
    effect_type = EFFECTS[name]
    own = {field.name for field in fields(Fault)} - _NOT_GIVEN
    about_fault = {key: rest.pop(key) for key in own & rest.keys()}
    if "times" not in about_fault and ("share" in about_fault or effect_type.always):
        about_fault["times"] = None
    effect = read_into(effect_type, rest)
    return read_into(Fault, about_fault, effect=effect)


def read_into(cls: type[T], data: Mapping[str, object], **given: Any) -> T:
    """An instance of a dataclass from JSON values, checked against the fields' types.

    Raises `BadInput` for an unknown name or a value of another type.
    """
    hints = get_type_hints(cls)
    names = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
    for name, value in data.items():
        if name not in names or name in given:
            known = ", ".join(sorted(names.keys() - given.keys() - _NOT_GIVEN))
            raise BadInput(f"{name} is not known here. Known: {known}.")
        given[name] = _read(hints[name], name, value)
    for name, field in names.items():
        if name not in given and field.default is MISSING and field.default_factory is MISSING:
            raise BadInput(f"{name} is missing.")
    return cls(**given)


def _read(hint: Any, name: str, value: object) -> object:
    if get_origin(hint) is Literal:
        if value in get_args(hint) and isinstance(value, str):
            return value
        raise BadInput(f"{name} is one of {', '.join(get_args(hint))}.")
    if get_origin(hint) is list:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return list(value)
        raise BadInput(f"{name} is a list of texts.")
    allowed = get_args(hint) if get_origin(hint) in (types.UnionType, Union) else (hint,)
    if type(value) is int and float in allowed:
        allowed = (*allowed, int)
    if type(value) not in allowed:
        words = " or ".join("null" if kind is type(None) else kind.__name__ for kind in allowed)
        raise BadInput(f"{name} is {words}.")
    if type(value) is int or type(value) is float:
        least, most = RANGES[name]
        if not least <= value <= most:  # not a number is outside of any range
            raise BadInput(f"{name} is between {least} and {most}.")
        return float(value) if float in allowed else value
    return value
