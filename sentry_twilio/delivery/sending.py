"""All that a process does to send: its worker, and the chores beside it."""

from __future__ import annotations

import threading

from sentry_twilio.delivery import worker_heartbeat
from sentry_twilio.delivery.caretaker import Caretaker
from sentry_twilio.delivery.worker import Worker


class Sending:
    """Runs until `stop`, which any thread and any signal handler may call."""

    def __init__(self) -> None:
        self._worker = Worker()
        self._caretaker = Caretaker()

    def wake(self) -> None:
        """Another process has written something."""
        self._worker.wake()
        self._caretaker.wake()

    def stop(self) -> None:
        self._worker.stop()
        self._caretaker.stop()

    def run(self) -> None:
        caretaker = threading.Thread(target=self._caretaker.run, name="caretaker")
        caretaker.start()
        try:
            self._worker.run()
        finally:
            self._caretaker.stop()
            caretaker.join()
            worker_heartbeat.stop()
