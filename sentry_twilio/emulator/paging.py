"""Pages of a list, with Twilio's envelope around each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sentry_twilio.emulator.problems import Problem

DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE = 1000
_ABOUT_THE_PAGE = ("PageSize", "Page", "PageToken")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The page that a query asks for: the `number`-th of `size` rows, from 0."""

    size: int
    number: int
    token: str
    filters: Mapping[str, str]

    @property
    def start(self) -> int:
        return self.number * self.size


def wanted(query: Mapping[str, str]) -> Wanted | Problem:
    """The page that `query` asks for; a larger one than there is becomes the largest."""
    size = _number(query.get("PageSize", ""), DEFAULT_PAGE_SIZE)
    number = _number(query.get("Page", ""), 0)
    if size is None or size < 1 or number is None:
        return Problem(20001, "PageSize and Page are numbers", status=400)
    filters = {k: v for k, v in query.items() if k not in _ABOUT_THE_PAGE}
    return Wanted(min(size, LARGEST_PAGE), number, query.get("PageToken", ""), filters)


def envelope(
    path: str, page: Wanted, key: str, rows: Sequence[dict[str, Any]], next_token: str = ""
) -> dict[str, Any]:
    """The JSON of a page with `rows` under `key`; `next_token` where there is another one."""

    def uri(number: int, token: str = "") -> str:
        parts = {**page.filters, "PageSize": str(page.size), "Page": str(number)}
        if token:
            parts["PageToken"] = token
        return f"{path}?{urlencode(parts)}"

    return {
        "end": page.start + max(len(rows) - 1, 0),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page.number + 1, next_token) if next_token else None,
        "page": page.number,
        "page_size": page.size,
        "previous_page_uri": uri(page.number - 1) if page.number > 0 else None,
        key: list(rows),
        "start": page.start,
        "uri": uri(page.number, page.token),
    }


def page_of(
    path: str, query: Mapping[str, str], key: str, rows: Sequence[dict[str, Any]]
) -> dict[str, Any] | Problem:
    """One page of a list that does not change while it is read; rows have a `sid`."""
    page = wanted(query)
    if isinstance(page, Problem):
        return page
    shown = rows[page.start : page.start + page.size]
    more = len(rows) > page.start + page.size
    return envelope(path, page, key, shown, f"PA{shown[-1]['sid']}" if more else "")


def _number(text: str, default: int) -> int | None:
    if not text:
        return default
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
