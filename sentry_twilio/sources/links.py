"""Links that a body brought: a text message bears one only where it leads to the tracker."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LONGEST = 500

WITH_OWN_HOSTS = frozenset({"sentry.io"})
"""Whoever has an account there has a host of their own below it."""

_BAD = re.compile(r"[\x00-\x20\x7f\\]")
_PORTS = {"http": 80, "https": 443}


def kept(url: str, base_url: str) -> str:
    """`url` where it leads to the host and port of `base_url`, "" otherwise.

    Whoever learns a source's URL could else put a link of theirs into a message that people
    trust.
    """
    place, expected = _place(url), _place(base_url)
    if place is None or expected is None or len(url) > LONGEST:
        return ""
    scheme, host, port = place
    base_scheme, base_host, base_port = expected
    is_below = base_host in WITH_OWN_HOSTS and host.endswith(f".{base_host}")
    if host != base_host and not is_below:
        return ""
    # Over plain http only where the tracker itself is.
    is_safe = scheme == "https" or base_scheme == "http"
    same_port = port == base_port or {port, base_port} == set(_PORTS.values())
    return url if is_safe and same_port else ""


def _place(url: str) -> tuple[str, str, int] | None:
    if _BAD.search(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    if parts.username is not None or not parts.hostname:
        return None
    return parts.scheme, parts.hostname.lower().rstrip("."), port
