"""The host's Celery app: `sentry-twilio worker` where CELERY_BROKER_URL is set, and no other than
`celery -A sentry_twilio.server.celery worker`.

Its tasks look into the database for what is due, so that none of them has to be kept: one that
is lost, comes twice or comes late costs nothing but time.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterable
from typing import Any

from celery import bootsteps, signals
from celery.beat import EmbeddedService, Scheduler
from django.conf import settings

from sentry_twilio.server.boot import boot

boot()

from sentry_twilio.delivery import chores, worker_heartbeat  # noqa: E402  (need the settings)
from sentry_twilio.delivery.caretaker import do  # noqa: E402
from sentry_twilio.delivery.drain import DRAIN_SECONDS, Drain  # noqa: E402
from sentry_twilio.delivery.engine_celery import DELIVER, QUEUE, new_app  # noqa: E402

SWEEP, CHORE = "sentry_twilio.sweep", "sentry_twilio.chore"
SWEEP_SECONDS = 3
"""How often to look for what became due, or whose hint was lost."""
LONGEST_SECONDS = DRAIN_SECONDS + settings.LEASE_SECONDS
"""A drain takes nothing new after the one, and waits no longer for a database than the other."""

drain = Drain()


def deliver() -> None:
    """After a commit: send what is due, and do at once the chores that wait for a commit."""
    _ask_for(chore for chore in chores.all_chores() if chore.eager)
    drain()


def sweep() -> None:
    """Send what is due."""
    drain()


def _ask_for(wanted: Iterable[chores.Chore]) -> None:
    for chore in wanted:
        do_chore_task.apply_async((chore.name,), expires=chore.every)


_ONCE = {chore.name: (chore, threading.Lock()) for chore in chores.all_chores()}


def do_chore(name: str) -> None:
    """Do one chore, unless this process is at it already: one that waits for a mail server would
    otherwise take up all threads, and no message would go out. A name that this version no longer
    knows is passed over."""
    chore, under_way = _ONCE.get(name, (None, None))
    if chore is None or under_way is None or not under_way.acquire(blocking=False):
        return
    try:
        do(chore)
    finally:
        under_way.release()


app = new_app(settings.CELERY_BROKER_URL)
app.conf.update(
    # One process whose threads share connections and the limit of SENDER_THREADS. Beside the
    # chores, one thread sends and another one takes the hints that come meanwhile.
    worker_pool="threads",
    worker_concurrency=len(chores.all_chores()) + 2,
    # A task that is under way is the broker's until it is done; nobody hoards others.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # Held where somebody chooses Celery's pool of processes. Threads end by themselves.
    task_time_limit=LONGEST_SECONDS + 60,
    beat_schedule={
        "sweep": {
            "task": SWEEP,
            "schedule": SWEEP_SECONDS,
            "options": {"queue": QUEUE, "expires": SWEEP_SECONDS},
        },
        **{
            chore.name: {
                "task": CHORE,
                "args": (chore.name,),
                "schedule": chore.every,
                # Where the workers were away, one of each is enough.
                "options": {"queue": QUEUE, "expires": chore.every},
            }
            for chore in chores.all_chores()
        },
    },
)
deliver_task = app.task(name=DELIVER)(deliver)
sweep_task = app.task(name=SWEEP)(sweep)
do_chore_task = app.task(name=CHORE)(do_chore)


class _Beat(bootsteps.StartStopStep):  # type: ignore[misc]
    """Each worker has its own beat: none has to be run beside them, and as a thread, none is left
    when its worker is killed."""

    def create(self, worker: Any) -> Any:
        # The scheduler that keeps no file: what is due stands in the database.
        return EmbeddedService(worker.app, thread=True, scheduler_cls=Scheduler)


app.steps["worker"].add(_Beat)

# A line for each sweep and chore would bury what matters.
for _name in ("celery.app.trace", "celery.worker.strategy", "celery.beat"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@signals.setup_logging.connect(weak=False)  # type: ignore[untyped-decorator]
def _keep_logging(**_: Any) -> None:
    """Django's settings have done it; Celery leaves alone what somebody else set up."""


@signals.worker_ready.connect(weak=False)  # type: ignore[untyped-decorator]
def _begin(**_: Any) -> None:
    """A beat's first time comes after the whole of its interval."""
    sweep_task.apply_async()
    _ask_for(chores.all_chores())


@signals.worker_shutting_down.connect(weak=False)  # type: ignore[untyped-decorator]
def _stop(**_: Any) -> None:
    drain.stop()


@signals.worker_shutdown.connect(weak=False)  # type: ignore[untyped-decorator]
def _sign_off(**_: Any) -> None:
    worker_heartbeat.stop()


def run_worker() -> None:
    """A worker, until SIGTERM or SIGINT; then it finishes what is under way."""
    app.worker_main(
        [
            "--quiet",
            "worker",
            # Workers on one machine are told apart by it.
            f"--hostname=sentry-twilio-{os.getpid()}@%h",
            "--without-gossip",
            "--without-mingle",
        ]
    )
