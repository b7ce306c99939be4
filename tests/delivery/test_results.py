from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DataError
from django.utils import timezone

from sentry_twilio.core import Accepted, Alert, CannotLookUp, Receipt, Refused, Unknown
from sentry_twilio.core.errors import ApiServerError
from sentry_twilio.delivery import answers, results, schedule
from sentry_twilio.delivery.job import Job, Result
from sentry_twilio.delivery.models import Attempt, Delivery
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.projects.models import Project

from .provider import FakePlugin

Work = Callable[[], int]


def make_due(**more: object) -> None:
    Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=1), **more)


def test_an_accepted_message_waits_for_its_report(delivery: Delivery, work: Work) -> None:
    work()
    delivery.refresh_from_db()
    attempt = Attempt.objects.get()
    assert (delivery.state, delivery.status, delivery.segments) == ("accepted", "queued", 1)
    assert delivery.sid.startswith("SM")
    assert delivery.lease == ""
    assert (attempt.outcome, attempt.request_id, attempt.seconds) == ("accepted", "RQ1", 0.1)
    assert delivery.due_at > timezone.now() + timedelta(seconds=20)


def test_where_reports_come_the_question_is_asked_much_later(
    delivery: Delivery, plugin: FakePlugin, work: Work
) -> None:
    plugin.callbacks = True
    work()
    delivery.refresh_from_db()
    token = Attempt.objects.get().token
    assert plugin.provider.callback_urls == [
        f"https://alerts.example.com/hooks/fake/status/?attempt={token}"
    ]
    assert delivery.due_at > timezone.now() + timedelta(minutes=9)


def test_it_asks_for_no_longer_than_the_alert_is_useful(
    delivery: Delivery, plugin: FakePlugin, work: Work
) -> None:
    Delivery.objects.update(expires_at=timezone.now() + timedelta(seconds=90))
    work()
    assert plugin.provider.validities[0] in range(80, 91)


def test_a_refusal_for_now_is_tried_again_later(
    delivery: Delivery, plugin: FakePlugin, work: Work
) -> None:
    plugin.provider.script = lambda message, number: (
        Refused(20429, "transient", "Too many at once.", 7.0)
        if number == 1
        else plugin.provider.accept(message)
    )
    work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.code) == ("pending", 20429)
    wait = (delivery.due_at - timezone.now()).total_seconds()
    assert 6 < wait < 9
    make_due()
    work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.code, delivery.reason) == ("accepted", None, "")
    assert [attempt.outcome for attempt in delivery.attempts.all()] == ["refused", "accepted"]


@pytest.mark.parametrize("kind", ["config", "recipient", "message"])
def test_a_permanent_refusal_is_never_repeated(
    delivery: Delivery, plugin: FakePlugin, work: Work, kind: str
) -> None:
    plugin.provider.script = lambda message, number: Refused(21610, kind, "They said STOP.")
    work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason, delivery.due_at) == (
        "refused",
        "They said STOP.",
        None,
    )
    assert work() == 0


def test_an_unknown_fate_is_looked_up_and_found(
    delivery: Delivery, plugin: FakePlugin, work: Work
) -> None:
    def lose_the_answer(message: object, number: int) -> Unknown:
        plugin.provider.accept(message)  # type: ignore[arg-type]
        return Unknown("No answer came.")

    plugin.provider.script = lose_the_answer
    work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == ("unknown", "No answer came.")
    make_due()
    work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.sid) == ("accepted", "SM" + "0" * 32)
    assert len(plugin.provider.requests) == 1


def test_only_after_four_looks_that_find_nothing_it_is_sent_again(
    delivery: Delivery, plugin: FakePlugin, work: Work
) -> None:
    plugin.provider.script = lambda message, number: (
        Unknown("Reset.") if number == 1 else plugin.provider.accept(message)
    )
    work()
    for look in range(len(schedule.LOOK_UPS)):
        assert len(plugin.provider.requests) == 1, look
        make_due()
        work()
    work()
    delivery.refresh_from_db()
    assert delivery.state == "accepted"
    assert not delivery.possibly_repeated
    assert len(plugin.provider.requests) == 2


def test_what_cannot_be_looked_up_is_sent_again_and_marked(
    delivery: Delivery, plugin: FakePlugin, work: Work
) -> None:
    plugin.provider.script = lambda message, number: (
        Unknown("Reset.") if number == 1 else plugin.provider.accept(message)
    )
    plugin.provider.find = lambda message, known: CannotLookUp("The key may not read messages.")
    work()
    for _ in schedule.LOOK_UPS:
        make_due()
        work()
    work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.possibly_repeated) == ("accepted", True)


def test_a_provider_that_is_down_is_not_taken_for_one_that_knows_nothing(
    delivery: Delivery, plugin: FakePlugin, work: Work
) -> None:
    def down(*_: object) -> None:
        raise ApiServerError("The provider answered with HTTP status 503.")

    plugin.provider.script = lambda message, number: Unknown("Reset.")
    plugin.provider.find = down
    work()
    waits = []
    for minutes in (0, 2, 20, 60):
        Attempt.objects.update(started_at=timezone.now() - timedelta(minutes=minutes))
        make_due(expires_at=timezone.now())
        work()
        delivery.refresh_from_db()
        waits.append(round((delivery.due_at - timezone.now()).total_seconds()))
    assert waits == [5, 60, 60, 60]
    assert (delivery.state, delivery.questions) == ("unknown", 0)
    assert len(plugin.provider.requests) == 1
    make_due(created_at=timezone.now() - timedelta(hours=25))
    work()
    delivery.refresh_from_db()
    assert delivery.state == "expired"
    assert "not known whether it was sent" in delivery.reason


def test_after_the_settings_were_changed_the_new_account_is_not_asked(
    delivery: Delivery, plugin: FakePlugin, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin.provider.script = lambda message, number: (
        (plugin.provider.accept(message) and Unknown("Reset."))
        if number == 1
        else plugin.provider.accept(message)
    )
    work()
    plugin.set_option("from", "another line", delivery.project)
    monkeypatch.setattr(plugin.provider, "find", lambda *_: pytest.fail("It was asked."))
    for _ in schedule.LOOK_UPS:
        make_due()
        work()
    work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.possibly_repeated) == ("accepted", True)


def test_a_twin_waits_until_it_is_known_what_became_of_the_other(
    project: Project, alert: Alert, plugin: FakePlugin, work: Work
) -> None:
    enqueue(project, alert)
    enqueue(project, alert)
    plugin.provider.script = lambda message, number: (
        (plugin.provider.accept(message) and Unknown("Reset."))
        if number == 1
        else plugin.provider.accept(message)
    )
    plugin.provider.find = lambda message, known: None
    work()
    first, second = Delivery.objects.order_by("pk")
    assert (first.state, second.state, second.tries) == ("unknown", "pending", 0)
    make_due()
    work()
    assert len(plugin.provider.requests) == 1
    plugin.provider.find = plugin.provider.look
    make_due()
    work()
    make_due()
    work()
    assert sorted(Delivery.objects.values_list("state", "sid")) == [
        ("accepted", "SM" + "0" * 32),
        ("accepted", "SM" + "0" * 31 + "1"),
    ]


def test_the_status_is_asked_for_until_it_is_final(
    delivery: Delivery, plugin: FakePlugin, work: Work
) -> None:
    work()
    delivery.refresh_from_db()
    waits = []
    for _ in range(3):
        make_due()
        work()
        delivery.refresh_from_db()
        waits.append((delivery.due_at - timezone.now()).total_seconds())
    assert waits == sorted(waits)
    assert waits[0] > 50
    plugin.provider.receipts[delivery.sid] = Receipt(delivery.sid, "delivered", "delivered")
    make_due()
    work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.due_at) == ("delivered", None)


def test_a_status_that_never_comes_is_given_up_with_a_reason(
    delivery: Delivery, work: Work
) -> None:
    work()
    make_due(created_at=timezone.now() - timedelta(days=2))
    work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.due_at) == ("accepted", None)
    assert "never said" in delivery.reason


def retaken(take: Callable[..., list[Job]]) -> tuple[Job, Job]:
    """A job whose lease ended, and the look-up that another worker took in its place."""
    (late,) = take()
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    (other,) = take()
    return late, other


def test_an_acceptance_that_comes_after_another_worker_took_over_still_counts(
    delivery: Delivery, take: Callable[..., list[Job]]
) -> None:
    late, other = retaken(take)
    results.write([Result(late, Accepted("SM1", "queued", 1))])
    delivery.refresh_from_db()
    assert (delivery.state, delivery.sid, delivery.lease) == ("accepted", "SM1", other.lease)
    results.write([Result(other, None)])
    delivery.refresh_from_db()
    assert (delivery.state, delivery.lease) == ("accepted", "")


def test_a_stale_refusal_does_not_undo_a_newer_attempt(
    delivery: Delivery, take: Callable[..., list[Job]]
) -> None:
    late, looked_up = retaken(take)
    for looks in range(len(schedule.LOOK_UPS)):
        results.write([Result(looked_up, None)])
        if looks < len(schedule.LOOK_UPS) - 1:
            make_due()
            (looked_up,) = take()
    make_due()
    (newer,) = take()
    assert newer.action == "send"
    results.write([Result(late, Refused(20429, "rate_limited", "Too many at once."))])
    delivery.refresh_from_db()
    assert (delivery.state, delivery.lease) == ("sending", newer.lease)
    results.write([Result(newer, Unknown("Reset."))])
    delivery.refresh_from_db()
    assert delivery.state == "unknown"


def test_writing_a_result_twice_changes_nothing(
    delivery: Delivery, take: Callable[..., list[Job]]
) -> None:
    (job,) = take()
    refused = [Result(job, Refused(None, "transient", "Not now.", 60))]
    results.write(refused)
    delivery.refresh_from_db()
    due = delivery.due_at
    make_due()
    (newer,) = take()
    results.write(refused)
    delivery.refresh_from_db()
    assert due > timezone.now()
    assert (delivery.state, delivery.lease) == ("sending", newer.lease)


@pytest.mark.parametrize("seconds", [10**6, 1e300, float("inf")])
def test_however_long_the_provider_asks_to_wait_it_expires_on_time(
    delivery: Delivery, plugin: FakePlugin, work: Work, seconds: float
) -> None:
    plugin.provider.script = lambda message, number: Refused(429, "transient", "Later.", seconds)
    work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.due_at) == ("pending", delivery.expires_at)


@pytest.mark.django_db(transaction=True)
def test_one_result_that_cannot_be_stored_does_not_hold_the_others_up(
    project: Project, alert: Alert, take: Callable[..., list[Job]], monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue(project, alert)
    enqueue(project, replace(alert, title="Another one"))
    bad, good = take()
    real = answers.adopt

    def adopt(row: Delivery, accepted: Accepted, now: object) -> None:
        if accepted.sid == "bad":
            raise DataError("value too long")
        real(row, accepted, now)  # type: ignore[arg-type]

    monkeypatch.setattr(answers, "adopt", adopt)
    results.write([Result(bad, Accepted("bad")), Result(good, Accepted("SM2"))])
    states = dict(Delivery.objects.values_list("pk", "state"))
    assert states == {bad.delivery: "sending", good.delivery: "accepted"}


def test_a_project_deleted_meanwhile_is_no_error(
    delivery: Delivery, project: Project, take: Callable[..., list[Job]]
) -> None:
    (job,) = take()
    project.delete()
    results.write([Result(job, Accepted("SM1"))])
    assert not Delivery.objects.exists()


def test_a_plugin_that_cannot_connect_is_tried_again_later(
    delivery: Delivery, plugin: FakePlugin, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("secret text")

    monkeypatch.setattr(plugin, "connect", broken)
    work()
    delivery.refresh_from_db()
    assert delivery.state == "pending"
    assert delivery.reason == "The plugin could not connect: ValueError."
    monkeypatch.undo()
    make_due()
    work()
    delivery.refresh_from_db()
    assert delivery.state == "accepted"


def test_settings_that_no_longer_suffice_are_the_reason(
    delivery: Delivery, plugin: FakePlugin, project: Project, work: Work
) -> None:
    plugin.unset_option("to", project)
    work()
    delivery.refresh_from_db()
    assert delivery.state == "refused"
    assert "settings no longer suffice" in delivery.reason


def test_a_plugin_that_raises_leaves_an_unknown(
    delivery: Delivery, plugin: FakePlugin, work: Work
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret text")

    plugin.provider.script = broken  # type: ignore[assignment]
    work()
    delivery.refresh_from_db()
    assert delivery.state == "unknown"
    assert "RuntimeError" in delivery.reason
    assert "secret" not in delivery.reason


def test_what_the_provider_will_not_report_on_is_asked_about_soon(
    delivery: Delivery, plugin: FakePlugin, work: Work
) -> None:
    plugin.callbacks = True
    plugin.provider.script = lambda message, number: replace(
        plugin.provider.accept(message), unreported=True
    )
    work()
    delivery.refresh_from_db()
    assert not delivery.expects_callback
    assert delivery.due_at is not None
    assert (delivery.due_at - timezone.now()).total_seconds() < 60
