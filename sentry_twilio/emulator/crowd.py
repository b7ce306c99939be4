"""How many requests are answered at the same time, and how many may be.

https://www.twilio.com/docs/usage/rest-api-best-practices: an account has a limit, and what
goes beyond it is refused with a 429 and not processed.
"""

from __future__ import annotations

from types import TracebackType


class Crowd:
    """The requests that were let in; enter it for as long as one of them takes."""

    def __init__(self) -> None:
        self._inside = 0

    def fills(self, limit: int) -> bool:
        """Whether there is no room for one more; a limit of 0 is none."""
        return 0 < limit <= self._inside

    def __enter__(self) -> None:
        self._inside += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._inside -= 1
