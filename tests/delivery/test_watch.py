"""Who hears of it when no text message reaches anybody."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from sentry_twilio.core import Alert
from sentry_twilio.core.alert import Project as AlertProject
from sentry_twilio.delivery import chores, overdue, policy, watch, webhook
from sentry_twilio.delivery.models import Delivery, FallbackMessage, Notification
from sentry_twilio.delivery.outbox import INCOMPLETE, enqueue, send_test
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.models import Project

from .provider import FakePlugin

ACCEPTED, DELIVERED = 180, 900


@pytest.fixture(autouse=True)
def fallback(project: Project) -> None:
    policy.save(project, {"emails": "ops@example.com"})


@pytest.fixture
def write(project: Project, plugin: FakePlugin) -> Callable[..., Notification]:
    """A notification of that age in seconds, with a delivery in each of the states."""

    def write(*states: State, age: float = 0, **changes: object) -> Notification:
        to = ",".join(f"+1415555{n:04}" for n in range(len(states) or 1))
        plugin.set_option("to", to, project)
        alert = Alert(project=AlertProject.of(project), group="issue:1", title="It broke")
        (made,) = enqueue(project, alert)
        created = timezone.now() - timedelta(seconds=age)
        rows = Notification.objects.filter(pk=made)
        rows.update(created_at=created, watch_at=timezone.now() - timedelta(seconds=1), **changes)
        if not states:
            Delivery.objects.filter(notification=made).delete()
        for row, state in zip(
            Delivery.objects.filter(notification=made).order_by("pk"), states, strict=True
        ):
            row.state = state
            row.save()
        return rows.get()

    return write


def told() -> list[str]:
    return [message.subject for message in FallbackMessage.objects.order_by("pk")]


S = State
FATES = [
    # The states of its deliveries, its age, and what is decided: told, settled, or seconds
    # after its creation at which to look again.
    ([S.PENDING], ACCEPTED - 1, ACCEPTED),
    ([S.PENDING], ACCEPTED, "told"),
    ([S.SENDING], ACCEPTED, "told"),
    ([S.UNKNOWN], ACCEPTED, "told"),
    ([S.HELD], ACCEPTED - 1, ACCEPTED),
    ([S.HELD], ACCEPTED, "told"),
    ([S.PENDING, S.ACCEPTED], ACCEPTED, DELIVERED),
    ([S.REFUSED, S.ACCEPTED], ACCEPTED, DELIVERED),
    ([S.ACCEPTED], DELIVERED - 1, DELIVERED),
    ([S.ACCEPTED, S.ACCEPTED], DELIVERED, "told"),
    ([S.PENDING, S.DELIVERED], DELIVERED, "settled"),
    ([S.REFUSED, S.DELIVERED], 0, "settled"),
    ([S.REFUSED, S.PENDING], 0, ACCEPTED),
    ([S.REFUSED], 0, "told"),
    ([S.REFUSED, S.EXPIRED, S.SUPPRESSED, S.UNDELIVERED], 0, "told"),
    ([], 0, "told"),
]


@pytest.mark.parametrize(("states", "age", "fate"), FATES)
def test_it_decides_by_the_states_of_all_recipients(
    write: Callable[..., Notification], states: list[State], age: float, fate: str | int
) -> None:
    row = write(*states, age=age)
    watch.sweep()
    row.refresh_from_db()
    if fate == "told":
        assert row.watch_at is None
        assert row.fallback is not None
    elif fate == "settled":
        assert (row.watch_at, row.fallback) == (None, None)
    else:
        assert isinstance(fate, int)
        assert row.watch_at == row.created_at + timedelta(seconds=fate)
        assert not told()


def test_nothing_is_looked_at_before_its_time(write: Callable[..., Notification]) -> None:
    row = write(S.REFUSED)
    later = timezone.now() + timedelta(seconds=100)
    Notification.objects.update(watch_at=later)
    watch.sweep()
    row.refresh_from_db()
    assert row.watch_at == later
    assert not told()


def test_without_waiting_for_delivery_an_acceptance_settles_it(
    write: Callable[..., Notification], settings: Any
) -> None:
    settings.FALLBACK_DELIVERED_SECONDS = 0
    row = write(S.ACCEPTED)
    watch.sweep()
    row.refresh_from_db()
    assert (row.watch_at, row.fallback) == (None, None)
    # But a report that it did not arrive is no reason to be silent.
    Delivery.objects.update(state=S.UNDELIVERED)
    watch.hurry([row.pk], timezone.now())
    watch.sweep()
    assert len(told()) == 1


@pytest.mark.parametrize(
    ("digest", "again", "fate"),
    [
        (S.ACCEPTED, None, "waits"),
        (S.DELIVERED, None, "settled"),
        (S.UNDELIVERED, None, "told"),
        (S.UNDELIVERED, S.DELIVERED, "settled"),  # it was sent once more
        (S.HELD, None, "told"),
    ],
)
def test_what_is_in_a_digest_shares_its_fate(
    write: Callable[..., Notification], digest: State, again: State | None, fate: str
) -> None:
    states = [digest] if again is None else [digest, again]
    stands = write(*states, age=ACCEPTED, reason="digest")
    Notification.objects.filter(pk=stands.pk).update(watch_at=None)
    row = write(S.DIGESTED, age=ACCEPTED)
    row.deliveries.update(digest=stands.deliveries.order_by("pk").first())
    watch.sweep()
    row.refresh_from_db()
    assert (row.fallback is not None) is (fate == "told")
    assert (row.watch_at is None) is (fate != "waits")


def test_of_a_digest_the_alerts_that_it_stands_for_are_told(
    write: Callable[..., Notification],
) -> None:
    stands = write(S.REFUSED, reason="digest", title="73 alerts")
    row = write(S.DIGESTED, title="It broke", age=ACCEPTED)
    row.deliveries.update(digest=stands.deliveries.get())
    watch.sweep()
    assert told() == ["[Shop] Nobody was reached: It broke"]


def test_a_test_message_never_goes_to_the_fallback(project: Project, plugin: FakePlugin) -> None:
    made = send_test(project, plugin)
    Delivery.objects.update(state=S.REFUSED)
    Notification.objects.update(watch_at=timezone.now())
    watch.sweep()
    assert not told()
    assert Notification.objects.get(pk=made).watch_at is None


def test_a_sign_of_life_that_reaches_nobody_is_told(write: Callable[..., Notification]) -> None:
    write(S.REFUSED, reason="test", group=watch.SIGN_OF_LIFE)
    watch.sweep()
    assert len(told()) == 1


def test_without_a_fallback_it_is_settled_and_nobody_was_told(
    project: Project, write: Callable[..., Notification]
) -> None:
    policy.save(project, {"emails": None})
    row = write(S.REFUSED)
    watch.sweep()
    row.refresh_from_db()
    assert (row.watch_at, row.fallback) == (None, None)


def test_in_a_storm_one_message_tells_of_all(
    project: Project, write: Callable[..., Notification]
) -> None:
    rows = [write(S.REFUSED, age=1000 - n, title=f"Trouble {n}") for n in range(overdue.SHOWN + 3)]
    Delivery.objects.filter(notification=rows[0]).update(body="[Shop] ERROR: the first text")
    watch.sweep()
    message = FallbackMessage.objects.get()
    assert message.subject == "[Shop] Nobody was reached about 23 alerts"
    assert message.notifications.count() == len(rows)
    assert "[Shop] ERROR: the first text" in message.body
    assert message.body.count("1 recipient: Refused.") == overdue.SHOWN
    assert "... and 3 more." in message.body
    assert "https://alerts.example.com/projects/shop/deliveries/" in message.body


def test_of_too_many_the_worst_are_told_in_full(write: Callable[..., Notification]) -> None:
    for n in range(overdue.SHOWN):
        write(S.REFUSED, title=f"Trouble {n}")
    worst = write(S.REFUSED, level="fatal")
    worst.deliveries.update(body="[Shop] FATAL: out of memory")
    watch.sweep()
    message = FallbackMessage.objects.get()
    assert "[Shop] FATAL: out of memory" in message.body
    assert "... and 1 more." in message.body
    fields = webhook.payload(message)
    assert fields["alerts_total"] == overdue.SHOWN + 1
    assert fields["alerts"][0]["id"] == worst.pk
    assert len(fields["alerts"]) == overdue.SHOWN


def test_further_alerts_wait_for_a_minute_and_are_told_together(
    write: Callable[..., Notification],
) -> None:
    write(S.REFUSED)
    watch.sweep()
    later = [write(S.REFUSED), write(S.REFUSED)]
    watch.sweep()
    assert len(told()) == 1
    earlier = timezone.now() - watch.EVERY
    FallbackMessage.objects.update(created_at=earlier)
    Notification.objects.exclude(watch_at=None).update(watch_at=timezone.now())
    watch.sweep()
    assert FallbackMessage.objects.count() == 2
    assert {Notification.objects.get(pk=row.pk).fallback for row in later} == {
        FallbackMessage.objects.latest("pk")
    }


def test_those_who_wait_for_that_minute_are_not_looked_at_again_before(
    write: Callable[..., Notification],
) -> None:
    write(S.REFUSED)
    watch.sweep()
    row = write(S.REFUSED)
    watch.sweep()
    row.refresh_from_db()
    message = FallbackMessage.objects.get()
    assert row.watch_at is not None
    assert abs(row.watch_at - message.created_at - watch.EVERY) < timedelta(seconds=1)


def test_a_delivery_that_arrives_meanwhile_spares_the_second_message(
    write: Callable[..., Notification],
) -> None:
    write(S.REFUSED)
    watch.sweep()
    row = write(S.PENDING, age=ACCEPTED)
    watch.sweep()
    row.deliveries.update(state=S.DELIVERED)
    FallbackMessage.objects.update(created_at=timezone.now() - watch.EVERY)
    Notification.objects.exclude(watch_at=None).update(watch_at=timezone.now())
    watch.sweep()
    assert len(told()) == 1


def test_one_project_s_storm_does_not_silence_another(
    project: Project, plugin: FakePlugin, write: Callable[..., Notification]
) -> None:
    write(S.REFUSED)
    watch.sweep()
    other = Project.objects.create(name="Bank", slug="bank")
    policy.save(other, {"emails": "bank@example.com"})
    row = write(S.REFUSED)
    Notification.objects.filter(pk=row.pk).update(project=other)
    watch.sweep()
    assert told()[1].startswith("[Bank]")


@pytest.mark.django_db(transaction=True)
def test_one_project_s_trouble_does_not_silence_another(
    project: Project, write: Callable[..., Notification], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Project.objects.create(name="Bank", slug="bank")
    policy.save(other, {"emails": "bank@example.com"})
    write(S.REFUSED)
    row = write(S.REFUSED)
    Notification.objects.filter(pk=row.pk).update(project=other)
    body = overdue.body

    def fails_for_the_shop(of: Project, late: object) -> str:
        if of == project:
            raise RuntimeError
        return body(of, late)  # type: ignore[arg-type]

    monkeypatch.setattr(overdue, "body", fails_for_the_shop)
    watch.sweep()
    assert told() == ["[Bank] Nobody was reached: It broke"]
    monkeypatch.setattr(overdue, "body", body)
    watch.sweep()
    assert len(told()) == 2


def test_what_was_told_is_told_once_however_it_goes_on(write: Callable[..., Notification]) -> None:
    row = write(S.REFUSED)
    watch.sweep()
    FallbackMessage.objects.update(created_at=timezone.now() - watch.EVERY)
    watch.hurry([row.pk], timezone.now())
    watch.sweep()
    assert len(told()) == 1
    # A late acceptance finds it settled.
    row.deliveries.update(state=S.ACCEPTED)
    watch.sweep()
    assert len(told()) == 1


def test_a_reason_is_told_without_the_number(write: Callable[..., Notification]) -> None:
    row = write(S.REFUSED)
    row.deliveries.update(recipient="+14155550123", reason="+14155550123 is no phone number.")
    watch.sweep()
    body = FallbackMessage.objects.get().body
    assert "1 recipient: Refused. ••••••••••23 is no phone number." in body
    assert "+14155550123" not in body


def test_an_alert_without_any_recipient_says_so_and_why(
    project: Project, plugin: FakePlugin, alert: Alert
) -> None:
    plugin.set_option("from", "line", project)
    plugin.unset_option("to", project)
    enqueue(project, alert)
    assert Delivery.objects.get().recipient == ""
    watch.sweep()
    body = FallbackMessage.objects.get().body
    assert f"\nNobody: Refused. {INCOMPLETE}" in body


def test_a_clock_that_was_set_back_delays_nothing_for_ever(
    write: Callable[..., Notification],
) -> None:
    row = write(S.PENDING)
    wrong: datetime = timezone.now() + timedelta(days=3)
    Notification.objects.update(created_at=wrong, watch_at=wrong + timedelta(seconds=ACCEPTED))
    watch.sweep()
    row.refresh_from_db()
    assert row.fallback is not None


def test_looking_for_what_is_due_uses_the_small_index(db: None) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # which reads a small table through, else
            cursor.execute("SET LOCAL enable_seqscan = off")
    explained = watch._due(timezone.now()).values("pk", "project").explain()
    assert "notification_watched" in explained
    assert "SCAN delivery_notification" not in explained


@pytest.mark.django_db(transaction=True)
def test_several_processes_tell_of_a_storm_once(write: Callable[..., Notification]) -> None:
    rows = [write(S.REFUSED) for _ in range(10)]
    start = threading.Barrier(3)

    def sweep() -> None:
        start.wait(60)
        watch.sweep()
        connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert FallbackMessage.objects.get().notifications.count() == len(rows)


@pytest.mark.django_db(transaction=True)
def test_a_notification_that_a_worker_is_writing_is_left_for_the_next_look(
    write: Callable[..., Notification],
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time.")
    busy, row = write(S.ACCEPTED, age=DELIVERED), write(S.REFUSED)
    written, swept = threading.Event(), threading.Event()

    def work() -> None:
        with transaction.atomic():
            busy.deliveries.update(state=S.DELIVERED)
            watch.hurry([busy.pk], timezone.now())
            written.set()
            swept.wait(60)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    written.wait(60)
    watch.sweep()
    swept.set()
    worker.join(60)
    watch.sweep()
    busy.refresh_from_db()
    row.refresh_from_db()
    assert (busy.watch_at, busy.fallback) == (None, None)
    assert row.fallback is not None


def test_what_watches_and_tells_is_among_the_chores() -> None:
    names = {chore.name for chore in chores.all_chores()}
    assert {"watch", "fallback mails", "fallback webhooks", "heartbeat", "weekly"} <= names
