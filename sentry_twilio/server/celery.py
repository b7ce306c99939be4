"""The host's Celery app: `sentry-twilio worker` where CELERY_BROKER_URL is set, and no other than
`celery -A sentry_twilio.server.celery worker`.

Beside Celery, such a process does all that one without a broker does, by its own clock. What comes
through the broker has it look at once. So a broker that is away costs a second, and no message.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

from celery import bootsteps, signals
from celery.worker import state
from django.conf import settings

from sentry_twilio.server.boot import boot

boot()

from sentry_twilio.delivery.engine_celery import DELIVER, new_app  # noqa: E402  (need the settings)
from sentry_twilio.delivery.sending import Sending  # noqa: E402
from sentry_twilio.server.beside import Beside  # noqa: E402

app = new_app(settings.CELERY_BROKER_URL)
# The task is nothing to wait for, and takes neither threads nor processes.
app.conf.worker_pool = "solo"
sending = Sending()


@app.task(name=DELIVER)  # type: ignore[untyped-decorator]
def deliver() -> None:
    """A hint. That it has come is all it says, and `_look` has heard of it by now."""


@signals.task_received.connect(weak=False)  # type: ignore[untyped-decorator]
def _look(**_: Any) -> None:
    # Not in the task: Celery's pool may be of processes, and this is the one which sends.
    sending.wake()


class _Sending(bootsteps.StartStopStep):  # type: ignore[misc]
    """Begins before Celery has reached the broker and ends after it has let go of it."""

    # A pool of processes is forked before there are threads.
    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        # Where Celery does not get round to `stop`, the process ends nevertheless.
        self._thread = Beside(sending.run, end_process=_stop_celery, daemon=True)

    def include_if(self, worker: Any) -> bool:
        return True

    def create(self, worker: Any) -> None:
        """There is nothing to be made."""

    def start(self, worker: Any) -> None:
        self._thread.start()

    def stop(self, worker: Any) -> None:
        sending.stop()
        if self._thread.ident is not None:
            self._thread.join()

    terminate = stop


def _stop_celery() -> None:
    # As a signal does, but with another status; Celery looks at it every few seconds.
    state.should_stop = 1


app.steps["worker"].add(_Sending)

# A line for each hint would bury what matters.
for _name in ("celery.app.trace", "celery.worker.strategy"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@signals.setup_logging.connect(weak=False)  # type: ignore[untyped-decorator]
def _keep_logging(**_: Any) -> None:
    """Django's settings have done it; Celery leaves alone what somebody else set up."""


@signals.worker_shutting_down.connect(weak=False)  # type: ignore[untyped-decorator]
def _take_nothing_new(**_: Any) -> None:
    """At once: Celery stops its parts only when it has done with the broker."""
    sending.stop()


def run_worker() -> None:
    """A worker, until SIGTERM or SIGINT; then it finishes what is under way.

    Ends the process with Celery's exit code where that is not 0: `worker_main` keeps it back.
    """
    ended: list[int | None] = []

    def note(sender: Any, **_: Any) -> None:
        ended.append(sender.exitcode)

    signals.worker_shutdown.connect(note)
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
    if any(ended):
        sys.exit(1)
