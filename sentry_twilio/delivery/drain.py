"""Sending until nothing is due: what a worker does that is called, where others look."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sentry_twilio.delivery.senders import Senders
from sentry_twilio.delivery.worker import Worker

DRAIN_SECONDS = 30.0
"""How long a drain takes new messages; what is under way then is finished."""


class Drain:
    """Of any number of calls in this process one sends at a time; the others have it look again.

    So a process sends as many messages at the same time as SENDER_THREADS says, however many
    hints arrive.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._only_one = threading.Lock()
        self._senders = Senders()
        self._worker: Worker | None = None
        self._stopping = False

    def __call__(self) -> None:
        """Send what is due now. Returns early where another thread is at it already."""
        self._asked.set()
        while self._asked.is_set() and not self._stopping:
            if not self._only_one.acquire(blocking=False):
                # Whoever has it looks at `_asked` after giving it back.
                self._tell(Worker.wake)
                return
            try:
                self._asked.clear()
                self._once()
            finally:
                self._only_one.release()

    def stop(self) -> None:
        """Take nothing new; the call that sends returns when what is under way is done."""
        self._stopping = True
        self._tell(Worker.stop)

    def _tell(self, what: Callable[[Worker], None]) -> None:
        worker = self._worker
        if worker is not None:
            what(worker)

    def _once(self) -> None:
        worker = self._worker = Worker(senders=self._senders)
        if self._stopping:
            return
        # A database that is away, or a provider that never answers, may not hold it for ever.
        limit = threading.Timer(DRAIN_SECONDS, worker.stop)
        limit.daemon = True
        limit.start()
        try:
            worker.drain()
        finally:
            limit.cancel()
            self._worker = None
