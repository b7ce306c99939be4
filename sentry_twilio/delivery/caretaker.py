"""Does the chores of a process, each when it is due, none twice at the same time."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections, connection

from sentry_twilio.delivery import chores, clock, engine
from sentry_twilio.delivery.chores import Chore

logger = logging.getLogger(__name__)

THREADS = 4
"""One that waits for a mail server does not keep the others from their time."""
LOOK_SECONDS = 0.5


class Caretaker:
    """Runs until `stop`. Any number may run, in any number of processes."""

    def __init__(self) -> None:
        self._woken = threading.Event()
        self._stopping = False
        self._running: set[str] = set()
        self._done_at: dict[str, float] = {}

    def stop(self) -> None:
        """Begin nothing new; `run` returns when what is under way is done."""
        self._stopping = True
        self._woken.set()

    def run(self) -> None:
        engine.subscribe(self._woken.set)
        try:
            with ThreadPoolExecutor(THREADS, thread_name_prefix="chore") as pool:
                while not self._stopping:
                    woken = self._woken.is_set()
                    self._woken.clear()
                    for chore in chores.all_chores():
                        if self._is_due(chore, woken):
                            self._running.add(chore.name)
                            pool.submit(self._do, chore)
                    self._woken.wait(LOOK_SECONDS)
                _close_connections(pool)
        finally:
            engine.unsubscribe(self._woken.set)

    def _is_due(self, chore: Chore, woken: bool) -> bool:
        if chore.name in self._running:
            return False
        done_at = self._done_at.get(chore.name)
        return done_at is None or (woken and chore.eager) or clock.elapsed() - done_at > chore.every

    def _do(self, chore: Chore) -> None:
        try:
            do(chore)
        finally:
            self._done_at[chore.name] = clock.elapsed()
            self._running.discard(chore.name)


def _close_connections(pool: ThreadPoolExecutor) -> None:
    """Each thread has one of its own, and nobody else can close it."""
    together = threading.Barrier(THREADS)

    def close() -> None:
        connection.close()
        together.wait()  # so that no thread takes two turns

    for _ in range(THREADS):
        pool.submit(close)


def do(chore: Chore) -> None:
    """Do a chore now. One that fails is logged: the next time may be better."""
    try:
        close_old_connections()
        chore.run()
    except Exception:
        logger.exception("The chore %s failed; it is tried again.", chore.name)
        connection.close()
