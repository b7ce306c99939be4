"""How many messages a worker may have at hand: those under way, and some to begin next."""

from __future__ import annotations

from collections.abc import Iterable

AHEAD_SECONDS = 0.3
"""For so long the threads find work while the next batch is leased, which takes a moment."""
MOST_ROUNDS = 3.0
_WEIGHT = 0.1


class Pace:
    """Learns how long a call takes.

    What waits in a worker's own queue waits behind whatever came before, the worst alert too:
    so where a call takes long, next to nothing does.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._seconds = AHEAD_SECONDS

    def learn(self, seconds: Iterable[float]) -> None:
        """These calls have ended, each after so many seconds."""
        for each in seconds:
            self._seconds += _WEIGHT * (each - self._seconds)

    @property
    def at_hand(self) -> int:
        rounds = min(MOST_ROUNDS, AHEAD_SECONDS / max(self._seconds, 0.001))
        return self._threads + round(self._threads * rounds)
