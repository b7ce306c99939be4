"""The path of a raw request: what keeps it on the host and inside the API."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from sentry_twilio.twilio.connection import API_VERSION

_FORBIDDEN = re.compile(r"[\\#\x00-\x20\x7f]|%(?:2f|5c|00)", re.IGNORECASE)


def absolute(path: str) -> str:
    """The path from the host's root, of one relative to `/2010-04-01`, with its query if any.

    `/Accounts/AC….json`, `Accounts/AC….json` and, as Twilio itself names a next page,
    `/2010-04-01/Accounts/AC….json` are the same. Raises a ValueError for whatever might lead
    elsewhere: a URL, another host, a step upwards, and these in disguise.
    """
    if path.startswith("//") or urlsplit(path).scheme or urlsplit(path).netloc:
        raise ValueError(f"A raw request takes a path relative to {API_VERSION}, not a URL.")
    if _FORBIDDEN.search(path):
        raise ValueError(
            "A path may hold no blanks, backslashes or fragment, and no escaped slashes."
        )
    relative = path.removeprefix(f"{API_VERSION}/").lstrip("/")
    steps = unquote(relative.partition("?")[0])
    # What is still escaped has been twice, which only a disguise needs.
    if "%" in steps or not {"", ".", ".."}.isdisjoint(steps.split("/")):
        raise ValueError(f"A path stays below {API_VERSION}: it has no empty or dotted steps.")
    return f"{API_VERSION}/{relative}"
