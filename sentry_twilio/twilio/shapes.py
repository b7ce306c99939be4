"""What the values of a message's parameters look like: each a question about one text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime

from sentry_twilio.core.addresses import web_address

# What `fromisoformat` takes of a zone depends on Python's version: 3.10 takes no Z.
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.[0-9]+)?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])"
)


def one_of(*values: str) -> Callable[[str], bool]:
    return frozenset(values).__contains__


def sid(prefix: str) -> Callable[[str], bool]:
    shape = re.compile(f"{prefix}[0-9a-fA-F]{{32}}")
    return lambda text: shape.fullmatch(text) is not None


def whole(least: int, most: int) -> Callable[[str], bool]:
    shape = re.compile(r"[0-9]{1,9}")
    return lambda text: shape.fullmatch(text) is not None and least <= int(text) <= most


def is_url(text: str) -> bool:
    return web_address(text) is not None


def is_callback(text: str) -> bool:
    url = web_address(text)
    return url is not None and "_" not in (url.hostname or "")


def is_time(text: str) -> bool:
    """A moment: without a zone, or without a time, Twilio would have to guess."""
    parts = _MOMENT.fullmatch(text)
    if parts is None:
        return False
    try:
        datetime.fromisoformat(parts[1])
    except ValueError:
        return False
    return True


def is_price(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", text) is not None


def is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
