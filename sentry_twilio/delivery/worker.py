"""The coordinator: leases what is due, has threads send it, and writes down what came of it."""

from __future__ import annotations

import logging
import queue
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from sentry_twilio.delivery import engine, lease, results
from sentry_twilio.delivery.calls import NOT_STARTED, call
from sentry_twilio.delivery.results import Result
from sentry_twilio.delivery.senders import Line, Senders

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
        self.owner = secrets.token_hex(8)
        self._inbox: queue.SimpleQueue[Result | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._in_flight = 0
        self._unwritten: list[Result] = []

    def wake(self) -> None:
        """There may be something to do. Safe in any thread."""
        self._inbox.put(None)

    def stop(self) -> None:
        """Take nothing new; `run` returns when what is under way is written down."""
        self._stopping.set()
        self.wake()

    def run(self) -> None:
        """Work until `stop`. Survives a database that is away for a while."""
        engine.subscribe(self.wake)
        senders = Senders()
        with ThreadPoolExecutor(self.threads, thread_name_prefix="sender") as pool:
            try:
                while not self._stopping.is_set() or self._in_flight or self._unwritten:
                    self._collect()
                    self._cycle(pool, senders)
            finally:
                engine.unsubscribe(self.wake)
                senders.close()
                connection.close()

    def _collect(self) -> None:
        """Wait for an outcome or a hint, then take all there are: they are written together."""
        try:
            item = self._inbox.get(timeout=IDLE_SECONDS)
            while True:
                if item is not None:
                    self._unwritten.append(item)
                    self._in_flight -= 1
                item = self._inbox.get_nowait()
        except queue.Empty:
            pass

    def _cycle(self, pool: ThreadPoolExecutor, senders: Senders) -> None:
        try:
            close_old_connections()
            if self._unwritten:
                results.write(self._unwritten)
                self._unwritten = []
            if not self._stopping.is_set():
                self._submit(pool, senders)
        except DatabaseError:
            # The outcomes stay in `_unwritten`, the leased rows with their lease: nothing is
            # lost, and nothing is sent twice.
            logger.exception("The database did not answer; trying again in a second.")
            connection.close()
            time.sleep(IDLE_SECONDS)

    def _submit(self, pool: ThreadPoolExecutor, senders: Senders) -> None:
        # One round more than there are threads: none idles while the next batch is leased.
        room = 2 * self.threads - self._in_flight
        if room <= 0:
            return
        jobs = lease.take(self.owner, room)
        if not jobs:
            return
        lines = senders.for_projects({(job.project, job.plugin) for job in jobs})
        for job in jobs:
            self._in_flight += 1
            pool.submit(self._do, job, lines.get((job.project, job.plugin)))
        if len(jobs) == room:
            self.wake()

    def _do(self, job: lease.Job, line: Line | None) -> None:
        started = time.monotonic()
        stopped = self._stopping.is_set() and job.action == "send"
        answer = NOT_STARTED if stopped else call(job, line)
        seconds = time.monotonic() - started
        self._inbox.put(Result(job, answer, seconds, bool(line and line.status_url)))
