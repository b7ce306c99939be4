"""The coordinator: leases what is due, has threads send it, and writes down what came of it."""

from __future__ import annotations

import logging
import queue
import time
from functools import partial

from django.conf import settings
from django.db import close_old_connections, connection

from sentry_twilio.core import Unknown
from sentry_twilio.delivery import clock, engine, lease, results, worker_heartbeat
from sentry_twilio.delivery.calls import NOT_STARTED, call
from sentry_twilio.delivery.crew import Crew, Task
from sentry_twilio.delivery.job import Answer, Job, Result
from sentry_twilio.delivery.pace import Pace
from sentry_twilio.delivery.senders import Senders

logger = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
"""How often to look for what another process has written, or what has become due."""
GATHER_SECONDS = 0.1
"""The least time between two transactions. Meanwhile the threads have a second round to send."""
GRACE_SECONDS = 5.0
"""How long after the end of its lease a call is still waited for. Our calls have time limits, but
a resolver's, or a plugin's, are not in our hands."""


class Worker:
    """Sends what is due until `stop`. Any number may run, in any number of processes.

    One thread (whoever calls `run`) talks to the database; `threads` others do nothing but
    HTTP, so that a slow provider never holds a transaction open.
    """

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or settings.SENDER_THREADS
        self._inbox: queue.SimpleQueue[Result | None] = queue.SimpleQueue()
        self._stop_by: float | None = None
        self._busy: dict[int, tuple[Job, Task]] = {}
        self._unwritten: list[Result] = []
        self._gathered_at = 0.0
        self._pace = Pace(self.threads)

    def wake(self) -> None:
        """There may be something to do. Safe in any thread."""
        self._inbox.put(None)

    def stop(self) -> None:
        """Take nothing new; `run` returns when what is under way is written down.

        A database that stays away, or a call that hangs, is waited for as long as a lease
        lasts: after that, other workers look after what could not be written.
        """
        if self._stop_by is None:
            self._stop_by = clock.elapsed() + settings.LEASE_SECONDS
        self.wake()

    def run(self) -> None:
        """Work until `stop`. Survives whatever goes wrong in between."""
        engine.subscribe(self.wake)
        worker_heartbeat.turned()
        senders = Senders()
        crew = Crew(self.threads)
        try:
            while self._goes_on():
                self._collect()
                self._cycle(crew, senders)
        finally:
            engine.unsubscribe(self.wake)
            worker_heartbeat.rests()
            # They are idle, but for those that hang.
            crew.end(IDLE_SECONDS)
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

    def _cycle(self, crew: Crew, senders: Senders) -> None:
        try:
            close_old_connections()
            if self._unwritten:
                results.write(self._unwritten)
                # Only now: what is not written yet may not be taken again.
                for result in self._unwritten:
                    self._forget(result.job)
                self._pace.learn(result.seconds for result in self._unwritten)
                self._unwritten = []
            self._give_up(crew)
            crew.fill()  # threads that the system did not have before
            if self._stop_by is None:
                self._submit(crew, senders)
            worker_heartbeat.turned()
        except Exception:
            # The outcomes stay in `_unwritten`, the leased rows with their lease: nothing is
            # lost, and nothing is sent twice. Ending here would stop every later text.
            logger.exception("The worker could not go on; trying again in a second.")
            connection.close()
            time.sleep(IDLE_SECONDS)

    def _forget(self, job: Job) -> None:
        # What was given up may be taken anew by the time its answer comes.
        if job.delivery in self._busy and self._busy[job.delivery][0] is job:
            del self._busy[job.delivery]

    def _give_up(self, crew: Crew) -> None:
        """Leave calls behind that do not end: somebody has to find out what became of them."""
        late = clock.elapsed() - GRACE_SECONDS
        for job, task in [entry for entry in self._busy.values() if entry[0].deadline < late]:
            # What waits behind it was not begun, and will not be any more: its turn says so.
            if crew.leave_behind(task):
                logger.error(
                    "A call (%s of delivery %s) has not ended with its lease. It is looked into.",
                    job.action,
                    job.delivery,
                )
                self._forget(job)

    def _submit(self, crew: Crew, senders: Senders) -> None:
        room = self._pace.at_hand - len(self._busy)
        if room <= 0:
            return
        jobs = lease.take(senders.routes, room, self._busy.keys())
        for job in jobs:
            self._busy[job.delivery] = job, crew.submit(partial(self._do, job))
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
