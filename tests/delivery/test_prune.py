"""What is let go, and what is not, however old it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from sentry_twilio.delivery import prune
from sentry_twilio.delivery.models import (
    Attempt,
    Callback,
    Delivery,
    FallbackMessage,
    FallbackTarget,
    KnownSender,
    Notification,
    SegmentCount,
    WorkerHeartbeat,
)
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.models import Project

pytestmark = pytest.mark.django_db

NOW = timezone.now()
OLD, BEFORE, YOUNG = (NOW - timedelta(days=days) for days in (31, 30, 29))


@pytest.fixture
def make(project: Project) -> Callable[..., Delivery]:
    def make(
        state: str = State.DELIVERED,
        created_at: datetime = OLD,
        watch_at: datetime | None = None,
        **more: Any,
    ) -> Delivery:
        notification = Notification.objects.create(
            project=project, plugin="fake", group="issue:1", title="It broke", level="error",
            reason="new", alert={}, created_at=created_at, watch_at=watch_at,
        )  # fmt: skip
        values = {"due_at": None, "finished_at": created_at, "expires_at": created_at} | more
        row = Delivery.objects.create(
            notification=notification, project=project, plugin="fake", recipient="+14155550100",
            body="It broke", state=state, created_at=created_at, **values,
        )  # fmt: skip
        Attempt.objects.create(delivery=row, number=1)
        Callback.objects.create(
            plugin="fake", kind="status", fingerprint=f"{row.pk}", delivery=row, sid="SM1"
        )
        return row

    return make


def run(size: int = 1000) -> list[int]:
    return list(prune.notifications(BEFORE, size))


@pytest.mark.parametrize(
    "state",
    # The last one never reports back, and is not asked about any more.
    ["delivered", "undelivered", "refused", "expired", "suppressed", "accepted"],
)
def test_what_is_over_goes_with_all_that_belongs_to_it(
    make: Callable[..., Delivery], state: str
) -> None:
    make(state)
    young = make(state, created_at=YOUNG)
    assert run() == [1]
    for rows in (
        Notification.objects.filter(deliveries=young),
        Delivery.objects.filter(pk=young.pk),
    ):
        assert rows.exists()
    for model in (Notification, Delivery, Attempt, Callback):
        assert model.objects.count() == 1


@pytest.mark.parametrize(
    "unfinished",
    [
        {"state": State.PENDING, "due_at": OLD, "finished_at": None},
        {"state": State.SENDING, "due_at": OLD, "finished_at": None},
        {"state": State.UNKNOWN, "due_at": OLD, "finished_at": None},
        {"state": State.ACCEPTED, "due_at": OLD},
        {"state": State.HELD, "digest_since": OLD, "finished_at": None},
        {"state": State.HELD, "finished_at": None},
        {"state": State.EXPIRED, "digest_since": OLD},
        {"watch_at": OLD},
    ],
)
def test_what_is_unfinished_held_or_watched_stays_whole(
    make: Callable[..., Delivery], unfinished: dict[str, Any]
) -> None:
    row = make(**unfinished)
    Delivery.objects.create(
        notification=row.notification, project=row.project, plugin="fake", body="x",
        recipient="+14155550101", state=State.DELIVERED, due_at=None, expires_at=OLD,
    )  # fmt: skip
    assert run() == []
    assert Delivery.objects.count() == 2
    assert (Attempt.objects.count(), Callback.objects.count()) == (1, 1)


def test_what_stands_in_a_digest_waits_for_it(make: Callable[..., Delivery]) -> None:
    digest = make(State.PENDING, due_at=OLD, finished_at=None)
    make(State.DIGESTED, digest=digest)
    assert run() == []
    Delivery.objects.filter(pk=digest.pk).update(state=State.DELIVERED, due_at=None)
    assert run() == [2]
    assert not Delivery.objects.exists()


def test_a_digest_goes_before_what_it_stood_for_where_that_is_younger(
    make: Callable[..., Delivery],
) -> None:
    digest = make()
    member = make(State.DIGESTED, digest=digest, created_at=YOUNG)
    assert run() == [1]
    member.refresh_from_db()
    assert member.digest is None


def test_a_repetition_goes_with_what_it_repeated(make: Callable[..., Delivery]) -> None:
    row = make(State.UNDELIVERED)
    Delivery.objects.create(
        notification=row.notification, project=row.project, plugin="fake", body="x",
        recipient="+14155550100", state=State.DELIVERED, due_at=None, expires_at=OLD, repeats=row,
    )  # fmt: skip
    assert run() == [1]
    assert not Delivery.objects.exists()


def test_it_goes_in_batches_and_past_what_stays(make: Callable[..., Delivery]) -> None:
    for number in range(10):
        make(**({"watch_at": OLD} if number % 2 else {}))
    assert run(size=2) == [2, 2, 1]
    assert Notification.objects.count() == 5
    assert run(size=2) == []


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_between_two_batches(make: Callable[..., Delivery]) -> None:
    for _ in range(3):
        make()
    for _ in prune.notifications(BEFORE, 1):
        assert not connection.in_atomic_block


def test_a_batch_of_many_costs_few_statements(
    make: Callable[..., Delivery], django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for _ in range(50):
        make()
    with django_assert_max_num_queries(25):
        assert run() == [50]


def fallback(project: Project, created_at: datetime = OLD, **target: Any) -> FallbackMessage:
    message = FallbackMessage.objects.create(
        project=project, kind="alerts", subject="x", body="y", created_at=created_at
    )
    values = {"state": "sent", "due_at": None} | target
    FallbackTarget.objects.create(message=message, channel="webhook", **values)
    return message


def test_what_was_told_by_the_fallback_goes_and_what_waits_stays(project: Project) -> None:
    fallback(project)
    fallback(project, state="failed")
    kept = [
        fallback(project, created_at=YOUNG),
        fallback(project, state="pending", due_at=OLD),
    ]
    assert list(prune.fallback_messages(BEFORE, 1000)) == [2]
    assert list(FallbackMessage.objects.order_by("pk")) == kept


def test_what_told_of_a_notification_stays_with_it(
    make: Callable[..., Delivery], project: Project
) -> None:
    message = fallback(project)
    Notification.objects.filter(pk=make(watch_at=OLD).notification_id).update(fallback=message)
    assert list(prune.fallback_messages(BEFORE, 1000)) == []


def test_inbound_messages_go_and_reports_wait_for_their_delivery(
    make: Callable[..., Delivery],
) -> None:
    make(watch_at=OLD)
    Callback.objects.update(received_at=OLD)
    for number, at in enumerate((OLD, OLD, YOUNG)):
        Callback.objects.create(
            plugin="fake", kind="reply", fingerprint=f"in {number}", sid="SM", received_at=at
        )
    assert list(prune.inbound_messages(BEFORE, 1)) == [1, 1]
    assert Callback.objects.count() == 2


def test_counts_of_segments_go(db: None) -> None:
    for at in (OLD, YOUNG):
        SegmentCount.objects.create(account="AC", hour=at, segments=1)
    assert list(prune.segment_counts(BEFORE, 1000)) == [1]
    assert SegmentCount.objects.get().hour == YOUNG


def test_senders_go_unless_they_say_something(db: None) -> None:
    soon = NOW + timedelta(hours=1)
    for key, values in {
        "never used": {},
        "narrow for long": {"width": 1, "changed_at": OLD, "closed_until": OLD},
        "narrow": {"width": 1, "changed_at": YOUNG},
        "closed": {"width": 1, "closed_until": soon},
        "heard": {"inbound_at": OLD},
    }.items():
        KnownSender.objects.create(key=key, **values)
    assert list(prune.senders(BEFORE, 1000)) == [2]
    left = set(KnownSender.objects.values_list("key", flat=True))
    assert left == {"narrow", "closed", "heard"}


def test_workers_that_ended_without_a_word_go(db: None) -> None:
    for name, at in (("old", OLD), ("young", YOUNG)):
        WorkerHeartbeat.objects.create(name=name, beat_at=at)
    assert list(prune.workers(BEFORE, 1000)) == [1]
    assert WorkerHeartbeat.objects.get().name == "young"
