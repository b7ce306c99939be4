"""The key of the DSN that a request was made with."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.http import HttpRequest

_PAIR = re.compile(r"\bsentry_key\s*=\s*\"?([^\s,\"]+)")
_KEY = re.compile(r"[0-9a-fA-F]{32}\Z")
_HEADERS = ("X-Sentry-Auth", "Authorization")


def key_of_request(request: HttpRequest) -> str | None:
    """The key in `X-Sentry-Auth`, `Authorization: Sentry ...` or the query; None without one.

    Python's SDKs send the first, browsers and Node the last, since it needs no preflight.
    """
    for name in _HEADERS:
        value = request.headers.get(name, "")
        if value[:7].lower() == "sentry " and (found := _PAIR.search(value)):
            return found[1]
    return request.GET.get("sentry_key") or None


def key_of_dsn(dsn: object) -> str | None:
    """The key in a DSN, which an envelope's header may carry."""
    try:
        return urlsplit(dsn).username if isinstance(dsn, str) else None
    except ValueError:
        return None


def is_well_formed(key: str) -> bool:
    """Whether a key looks like one of ours: 32 hex characters."""
    return _KEY.match(key) is not None
