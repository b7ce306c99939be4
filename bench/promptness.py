"""From an exception in an application to the request at Twilio, through the real SDK."""

from __future__ import annotations

import os
import statistics
import time
import uuid
from datetime import datetime

from bench.emulated import Emulated, emulated
from bench.filling import project_for
from bench.servers import free_port, running
from bench.table import Promise, percentile, show

EXCEPTIONS = 60


def measure() -> list[Promise]:
    """Needs Django loaded with a migrated database of its own, which the host then shares."""
    import sentry_sdk
    from django.db import connections

    from sentry_twilio.projects.models import ProjectKey
    from sentry_twilio.tracker.models import Rule

    project = project_for(["+14155550100"])
    key = ProjectKey.objects.create(project=project)
    Rule.objects.create(project=project, name="New issues")
    connections.close_all()
    port = free_port()
    with emulated(0.0) as emulator:
        environ = {**os.environ, "TWILIO_BASE_URL": emulator.base_url, "LOG_LEVEL": "WARNING"}
        host = ["-m", "sentry_twilio", "serve", "--port", str(port)]
        with running(host, port, environ):
            sentry_sdk.init(f"http://{key.public_key}@127.0.0.1:{port}/{project.pk}")
            try:
                delays = [_raise(emulator) for _ in range(EXCEPTIONS)][5:]
            finally:
                sentry_sdk.get_client().close()
                sentry_sdk.init()
    show(
        f"From an exception to the request at Twilio ({len(delays)} exceptions, one at a time)",
        ["", "median", "p99"],
        [
            [
                "sentry-sdk, envelope/, outbox, worker",
                f"{statistics.median(delays) * 1000:.0f} ms",
                f"{percentile(delays, 0.99) * 1000:.0f} ms",
            ]
        ],
    )
    return []


def _raise(emulator: Emulated) -> float:
    """Seconds from one exception, of an issue of its own, to its request."""
    import sentry_sdk

    name = uuid.uuid4().hex
    error = type(f"Error{name}", (Exception,), {})
    began = time.time()
    sentry_sdk.capture_exception(error("card declined"))
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for message in emulator.messages():
            if name in message["body"]:
                return datetime.fromisoformat(message["created_at"]).timestamp() - began
        time.sleep(0.02)
    raise RuntimeError("The message did not come.")
