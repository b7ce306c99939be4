"""The answer to a request that cannot be taken in."""

from __future__ import annotations

from collections.abc import Mapping


class Rejected(Exception):
    """Nothing is stored; the SDK gets `status` and `detail`, and drops the event.

    `detail` is ASCII and one line, since it is sent as a header too, and it never repeats
    what the request held.
    """

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
