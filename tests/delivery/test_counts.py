from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from sentry_twilio.core import Accepted, Refused, Unknown
from sentry_twilio.delivery import counts
from sentry_twilio.delivery.job import Answer, Job, Result
from sentry_twilio.delivery.models import AttemptCount, Delivery
from sentry_twilio.projects.transactions import writing

ACCEPTED, BUSY, LOST = Accepted("SM1", "queued", 1), Refused(20429, "rate_limited", ""), Unknown("")


def rows() -> list[tuple[str, int, int, int, float]]:
    found = AttemptCount.objects.order_by("outcome", "code", "bucket")
    return list(found.values_list("outcome", "code", "bucket", "count", "seconds"))


@pytest.fixture
def job(delivery: Delivery, take: Callable[..., list[Job]]) -> Job:
    return take()[0]


def test_it_counts_by_outcome_code_and_duration(job: Job) -> None:
    answers: list[tuple[Answer, float]] = [
        (ACCEPTED, 0.25),
        (ACCEPTED, 0.125),
        (ACCEPTED, 0.125),
        (BUSY, 0.25),
        (Refused(None, "transient", ""), 0.25),
        (LOST, 60.0),
    ]
    results = [Result(job, answer, seconds) for answer, seconds in answers]
    counts.add_attempts(results, timezone.now())
    counts.add_attempts(results[:1], timezone.now())
    assert rows() == [
        ("accepted", 0, 2, 2, 0.25),
        ("accepted", 0, 3, 2, 0.5),
        ("not_sent", 0, 3, 1, 0.25),
        ("refused", 20429, 3, 1, 0.25),
        ("unknown", 0, len(counts.BUCKETS), 1, 60.0),
    ]


def test_a_duration_that_is_a_bucket_s_bound_is_in_it(job: Job) -> None:
    counts.add_attempts([Result(job, ACCEPTED, bound) for bound in counts.BUCKETS], timezone.now())
    assert [row[2] for row in rows()] == list(range(len(counts.BUCKETS)))


def test_it_says_when_an_attempt_last_ended_so(job: Job) -> None:
    now = timezone.now()
    for at in (now - timedelta(hours=1), now):
        counts.add_attempts([Result(job, ACCEPTED, 0.1)], at)
    assert AttemptCount.objects.get().last_at == now


def test_questions_are_no_attempts_and_cost_no_statement(
    job: Job, django_assert_num_queries: Callable[..., object]
) -> None:
    results = [Result(replace(job, action=action), None, 0.1) for action in ("ask", "look_up")]
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        counts.add_attempts(results, timezone.now())


def test_a_batch_costs_one_statement(
    job: Job, django_assert_num_queries: Callable[..., object]
) -> None:
    results = [Result(job, answer, 0.1) for answer in (ACCEPTED, BUSY, LOST)]
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        counts.add_attempts(results, timezone.now())


def test_what_is_rolled_back_is_not_counted(job: Job) -> None:
    with transaction.atomic():
        counts.add_attempts([Result(job, ACCEPTED, 0.1)], timezone.now())
        transaction.set_rollback(True)
    assert rows() == []


@pytest.mark.django_db(transaction=True)
def test_workers_that_count_at_the_same_time_neither_lose_one_nor_block_each_other(
    job: Job,
) -> None:
    answers = [ACCEPTED, BUSY, LOST, Refused(30001, "transient", "")]
    troubles: list[DatabaseError] = []

    def count(results: list[Result]) -> None:
        try:
            for _ in range(25):
                with writing():
                    counts.add_attempts(results, timezone.now())
        except DatabaseError as exc:
            troubles.append(exc)
        finally:
            connection.close()

    results = [Result(job, answer, 0.1) for answer in answers]
    orders = (results, results[::-1], results[2:] + results[:2])
    threads = [threading.Thread(target=count, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert [row[3] for row in rows()] == [75] * 4
