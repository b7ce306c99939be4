"""Which events are the same problem."""

from __future__ import annotations

import hashlib
import json
import re
from posixpath import basename

from sentry_twilio.tracker import shape
from sentry_twilio.tracker.shape import Data

FRAMES = 5
"""Innermost frames that tell one way to an exception from another. More would split an issue
by its callers, fewer would join what merely ends in the same helper."""

_LONGEST = 2000  # characters of a message that are looked at
_DEFAULT = re.compile(r"\{\{\s*default\s*\}\}\Z")
# In this order: what would match several is named by the most telling.
_VARIABLE_PARTS = (
    (re.compile(r"(?i)\b[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"(?i)\b0x[0-9a-f]+\b|\b(?=[a-f]*[0-9])[0-9a-f]{8,}\b"), "<hex>"),
    (re.compile(r"\d+"), "<int>"),
)


def fingerprint(data: Data) -> str:
    """A hex SHA-256 that is equal for events of one issue.

    The SDK's own `fingerprint` wins, `{{ default }}` in it standing for what we would have
    taken: the type of every exception with its innermost frames (no line numbers, so that an
    edit above does not make a new issue), else the message without its variable parts.
    """
    given = data.get("fingerprint")
    custom = [shape.text(part) for part in given] if isinstance(given, list) else []
    parts: list[str] = []
    for part in custom if any(custom) else ["{{ default }}"]:
        parts += _default(data) if _DEFAULT.match(part) else [part]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def normalise(message: str) -> str:
    """A message without its ids, addresses and numbers."""
    message = message[:_LONGEST]
    for pattern, name in _VARIABLE_PARTS:
        message = pattern.sub(name, message)
    return message


def _default(data: Data) -> list[str]:
    # A type-less exception is the synthetic one of JavaScript's captureMessage.
    typed = [exc for exc in shape.exceptions(data) if shape.text(exc.get("type"))]
    if typed:
        return [part for exc in typed for part in _of_exception(exc)]
    if message := shape.template(data):
        return ["message", normalise(message), shape.text(data.get("logger"))]
    values = [shape.text(exc.get("value")) for exc in shape.exceptions(data)]
    return [
        "event",
        *map(normalise, values),
        *_of_frames(data),
        shape.text(data.get("transaction")),
    ]


def _of_exception(exc: Data) -> list[str]:
    found = _of_frames(exc) or [normalise(shape.text(exc.get("value")))]
    return [shape.text(exc.get("type")), *found]


def _of_frames(holder: Data) -> list[str]:
    return [
        f"{_module(frame)}:{shape.text(frame.get('function'))}"
        for frame in shape.telling_frames(holder)[-FRAMES:]
    ]


def _module(frame: Data) -> str:
    if module := shape.text(frame.get("module")):
        return module
    # A bundle is named anew with every build, and served under several addresses.
    path = re.split(r"[?#]", shape.text(frame.get("filename")), maxsplit=1)[0]
    return normalise(basename(path.replace("\\", "/")))
