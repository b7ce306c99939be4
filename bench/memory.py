"""Memory of the host with its worker after many deliveries, beside that after a tenth."""

from __future__ import annotations

import os
import time
from pathlib import Path

from bench.emulated import emulated
from bench.filling import AT_ONCE, project_for, tell
from bench.servers import free_port, running
from bench.table import Promise, show

FEW, MANY = 10_000, 100_000
LONGEST = 1800.0


def measure() -> list[Promise]:
    """Needs Django loaded with a migrated database of its own, which the host then shares."""
    from django.db import connections

    project = project_for([f"+1510555{number:04}" for number in range(AT_ONCE)])
    connections.close_all()
    port = free_port()
    with emulated(0.0) as emulator:
        environ = {
            **os.environ,
            "TWILIO_BASE_URL": emulator.base_url,
            "LOG_LEVEL": "WARNING",
            # Twilio takes no such name, so no reports are asked for: they would take ten times as
            # long to come as the messages to leave.
            "PUBLIC_URL": "http://without_reports",
            "STATUS_POLL_SECONDS": "100000000",
            # All that is done later in a message's life is done from the beginning.
            "FALLBACK_ACCEPTED_SECONDS": "5",
            "FALLBACK_DELIVERED_SECONDS": "10",
            "SENDER_THREADS": str(AT_ONCE),
        }
        host = ["-m", "sentry_twilio", "serve", "--port", str(port)]
        with running(host, port, environ) as pid:
            began = time.monotonic()
            _deliver(project.pk, FEW)
            few = _resident(pid)
            _deliver(project.pk, MANY)
            many = _resident(pid)
            seconds = time.monotonic() - began
    show(
        f"Resident memory of host and worker ({MANY / seconds:.0f} deliveries/s)",
        ["", "MiB"],
        [
            [f"after {count:,} deliveries", f"{size / 2**20:.0f}"]
            for count, size in ((FEW, few), (MANY, many))
        ],
    )
    return [Promise(f"Memory after {MANY:,} deliveries beside {FEW:,}", many / few, 1.2)]


def _deliver(project_id: int, until: int) -> None:
    """Enqueue alerts until there were so many deliveries, and wait until all are settled."""
    from sentry_twilio.delivery.models import Delivery
    from sentry_twilio.projects.models import Project

    project = Project.objects.get(pk=project_id)
    ours = Delivery.objects.filter(project=project_id)
    waiting = ours.filter(state__in=("pending", "sending", "unknown"))
    deadline = time.monotonic() + LONGEST
    count = ours.count()
    while count < until or waiting.exists():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{waiting.count()} of {count} still wait.")
        if count < until and waiting.count() < 20 * AT_ONCE:
            for _ in range(10):
                tell(project, f"card declined for order {count}")
                count += AT_ONCE
        else:
            time.sleep(0.05)


def _resident(pid: int) -> int:
    """Bytes, as Linux counts them."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
