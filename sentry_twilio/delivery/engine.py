"""Tells the workers of this process that there is something to do.

Only a hint: the rows decide, and a worker that heard nothing looks by itself every second.
"""

from __future__ import annotations

from collections.abc import Callable

_wakers: set[Callable[[], None]] = set()


def subscribe(waker: Callable[[], None]) -> None:
    """Have `waker` called, in any thread, after something due was committed."""
    _wakers.add(waker)


def unsubscribe(waker: Callable[[], None]) -> None:
    _wakers.discard(waker)


def wake() -> None:
    for waker in list(_wakers):
        waker()
