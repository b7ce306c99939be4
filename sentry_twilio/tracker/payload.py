"""JSON from outside, made fit for every database."""

from __future__ import annotations

import json
import math
from typing import Any

from sentry_twilio.core.storable import clean_text
from sentry_twilio.tracker.rejected import Rejected

DEEPEST = 100
"""SQLite reads 1,000 levels and Python about as many; SDKs send fewer than 20."""


def parse_object(raw: bytes, what: str) -> dict[str, Any]:
    """The JSON object in `raw`, with nothing in it that PostgreSQL's or SQLite's JSON refuses:
    no NUL or lone surrogate (they become U+FFFD), no infinite number or NaN (null).

    Raises `Rejected` (400), naming `what`, where it is no JSON object, or nested too deeply.
    """
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        # ValueError covers bad UTF-8 and numbers of more than 4,300 digits.
        raise Rejected(400, f"The {what} is not valid JSON.") from None
    if not isinstance(value, dict):
        raise Rejected(400, f"The {what} is not a JSON object.")
    try:
        cleaned: dict[str, Any] = _clean(value, DEEPEST)
    except _TooDeep:
        raise Rejected(400, f"The {what} is nested deeper than {DEEPEST} levels.") from None
    return cleaned


class _TooDeep(Exception):
    pass


def _clean(value: Any, levels: int) -> Any:
    kind = type(value)
    if kind is str:
        return value if value.isascii() and "\0" not in value else clean_text(value)
    if kind is dict:
        if not levels:
            raise _TooDeep
        return {_clean(key, levels): _clean(item, levels - 1) for key, item in value.items()}
    if kind is list:
        if not levels:
            raise _TooDeep
        return [_clean(item, levels - 1) for item in value]
    if kind is float and not math.isfinite(value):
        return None
    return value
