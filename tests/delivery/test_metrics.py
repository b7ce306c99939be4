from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from sentry_twilio.core import Accepted, Refused
from sentry_twilio.delivery import counts, worker_heartbeat
from sentry_twilio.delivery.job import Job, Result
from sentry_twilio.delivery.metrics import registry
from sentry_twilio.delivery.models import (
    Delivery,
    FallbackMessage,
    FallbackTarget,
    Halt,
    KnownSender,
)
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.models import Project

pytestmark = pytest.mark.django_db
Scraped = dict[tuple[str, tuple[str, ...]], float]


def text() -> str:
    return generate_latest(registry()).decode()


def scrape() -> Scraped:
    """What Prometheus' own parser makes of it: the value by name and labels' values, sorted."""
    return {
        (
            sample.name.removeprefix("sentry_twilio_"),
            tuple(sorted(sample.labels.values())),
        ): sample.value
        for family in text_string_to_metric_families(text())
        for sample in family.samples
    }


def test_each_state_is_there_even_where_nothing_is_in_it(delivery: Delivery) -> None:
    found = scrape()
    assert {state: found["deliveries", (state,)] for state in State.values} == {
        state: float(state == "pending") for state in State.values
    }


def test_attempts_are_counted_by_outcome_and_code(
    delivery: Delivery, take: Callable[..., list[Job]]
) -> None:
    (job,) = take()
    answers = [(Accepted("SM1", "queued", 1), 0.07), (Accepted("SM2", "queued", 1), 0.8)]
    results = [Result(job, answer, seconds) for answer, seconds in answers]
    results.append(Result(job, Refused(20429, "rate_limited", ""), 0.01))
    now = timezone.now()
    counts.add_attempts(results, now)
    found = scrape()
    assert found["attempts_total", ("", "accepted")] == 2
    assert found["attempts_total", ("20429", "refused")] == 1
    assert found["last_attempt_timestamp_seconds", ("accepted",)] == pytest.approx(now.timestamp())


def test_durations_are_a_histogram_that_counts_up(
    delivery: Delivery, take: Callable[..., list[Job]]
) -> None:
    (job,) = take()
    accepted = Accepted("SM1", "queued", 1)
    durations = (0.07, 0.8, 100.0)
    counts.add_attempts([Result(job, accepted, s) for s in durations], timezone.now())
    found = scrape()
    counted = [
        found["send_seconds_bucket", tuple(sorted(("accepted", bound)))]
        for bound in ("0.05", "0.1", "0.75", "1.0", "30.0", "+Inf")
    ]
    assert counted == [0, 1, 1, 2, 2, 3]
    assert found["send_seconds_count", ("accepted",)] == 3
    assert found["send_seconds_sum", ("accepted",)] == pytest.approx(100.87)


def test_the_queue_is_measured(delivery: Delivery) -> None:
    Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=42))
    found = scrape()
    assert found["queue_depth", ()] == 1
    assert found["oldest_due_seconds", ()] == pytest.approx(42, abs=20)
    Delivery.objects.update(state=State.HELD, due_at=None, digest_since=timezone.now())
    found = scrape()
    assert (found["queue_depth", ()], found["oldest_due_seconds", ()]) == (0, 0)
    assert found["held", ()] == 1


def test_gates_halts_fallback_and_workers_are_counted(project: Project) -> None:
    now = timezone.now()
    KnownSender.objects.create(key="a", width=1, closed_until=now + timedelta(seconds=30))
    KnownSender.objects.create(key="b", width=1, closed_until=now - timedelta(seconds=30))
    KnownSender.objects.create(key="c", inbound_at=now)
    Halt.objects.create(project=project, plugin="fake", reason="Wrong token.")
    message = FallbackMessage.objects.create(project=project, kind="notice", subject="x", body="y")
    FallbackTarget.objects.create(message=message, channel="email", address="ada@example.com")
    FallbackTarget.objects.create(message=message, channel="email", state="sent", due_at=None)
    worker_heartbeat.beat()
    found = scrape()
    names = ("gates_closed", "gates_narrowed", "halts", "fallback_pending", "workers")
    assert [found[name, ()] for name in names] == [1, 2, 1, 1, 1]


def test_the_checks_of_healthz_are_among_them() -> None:
    assert scrape()["check_ok", ("worker",)] == 0
    worker_heartbeat.beat()
    found = scrape()
    assert [v for (name, _), v in found.items() if name == "check_ok"] == [1] * 5


def test_no_label_says_who_or_where(delivery: Delivery, work: Callable[[], int]) -> None:
    KnownSender.objects.create(key="fake:account:+14155550199", width=1)
    Halt.objects.create(project=delivery.project, plugin="fake", reason="Wrong token.")
    work()
    found = text()
    assert "sentry_twilio_attempts_total" in found
    for secret in ("4155550", "Shop", "shop", "account", "It broke", "token"):
        assert secret not in found
