"""What Prometheus is told, read from the database: all processes say the same.

No label names a project, a person, a number or a sender. Names follow
https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import accumulate

from django.db.models import Count, Max, Sum
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from sentry_twilio.delivery import gate, health, worker_heartbeat
from sentry_twilio.delivery.counts import BUCKETS
from sentry_twilio.delivery.models import (
    AttemptCount,
    Delivery,
    FallbackTarget,
    Halt,
    KnownSender,
)
from sentry_twilio.delivery.states import State

PREFIX = "sentry_twilio_"


class Metrics(Collector):
    """Reads the database at each scrape. Raises `DatabaseError` where it is away."""

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        yield from _deliveries()
        yield from _attempts()
        for name, meaning, number in _numbers(now):
            yield GaugeMetricFamily(PREFIX + name, meaning, number)
        checks = health.check().checks
        yield _labelled(
            "check_ok",
            "Whether a check of /healthz is well (1) or not (0).",
            "check",
            ((check.name, int(check.ok)) for check in checks),
        )


def registry() -> CollectorRegistry:
    """A registry with these metrics and nothing of the process that happens to answer."""
    made = CollectorRegistry(auto_describe=False)
    made.register(Metrics())
    return made


def _deliveries() -> Iterator[Metric]:
    counted = dict(Delivery.objects.order_by().values_list("state").annotate(Count("id")))
    yield _labelled(
        "deliveries",
        "Deliveries that are kept, by state.",
        "state",
        # Those that are not there are 0: a series that is missing alarms nobody.
        ((str(state), counted.get(state, 0)) for state in State),
    )


def _attempts() -> Iterator[Metric]:
    total = CounterMetricFamily(
        PREFIX + "attempts",
        "Attempts to send, by outcome and the provider's code.",
        labels=("outcome", "code"),
    )
    last = GaugeMetricFamily(
        PREFIX + "last_attempt_timestamp_seconds",
        "When an attempt last ended so.",
        labels=("outcome",),
    )
    took = HistogramMetricFamily(
        PREFIX + "send_seconds", "How long attempts took, by outcome.", labels=("outcome",)
    )
    rows = AttemptCount.objects.order_by()
    for outcome, code, count in rows.values_list("outcome", "code").annotate(Sum("count")):
        total.add_metric((outcome, str(code) if code else ""), count)
    for outcome, at in rows.values_list("outcome").annotate(Max("last_at")):
        last.add_metric((outcome,), at.timestamp())
    buckets: dict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS) + 1))
    sums: dict[str, float] = defaultdict(float)
    for outcome, bucket, count, seconds in rows.values_list("outcome", "bucket").annotate(
        Sum("count"), Sum("seconds")
    ):
        buckets[outcome][bucket] += count
        sums[outcome] += seconds
    bounds = [*map(str, BUCKETS), "+Inf"]
    for outcome, counts in buckets.items():
        counted = zip(bounds, map(float, accumulate(counts)), strict=True)
        took.add_metric((outcome,), list(counted), sums[outcome])
    yield from (total, last, took)


def _numbers(now: datetime) -> Iterator[tuple[str, str, float]]:
    waiting = health.waiting(now)
    oldest = health.oldest_due(now)
    senders = KnownSender.objects.filter(width__isnull=False)
    shut = senders.filter(closed_until__gt=now, closed_until__lte=now + gate.LONGEST_PAUSE)
    pending = FallbackTarget.objects.filter(due_at__isnull=False)
    yield "queue_depth", "Messages that are due and not taken by a worker.", waiting.count()
    yield (
        "oldest_due_seconds",
        "How long the oldest due message has waited for a worker; 0: none waits.",
        (now - oldest).total_seconds() if oldest else 0.0,
    )
    yield (
        "held",
        "Messages that are held back until a digest names them.",
        Delivery.objects.filter(digest_since__isnull=False).count(),
    )
    yield "gates_closed", "Senders that the provider told to pause.", shut.count()
    yield "gates_narrowed", "Senders that are not at their full speed yet.", senders.count()
    yield (
        "halts",
        "Plugins of projects that send nothing, since their credentials are refused.",
        Halt.objects.filter(on_trial=False).count(),
    )
    yield "fallback_pending", "Fallback messages that are not sent yet.", pending.count()
    yield "workers", "Workers with a sign of life.", worker_heartbeat.alive(now).count()


def _labelled(
    name: str, meaning: str, label: str, values: Iterable[tuple[str, float]]
) -> GaugeMetricFamily:
    metric = GaugeMetricFamily(PREFIX + name, meaning, labels=(label,))
    for text, number in values:
        metric.add_metric((text,), number)
    return metric
