"""What the values of a message's parameters look like: each a question about one text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit


def one_of(*values: str) -> Callable[[str], bool]:
    return frozenset(values).__contains__


def sid(prefix: str) -> Callable[[str], bool]:
    shape = re.compile(f"{prefix}[0-9a-fA-F]{{32}}")
    return lambda text: shape.fullmatch(text) is not None


def whole(least: int, most: int) -> Callable[[str], bool]:
    shape = re.compile(r"[0-9]{1,9}")
    return lambda text: shape.fullmatch(text) is not None and least <= int(text) <= most


def is_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        return False
    if port == 0 or any(character.isspace() for character in text):
        return False
    return url.scheme in ("http", "https") and bool(url.hostname)


def is_callback(text: str) -> bool:
    return is_url(text) and "_" not in (urlsplit(text).hostname or "")


def is_time(text: str) -> bool:
    """A moment: without a zone, or without a time, Twilio would have to guess."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.tzinfo is not None


def is_price(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", text) is not None


def is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
