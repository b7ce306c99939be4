"""Work that waits for somebody else, for so long and no longer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from sentry_twilio.delivery import clock

T = TypeVar("T")


def run_all(works: Sequence[Callable[[], T]], seconds: float, otherwise: T) -> list[T]:
    """What each of them returned, in their order; `otherwise` for those that take longer.

    They run at the same time, and may not raise. A mail server's time-out begins anew with
    each byte, so that one which sends a byte now and then would hold us for ever. Such a thread is
    left behind: it ends when the other side does, and keeps no process from ending.
    """
    results = [otherwise] * len(works)

    def run(place: int) -> None:
        results[place] = works[place]()

    threads = [
        threading.Thread(target=run, args=[place], name="outside", daemon=True)
        for place in range(len(works))
    ]
    until = clock.elapsed() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - clock.elapsed()))
    # A copy: one that was left behind may still write.
    return list(results)
