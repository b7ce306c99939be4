"""Values as text for a page, what looks like a secret left out."""

from __future__ import annotations

import json
import re

from sentry_twilio.tracker import shape
from sentry_twilio.tracker.description import Pairs

HIDDEN = "[hidden]"

MOST = 200  # values of one kind
LONGEST = 2000  # characters of one value

# Names whose values nobody needs to mend an error. Sentry hides the same kinds.
_SECRET = re.compile(
    r"passw|passphrase|secret|token|api[_-]?key|private[_-]?key|authorization|credential|cookie|"
    r"csrf|session(?!_?(count|length))|\bauth\b|\bdsn\b|\bssn\b|card[_-]?number|\bcvv?c?\b",
    re.IGNORECASE,
)
# The same in a query or a form's body: name=value&...
_SECRET_FIELD = re.compile(r"(?P<name>[^&=\s?]+)=(?P<value>[^&\s]*)")


def pairs(value: object) -> Pairs:
    """The items of an object, or of a list of pairs, as texts by name."""
    items = list(value.items()) if isinstance(value, dict) else _listed(value)
    return tuple(
        (name, HIDDEN if is_secret(name) else shown(item))
        for key, item in items[:MOST]
        if (name := shape.text(key, 200))
    )


def shown(value: object) -> str:
    """One value as text: a string as it is, anything else as JSON, its secrets hidden."""
    if isinstance(value, str):
        text = _hide_in_text(value)
    elif value is None:
        return ""
    else:
        text = json.dumps(_hide(value), ensure_ascii=False)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def is_secret(name: str) -> bool:
    """Whether a value of that name is not for everybody who sees the issue."""
    return _SECRET.search(name) is not None


def _listed(value: object) -> list[tuple[object, object]]:
    if not isinstance(value, list):
        return []
    return [(item[0], item[1]) for item in value if isinstance(item, list) and len(item) == 2]


def _hide(value: object) -> object:
    if isinstance(value, dict):
        return {k: HIDDEN if is_secret(str(k)) else _hide(item) for k, item in value.items()}
    if isinstance(value, list):
        if len(value) == 2 and isinstance(value[0], str) and is_secret(value[0]):
            return [value[0], HIDDEN]  # a query or headers as pairs
        return [_hide(item) for item in value]
    return value


def _hide_in_text(text: str) -> str:
    if text[:1] in ("{", "["):
        try:  # a request's body, most of the time
            return json.dumps(_hide(json.loads(text)), ensure_ascii=False)
        except (ValueError, RecursionError):
            pass
    return _SECRET_FIELD.sub(_hide_field, text[: 2 * LONGEST])


def _hide_field(match: re.Match[str]) -> str:
    return f"{match['name']}={HIDDEN}" if is_secret(match["name"]) else match[0]
