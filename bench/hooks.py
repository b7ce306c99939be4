"""200 calls of Sentry at once: each has to be answered within the second that Sentry waits."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import statistics
import threading
import time
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

from bench.servers import free_port, running
from bench.table import Promise, percentile, show

CALLS = 200
ROUNDS = 5
SECRET = "the client secret"
FRAME = {
    "filename": "shop/views.py",
    "function": "charge",
    "lineno": 42,
    "context_line": "    raise PaymentError(card)",
    "pre_context": ["    card = order.card", "    if card.declined:"] * 3,
    "post_context": ["", "def refund(order):"] * 3,
    "in_app": True,
    "vars": {"card": "'4242'", "order": "<Order 102233>", "request": "<WSGIRequest: POST>"},
}


def body() -> bytes:
    """What Sentry sends for an event with 60 frames, some 30 KB, each of an issue of its own."""
    number = str(uuid.uuid4().int % 10**12)
    event = {
        "event_id": uuid.uuid4().hex,
        "title": "PaymentError: card declined",
        "culprit": "shop.views in charge",
        "level": "error",
        "project": 1,
        "timestamp": time.time(),
        "tags": [["environment", "production"]],
        "exception": {"values": [{"type": "PaymentError", "stacktrace": {"frames": [FRAME] * 60}}]},
        "issue_id": number,
        "url": "https://sentry.io/api/0/projects/acme/shop/events/1/",
        "web_url": f"https://sentry.io/organizations/acme/issues/{number}/events/1/",
    }
    data = {"event": event, "triggered_rule": "Payments"}
    return json.dumps({"action": "triggered", "data": data}).encode()


def at_once(port: int, path: str) -> list[float]:
    """The seconds from the first byte of each call to the end of its answer."""
    bodies = [body() for _ in range(CALLS)]
    seconds: list[float] = []
    failures: list[object] = []
    start = threading.Barrier(CALLS)

    def call(raw: bytes) -> None:
        signature = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "Sentry-Hook-Resource": "event_alert",
            "Sentry-Hook-Signature": signature,
        }
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        start.wait()
        began = time.perf_counter()
        connection.request("POST", path, raw, headers)
        answer = connection.getresponse()
        text = answer.read()
        seconds.append(time.perf_counter() - began)
        if answer.status != 202:
            failures.append((answer.status, text[:200]))
        connection.close()

    threads = [threading.Thread(target=call, args=(raw,)) for raw in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(f"{len(failures)} calls were refused, the first with {failures[0]}")
    return seconds


def measure() -> list[Promise]:
    """Needs Django loaded with a migrated database of its own, which the host then shares."""
    from django.db import connections

    from sentry_twilio.projects.models import Project
    from sentry_twilio.sources import creation, vault
    from sentry_twilio.sources.models import Call
    from sentry_twilio.tracker.models import Issue

    project = Project.objects.create(name="Hooks", slug="hooks")
    source = creation.create(project, "sentry")
    vault.store(source, secret=SECRET)
    path = urlsplit(creation.url(source)).path
    connections.close_all()

    port = free_port()
    host = ["-m", "sentry_twilio", "serve", "--port", str(port)]
    environ = {**os.environ, "HOOKS_PER_MINUTE": "0", "LOG_LEVEL": "WARNING"}
    rounds: list[list[float]] = []
    with running(host, port, environ):
        at_once(port, path)  # warm
        for _ in range(ROUNDS):
            _await(lambda: not Call.objects.filter(state="waiting").exists())
            rounds.append(at_once(port, path))
        _await(lambda: not Call.objects.filter(state="waiting").exists())
    sent = CALLS * (ROUNDS + 1)
    if Issue.objects.filter(project=project).count() != sent:
        raise RuntimeError(f"{sent} calls were made, and there are not as many issues.")
    slowest = [max(seconds) for seconds in rounds]
    every = [second for seconds in rounds for second in seconds]
    show(
        f"{CALLS} calls of Sentry at once ({ROUNDS} rounds), while a worker processes them",
        ["", "median", "p99", "slowest"],
        [
            [
                "until they are answered",
                f"{statistics.median(every) * 1000:.0f} ms",
                f"{percentile(every, 0.99) * 1000:.0f} ms",
                f"{max(every) * 1000:.0f} ms",
            ]
        ],
    )
    return [Promise("Seconds until the last of 200 calls is answered", max(slowest), 1.0)]


def _await(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not happened():
        if time.monotonic() > deadline:
            raise RuntimeError("The calls were not processed within 120 s.")
        time.sleep(0.05)
