"""Does the chores of a process, each when it is due, none twice at the same time."""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable
from functools import partial

from django.db import close_old_connections, connection

from sentry_twilio.delivery import chores, clock, engine
from sentry_twilio.delivery.chores import Chore
from sentry_twilio.delivery.crew import Crew

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
END_SECONDS = 5.0
"""How long chores may go on once they are told to end. What they leave undone another process
takes up: they are made for a crash at any moment."""


class Caretaker:
    """Runs until `stop`. Any number may run, in any number of processes."""

    def __init__(self, wanted: Callable[[Chore], bool] = lambda chore: True) -> None:
        """`wanted` says which of the chores are this process's business."""
        self._wanted = wanted
        # No Event: a signal may interrupt its `set`, and the handler's would wait for ever.
        self._hints: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._stopping = False
        self._running: set[str] = set()
        self._done_at: dict[str, float] = {}

    def wake(self) -> None:
        """Do the eager chores at once. Safe in any thread and signal handler."""
        self._hints.put(None)

    def stop(self) -> None:
        """Begin nothing new; `run` returns when what is under way is done, or left behind."""
        self._stopping = True
        self.wake()

    def run(self) -> None:
        mine = [chore for chore in chores.all_chores() if self._wanted(chore)]
        # One that waits for somebody else's server does not keep the others from their time.
        # Each thread has a connection of its own, which nobody else can close.
        crew = Crew(max(1, len(mine)), "chore", at_end=lambda: connection.close())
        engine.subscribe(self.wake)
        try:
            woken = False
            while not self._stopping:
                crew.fill()  # threads that the system did not have before
                for chore in mine:
                    if self._is_due(chore, woken):
                        self._running.add(chore.name)
                        crew.submit(partial(self._do, chore))
                woken = self._wait()
        finally:
            engine.unsubscribe(self.wake)
            crew.end(END_SECONDS)

    def _wait(self) -> bool:
        """Whether somebody woke it before it was time to look anyway."""
        try:
            self._hints.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            return False
        for _ in range(self._hints.qsize()):
            self._hints.get_nowait()
        return True

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


def do(chore: Chore) -> None:
    """Do a chore now. One that fails is logged: the next time may be better."""
    try:
        close_old_connections()
        chore.run()
    except Exception:
        logger.exception("The chore %s failed; it is tried again.", chore.name)
        connection.close()
