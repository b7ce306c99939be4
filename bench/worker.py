"""The worker's throughput at 100 ms an answer, beside the bare client with as many threads."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest import mock

from bench.emulated import Emulated, emulated
from bench.filling import fill
from bench.peers import SENDER, SID, TOKEN
from bench.table import Promise, show
from sentry_twilio import TwilioApiClient
from sentry_twilio.core import Accepted, Message

LATENCY = 0.1
SENDERS = 50
MESSAGES = 2000
ROUNDS = 3
TEXT = "Sentry [Shop] ERROR: card declined"
BARE, WORKER = f"bare client, {SENDERS} threads", f"outbox and worker, {SENDERS} senders"


def measure() -> list[Promise]:
    """Needs Django loaded with a migrated database."""
    rates: dict[str, list[float]] = {BARE: [], WORKER: []}
    with emulated(LATENCY) as emulator, _only_sending(emulator):
        for number in range(ROUNDS + 1):
            numbers = [f"+1415{number}{place:06}" for place in range(MESSAGES)]
            seconds = {BARE: _bare(emulator, numbers), WORKER: _worker(numbers)}
            emulator.restart_with([])
            if number:  # the first warms them
                for name, found in seconds.items():
                    rates[name].append(MESSAGES / found)
    show(
        f"{MESSAGES} messages at {LATENCY * 1000:.0f} ms an answer (medians of {ROUNDS} rounds)",
        ["", "messages/s"],
        [[name, f"{statistics.median(found):.0f}"] for name, found in rates.items()],
    )
    ratio = statistics.median(
        own / other for own, other in zip(rates[WORKER], rates[BARE], strict=True)
    )
    return [Promise("The worker's throughput beside the bare client's", ratio, 0.7, at_most=False)]


def _bare(emulator: Emulated, numbers: Sequence[str]) -> float:
    client = TwilioApiClient(SID, TOKEN, SENDER, base_url=emulator.base_url, pool_size=SENDERS)
    messages = [Message(number, TEXT) for number in numbers]
    began = time.perf_counter()
    outcomes = client.fan_out(messages, deadline=120, concurrency=SENDERS)
    seconds = time.perf_counter() - began
    client.close()
    if not all(isinstance(outcome, Accepted) for outcome in outcomes):
        raise RuntimeError("Not all were accepted.")
    return seconds


def _worker(numbers: Sequence[str]) -> float:
    """Seconds from the worker's start until every outcome is written down."""
    from sentry_twilio.delivery.models import Delivery
    from sentry_twilio.delivery.worker import Worker

    fill(numbers, "card declined")
    worker = Worker(SENDERS)
    thread = threading.Thread(target=worker.run)
    began = time.perf_counter()
    thread.start()
    try:
        open_ones = Delivery.objects.filter(state__in=("pending", "sending"))
        while open_ones.exists():
            time.sleep(0.02)
        seconds = time.perf_counter() - began
    finally:
        worker.stop()
        thread.join()
    accepted = Delivery.objects.filter(recipient__in=numbers, state="accepted")
    if accepted.count() != len(numbers):
        raise RuntimeError(f"Only {accepted.count()} were accepted.")
    accepted.update(due_at=None)
    return seconds


@contextmanager
def _only_sending(emulator: Emulated) -> Iterator[None]:
    """Without reports, which the bare client does not ask for either."""
    from sentry_twilio.core import plugins

    plugin = plugins.get("twilio")
    with (
        mock.patch.object(plugin, "base_url", emulator.base_url),
        mock.patch.object(plugin, "connections", SENDERS),
        mock.patch.object(plugin, "wants_callback", return_value=False),
    ):
        yield
