"""The coordinator: leases what is due, has threads send it, and writes down what came of it."""

from __future__ import annotations

import logging
import queue
import time
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import close_old_connections, connection

from sentry_twilio.core import Unknown
from sentry_twilio.delivery import clock, engine, lease, results
from sentry_twilio.delivery.calls import NOT_STARTED, Answer, call
from sentry_twilio.delivery.job import Job
from sentry_twilio.delivery.results import Result
from sentry_twilio.delivery.senders import Senders

logger = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
"""How often to look for what another process has written, or what has become due."""


class Worker:
    """Sends what is due until `stop`. Any number may run, in any number of processes.

    One thread (whoever calls `run`) talks to the database; `threads` others do nothing but
    HTTP, so that a slow provider never holds a transaction open.
    """

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or settings.SENDER_THREADS
        self._inbox: queue.SimpleQueue[Result | None] = queue.SimpleQueue()
        self._stop_by: float | None = None
        self._busy: set[int] = set()
        self._unwritten: list[Result] = []

    def wake(self) -> None:
        """There may be something to do. Safe in any thread."""
        self._inbox.put(None)

    def stop(self) -> None:
        """Take nothing new; `run` returns when what is under way is written down.

        A database that stays away is waited for as long as a lease lasts: after that, other
        workers look after what could not be written.
        """
        if self._stop_by is None:
            self._stop_by = clock.elapsed() + settings.LEASE_SECONDS
        self.wake()

    def run(self) -> None:
        """Work until `stop`. Survives whatever goes wrong in between."""
        engine.subscribe(self.wake)
        senders = Senders()
        with ThreadPoolExecutor(self.threads, thread_name_prefix="sender") as pool:
            try:
                while self._goes_on():
                    self._collect()
                    self._cycle(pool, senders)
            finally:
                engine.unsubscribe(self.wake)
                senders.close()
                connection.close()

    def _goes_on(self) -> bool:
        if self._stop_by is None:
            return True
        return bool(self._busy or self._unwritten) and clock.elapsed() < self._stop_by

    def _collect(self) -> None:
        """Wait for an outcome or a hint, then take all there are: they are written together."""
        try:
            item = self._inbox.get(timeout=IDLE_SECONDS)
            while True:
                if item is not None:
                    self._unwritten.append(item)
                item = self._inbox.get_nowait()
        except queue.Empty:
            pass

    def _cycle(self, pool: ThreadPoolExecutor, senders: Senders) -> None:
        try:
            close_old_connections()
            if self._unwritten:
                results.write(self._unwritten)
                # Only now: what is not written yet may not be taken again.
                self._busy -= {result.job.delivery for result in self._unwritten}
                self._unwritten = []
            if self._stop_by is None:
                self._submit(pool, senders)
        except Exception:
            # The outcomes stay in `_unwritten`, the leased rows with their lease: nothing is
            # lost, and nothing is sent twice. Ending here would stop every later text.
            logger.exception("The worker could not go on; trying again in a second.")
            connection.close()
            time.sleep(IDLE_SECONDS)

    def _submit(self, pool: ThreadPoolExecutor, senders: Senders) -> None:
        # One round more than there are threads: none idles while the next batch is leased.
        room = 2 * self.threads - len(self._busy)
        if room <= 0:
            return
        jobs = lease.take(senders.lines, room, self._busy)
        for job in jobs:
            self._busy.add(job.delivery)
            pool.submit(self._do, job)
        if len(jobs) == room:
            self.wake()

    def _do(self, job: Job) -> None:
        started = time.monotonic()
        answer: Answer = Unknown("The thread that was at work on it ended.")
        try:
            stopped = self._stop_by is not None and job.action == "send"
            answer = NOT_STARTED if stopped else call(job)
        finally:
            self._inbox.put(Result(job, answer, time.monotonic() - started))
