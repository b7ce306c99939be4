"""The host's own way: rows in the outbox, a worker, and look-ups of what is not known."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from unittest import mock

from bench.peers import SENDER, SID, TOKEN, Verdict
from sentry_twilio import TwilioApiClient

GIVE_UP_SECONDS = 60.0
RETRY_FIRST = 0.1
LOOK_UPS = (0.25, 0.5, 1.0, 2.0)
IDLE_SECONDS = 0.1
"""Seconds, and a fraction of what the host waits: the order of events is the same."""
MOVING = ("pending", "sending", "unknown")

_slugs = itertools.count()


def outbox(base_url: str, numbers: Sequence[str], timeout: float) -> list[Verdict]:
    """Enqueue an alert for the numbers and wait until the worker is done with all of them.

    Needs a running worker, and Django loaded with a migrated database.
    """
    from sentry_twilio.core import Alert, plugins
    from sentry_twilio.core.alert import Project as AlertProject
    from sentry_twilio.delivery.models import Delivery
    from sentry_twilio.delivery.outbox import enqueue
    from sentry_twilio.projects.models import Project

    plugin = plugins.get("twilio")
    project = Project.objects.create(name="Shop", slug=f"outbox-{next(_slugs)}")
    for name, value in {
        "account_sid": SID,
        "auth_token": TOKEN,
        "sms_from": SENDER,
        "sms_to": ",".join(numbers),
    }.items():
        plugin.set_option(name, value, project)
    alert = Alert(project=AlertProject.of(project), group="issue:1", title="card declined")
    with (
        mock.patch.object(plugin, "base_url", base_url),
        mock.patch.object(TwilioApiClient, "timeout", (timeout, timeout)),
    ):
        enqueue(project, alert)
        ours = Delivery.objects.filter(project=project)
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while ours.filter(state__in=MOVING).exists():
            if time.monotonic() > deadline:
                raise RuntimeError(f"Still open: {list(ours.values_list('state', 'reason'))}")
            time.sleep(0.02)
        return ["sent" if sid else "failed" for sid in ours.values_list("sid", flat=True)]


@contextmanager
def working() -> Iterator[None]:
    """A worker in a thread of this process, in a hurry."""
    from sentry_twilio.delivery import schedule, worker

    with ExitStack() as hurry:
        hurry.enter_context(mock.patch.object(schedule, "RETRY_FIRST", RETRY_FIRST))
        hurry.enter_context(mock.patch.object(schedule, "LOOK_UPS", LOOK_UPS))
        hurry.enter_context(mock.patch.object(worker, "IDLE_SECONDS", IDLE_SECONDS))
        working = worker.Worker()
        thread = threading.Thread(target=working.run)
        thread.start()
        try:
            yield
        finally:
            working.stop()
            thread.join()
