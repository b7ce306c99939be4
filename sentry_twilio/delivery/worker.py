"""The coordinator: leases what is due, has threads send it, and writes down what came of it."""

from __future__ import annotations

import logging
import queue
import time
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import close_old_connections, connection

from sentry_twilio.core import Unknown
from sentry_twilio.delivery import clock, engine, lease, results, worker_heartbeat
from sentry_twilio.delivery.calls import NOT_STARTED, call
from sentry_twilio.delivery.job import Answer, Job, Result
from sentry_twilio.delivery.pace import Pace
from sentry_twilio.delivery.senders import Senders

logger = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
"""How often to look for what another process has written, or what has become due."""
GATHER_SECONDS = 0.1
"""The least time between two transactions. Meanwhile the threads have a second round to send."""


class Worker:
    """Sends what is due until `stop`. Any number may run, in any number of processes.

    One thread (whoever calls `run`) talks to the database; `threads` others do nothing but
    HTTP, so that a slow provider never holds a transaction open.
    """

    def __init__(self, threads: int | None = None, senders: Senders | None = None) -> None:
        """`senders` stay warm when it ends; it makes and closes its own where none are given."""
        self.threads = threads or settings.SENDER_THREADS
        self._senders = senders
        self._until_idle = False
        self._inbox: queue.SimpleQueue[Result | None] = queue.SimpleQueue()
        self._stop_by: float | None = None
        self._busy: set[int] = set()
        self._unwritten: list[Result] = []
        self._gathered_at = 0.0
        self._pace = Pace(self.threads)

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

    def drain(self) -> None:
        """Work until nothing is due and nothing under way, or `stop`."""
        self._until_idle = True
        self.wake()
        self.run()

    def run(self) -> None:
        """Work until `stop`. Survives whatever goes wrong in between."""
        engine.subscribe(self.wake)
        worker_heartbeat.turned()
        senders = self._senders or Senders()
        with ThreadPoolExecutor(self.threads, thread_name_prefix="sender") as pool:
            try:
                while self._goes_on():
                    self._collect()
                    self._cycle(pool, senders)
            finally:
                engine.unsubscribe(self.wake)
                worker_heartbeat.rests()
                if self._senders is None:
                    senders.close()
                connection.close()

    def _goes_on(self) -> bool:
        if self._stop_by is None:
            return True
        return bool(self._busy or self._unwritten) and clock.elapsed() < self._stop_by

    def _collect(self) -> None:
        """Wait for an outcome or a hint, then take all there are: they are written together.

        The first one is not kept waiting. Under load, the next ones gather for a moment: a
        transaction costs the same for one outcome and for twenty.
        """
        try:
            item = self._inbox.get(timeout=IDLE_SECONDS)
            time.sleep(max(0.0, self._gathered_at + GATHER_SECONDS - time.monotonic()))
            while True:
                if item is not None:
                    self._unwritten.append(item)
                item = self._inbox.get_nowait()
        except queue.Empty:
            pass
        self._gathered_at = time.monotonic()

    def _cycle(self, pool: ThreadPoolExecutor, senders: Senders) -> None:
        try:
            close_old_connections()
            if self._unwritten:
                results.write(self._unwritten)
                # Only now: what is not written yet may not be taken again.
                self._busy -= {result.job.delivery for result in self._unwritten}
                self._pace.learn(result.seconds for result in self._unwritten)
                self._unwritten = []
            if self._stop_by is None:
                self._submit(pool, senders)
                if self._until_idle and not self._busy:
                    self.stop()
            worker_heartbeat.turned()
        except Exception:
            # The outcomes stay in `_unwritten`, the leased rows with their lease: nothing is
            # lost, and nothing is sent twice. Ending here would stop every later text.
            logger.exception("The worker could not go on; trying again in a second.")
            connection.close()
            time.sleep(IDLE_SECONDS)

    def _submit(self, pool: ThreadPoolExecutor, senders: Senders) -> None:
        room = self._pace.at_hand - len(self._busy)
        if room <= 0:
            return
        jobs = lease.take(senders.routes, room, self._busy)
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
