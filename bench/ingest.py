"""Events through `envelope/` until the rule is decided, beside a view that inserts one row."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import statistics
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from bench.servers import free_port, running
from bench.table import Promise, percentile, show

CLIENTS = 10
EVENTS = 600
ROUNDS = 5
NEW_EVERY = 10
"""Every so many events an issue is new: its rule fires, and its messages are enqueued."""
CAPTURE = Path(__file__).parent.parent / "tests/data/envelopes/py_exception-1.body"


def envelopes(count: int) -> Iterator[bytes]:
    """What sentry-sdk sends for an exception, each an event of its own, as packed as it does."""
    captured = gzip.decompress(CAPTURE.read_bytes())
    _, _, payload = captured.split(b"\n", 2)
    event = json.loads(payload)
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    for number in range(count):
        event["event_id"] = uuid.uuid4().hex
        is_new = number % NEW_EVERY == 0
        frames[-1]["function"] = f"charge_{uuid.uuid4().hex}" if is_new else "charge"
        body = json.dumps(event).encode()
        item = json.dumps({"type": "event", "length": len(body)}).encode()
        header = json.dumps({"event_id": event["event_id"]}).encode()
        yield gzip.compress(b"\n".join((header, item, body)) + b"\n", 6)


def drive(port: int, project: int, key: str) -> tuple[float, list[float]]:
    """Events a second, and the seconds that each took."""
    waiting = list(envelopes(EVENTS))
    seconds: list[float] = []
    failures: list[object] = []
    headers = {
        "Content-Encoding": "gzip",
        "Content-Type": "application/x-sentry-envelope",
        "X-Sentry-Auth": f"Sentry sentry_key={key}, sentry_version=7, sentry_client=bench/1",
    }

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while True:
            try:
                body = waiting.pop()
            except IndexError:
                break
            began = time.perf_counter()
            connection.request("POST", f"/api/{project}/envelope/", body, headers)
            answer = connection.getresponse()
            text = answer.read()
            seconds.append(time.perf_counter() - began)
            if answer.status != 200:
                failures.append((answer.status, text[:200]))
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - began
    if failures:
        raise RuntimeError(f"{len(failures)} events were refused, the first with {failures[0]}")
    return EVENTS / wall, seconds


def measure() -> list[Promise]:
    """Needs Django loaded with a migrated database of its own, which the host then shares."""
    from django.db import connections

    from sentry_twilio.core import plugins
    from sentry_twilio.delivery.models import Delivery
    from sentry_twilio.projects.models import Project, ProjectKey
    from sentry_twilio.tracker.models import Event, Issue, Rule

    project = Project.objects.create(name="Bench", slug="bench")
    key = ProjectKey.objects.create(project=project)
    Rule.objects.create(project=project, name="New or regressed issues")
    plugin = plugins.get("twilio")
    for name, value in {
        "account_sid": "AC" + "b" * 32,
        "auth_token": "c" * 32,
        "sms_from": "+15005550006",
        "sms_to": "+14155550100",
    }.items():
        plugin.set_option(name, value, project)
    connections.close_all()

    ports = {"ours": free_port(), "bare": free_port()}
    environ = {"EVENTS_PER_MINUTE_KEY": "100000000", "EVENTS_PER_MINUTE_PROJECT": "100000000"}
    host = ["-m", "sentry_twilio", "serve", "--no-worker", "--port", str(ports["ours"])]
    bare = ["-m", "bench.bare", str(ports["bare"])]
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    times: dict[str, list[float]] = {"ours": [], "bare": []}
    quiet = {**os.environ, **environ, "LOG_LEVEL": "WARNING"}
    with running(host, ports["ours"], quiet), running(bare, ports["bare"], quiet):
        for name in ("bare", "ours"):  # warm both
            drive(ports[name], project.pk, key.public_key)
        for _ in range(ROUNDS):
            for name in ("bare", "ours"):
                rate, seconds = drive(ports[name], project.pk, key.public_key)
                rates[name].append(rate)
                times[name] += seconds
    sent = EVENTS * (ROUNDS + 1)
    counted = sum(Issue.objects.values_list("times_seen", flat=True))
    if counted != sent or Delivery.objects.filter(project=project).count() < sent // NEW_EVERY:
        raise RuntimeError(f"{sent} events were sent and {counted} counted.")
    show(
        f"Events from {CLIENTS} clients, every {NEW_EVERY}th a new issue that fires "
        f"(medians of {ROUNDS} rounds of {EVENTS})",
        ["", "events/s", "median", "p99"],
        [
            [
                label,
                f"{statistics.median(rates[name]):.0f}",
                f"{statistics.median(times[name]) * 1000:.1f} ms",
                f"{percentile(times[name], 0.99) * 1000:.1f} ms",
            ]
            for name, label in (
                ("bare", "a Django view that inserts one row"),
                ("ours", "envelope/ until the rule is decided"),
            )
        ],
    )
    print(f"  kept: {Event.objects.count()} events of {Issue.objects.count()} issues")
    ratio = statistics.median(
        own / other for own, other in zip(rates["ours"], rates["bare"], strict=True)
    )
    return [Promise("Events beside the bare view", ratio, 0.35, at_most=False)]
