"""Celery as the engine: hints go through a broker, to workers in any process on any machine.

What is in the broker are hints and nothing else. Each worker looks by itself once a second, so
losing them, or the broker, costs no more than that.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

from celery import Celery

from sentry_twilio.delivery import clock, engine

logger = logging.getLogger(__name__)

QUEUE = "sentry_twilio"
DELIVER = "sentry_twilio.deliver"
HINT_EXPIRES = 60
"""Seconds after which a hint that nobody took is dropped: by then, workers looked by themselves."""
GAP_SECONDS = 0.05
"""From one hint to the next: what is committed in between shares one."""
PAUSE_SECONDS = 1.0
"""After a hint that the broker did not take."""
COMPLAINT_SECONDS = 60.0

# Seconds. A broker that accepts a connection and then says nothing must not hold it for ever.
_TRANSPORT = {
    "socket_connect_timeout": 5,
    "socket_timeout": 10,
    "socket_keepalive": True,
}


def new_app(broker_url: str) -> Celery:
    """A Celery app as the host and its workers share it, without tasks."""
    app = Celery("sentry_twilio", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_default_queue=QUEUE,
        task_ignore_result=True,
        broker_transport_options=_TRANSPORT,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
    )
    return app


def install(broker_url: str) -> None:
    """Send a hint through the broker, too, whenever something due is committed."""
    app = new_app(broker_url)
    # Otherwise it would try to connect for ever, and nobody would hear that it cannot.
    app.conf.broker_transport_options = {**_TRANSPORT, "max_retries": 1, "interval_start": 0}

    def publish() -> None:
        app.send_task(DELIVER, queue=QUEUE, expires=HINT_EXPIRES, retry=False)

    engine.subscribe(Publisher(publish).wake)


class Publisher:
    """Calls `publish` from a thread of its own, once for all wakes since the last time.

    The thread is a daemon: a hint that is not out when the process ends is not worth waiting.
    """

    def __init__(self, publish: Callable[[], object]) -> None:
        self._publish = publish
        self._asked = threading.Event()
        self._pid = 0
        self._complained_at: float | None = None

    def wake(self) -> None:
        """Have a hint sent. Returns at once, whatever state the broker is in."""
        if self._pid != os.getpid():
            # Late, and again after a fork: a child inherits no threads, only their locks. Two
            # that come here at the same time start two threads, of which one stays idle.
            asked = self._asked = threading.Event()
            threading.Thread(target=self._run, args=(asked,), name="publisher", daemon=True).start()
            self._pid = os.getpid()
        self._asked.set()

    def _run(self, asked: threading.Event) -> None:
        while True:
            asked.wait()
            asked.clear()
            try:
                self._publish()
            except Exception as exc:  # noqa: BLE001  (whatever it is, the next hint may get out)
                self._complain(exc)
                time.sleep(PAUSE_SECONDS)
            else:
                time.sleep(GAP_SECONDS)

    def _complain(self, exc: Exception) -> None:
        now = clock.elapsed()
        if self._complained_at is None or now - self._complained_at >= COMPLAINT_SECONDS:
            self._complained_at = now
            logger.warning(
                "The broker of CELERY_BROKER_URL does not take hints (%s). Nothing is lost; "
                "a worker finds what is due by itself, within a second.",
                type(exc).__name__,
            )
