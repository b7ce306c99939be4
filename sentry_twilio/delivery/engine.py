"""Tells whoever sends that there is something to do.

Only a hint, which says not even what: the rows decide. The workers of this process subscribe
here, and with CELERY_BROKER_URL so does whoever tells those of other processes
(`engine_celery`). A worker that heard nothing looks by itself.
"""

from __future__ import annotations

from collections.abc import Callable

_wakers: set[Callable[[], None]] = set()


def subscribe(waker: Callable[[], None]) -> None:
    """Have `waker` called, in any thread, after something due was committed.

    It may neither block nor raise: with SQLite the next writer waits for it.
    """
    _wakers.add(waker)


def unsubscribe(waker: Callable[[], None]) -> None:
    _wakers.discard(waker)


def wake() -> None:
    for waker in list(_wakers):
        waker()
