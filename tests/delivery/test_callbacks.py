from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sentry_twilio.core import Alert, Invalid
from sentry_twilio.core.alert import Project as AlertProject
from sentry_twilio.delivery import callbacks, optouts
from sentry_twilio.delivery.models import (
    Attempt,
    BadRecipient,
    Callback,
    Delivery,
    KnownSender,
    Notification,
    OptOut,
)
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.delivery.verification import SignedRequest
from sentry_twilio.projects.models import Project

from .provider import FakePlugin, sign

URL = "https://alerts.example.com/hooks/fake/"
ADA = "+14155550100"
LINE, POOL = "fake:account:line", "fake:account:pool"
Work = Callable[[], int]


@pytest.fixture
def sent(delivery: Delivery, work: Work) -> Delivery:
    work()
    delivery.refresh_from_db()
    return delivery


@pytest.fixture
def report(plugin: FakePlugin) -> Callable[..., Invalid | None]:
    """A report, as the provider would send it; False instead of an attempt: it names none."""

    def report(
        sid: str, state: str, attempt: Attempt | bool = True, secret: str = "", **fields: str
    ) -> Invalid | None:
        if attempt is True:
            attempt = Attempt.objects.get()
        params = [("sid", sid), ("state", state), *fields.items()]
        request = SignedRequest(plugin, URL, params, sign(URL, secret), None)
        return callbacks.take_report(request, attempt or None)

    return report


@pytest.fixture
def write(plugin: FakePlugin) -> Callable[..., Invalid | None]:
    """A recipient writes to us."""

    def write(
        sid: str, body: str, to: str = "line", secret: str = "", **fields: str
    ) -> Invalid | None:
        params = [("sid", sid), ("to", to), ("from", ADA), ("body", body), *fields.items()]
        return callbacks.take_inbound(SignedRequest(plugin, URL, params, sign(URL, secret), None))

    return write


Report = Callable[..., Invalid | None]
Write = Callable[..., Invalid | None]


@pytest.fixture
def other(plugin: FakePlugin, project: Project) -> Project:
    """Another project on this host, with a secret of its own."""
    other = Project.objects.create(name="Other", slug="other")
    plugin.set_option("to", ADA, other)
    plugin.set_option("secret", "other's", other)
    return other


def state_of(row: Delivery) -> str:
    row.refresh_from_db()
    return row.state


def is_blocked(sender_key: str = LINE) -> bool:
    return bool(optouts.blocked({(sender_key, ADA)}, timezone.now()))


# Reports on messages


def test_a_report_is_kept_once_however_often_it_comes(report: Report, sent: Delivery) -> None:
    for _ in range(3):
        assert report(sent.sid, "delivered") is None
    kept = Callback.objects.get()
    assert (kept.kind, kept.delivery, kept.sid, kept.status, kept.times) == (
        "status",
        sent,
        sent.sid,
        "delivered",
        3,
    )
    assert state_of(sent) == "delivered"
    assert sent.expects_callback


def test_reports_in_the_wrong_order_are_all_kept_and_the_last_word_holds(
    report: Report, sent: Delivery
) -> None:
    for state in ("delivered", "accepted", "undelivered", "accepted"):
        assert report(sent.sid, state) is None
    assert state_of(sent) == "delivered"
    assert dict(Callback.objects.values_list("status", "times")) == {
        "delivered": 1,
        "accepted": 2,
        "undelivered": 1,
    }


def test_a_report_about_the_attempt_proves_that_it_was_accepted(
    report: Report, delivery: Delivery, take: Callable[..., Any]
) -> None:
    take()
    assert report("SM-from-the-report", "accepted") is None
    assert state_of(delivery) == "accepted"
    assert delivery.sid == "SM-from-the-report"


@pytest.mark.parametrize(("number", "repeated"), [(1, True), (2, False)])
def test_while_a_later_attempt_is_in_doubt_it_may_have_been_repeated(
    report: Report, delivery: Delivery, take: Callable[..., Any], number: int, repeated: bool
) -> None:
    take()
    Delivery.objects.update(tries=2)
    Attempt.objects.create(delivery=delivery, number=2)
    attempt = Attempt.objects.get(number=number)
    assert report("SM1", "accepted", attempt) is None
    assert state_of(delivery) == "accepted"
    assert delivery.possibly_repeated == repeated


def test_a_report_that_names_no_attempt_counts_by_its_sid(report: Report, sent: Delivery) -> None:
    assert report(sent.sid, "delivered", attempt=False) is None
    assert state_of(sent) == "delivered"


def test_a_report_about_somebody_else_s_message_is_thanked_for_and_not_kept(
    report: Report, sent: Delivery
) -> None:
    assert report("SM-of-another-program", "delivered", attempt=False) is None
    assert state_of(sent) == "accepted"
    assert not Callback.objects.exists()


@pytest.mark.parametrize("attempt", [False, None])
def test_a_sid_counts_only_for_the_project_whose_secret_proves_the_request(
    report: Report, other: Project, plugin: FakePlugin, sent: Delivery, attempt: bool | None
) -> None:
    theirs: Attempt | bool = False
    if attempt is None:  # with a token of their own they may speak of their own message only
        enqueue(other, Alert(project=AlertProject.of(other), group="1", title="Theirs"))
        row = Delivery.objects.get(project=other)
        theirs = Attempt.objects.create(delivery=row, number=1)
    assert report(sent.sid, "delivered", attempt=theirs, secret="other's") is None
    assert state_of(sent) == "accepted"
    assert not Callback.objects.exists()


def test_projects_that_share_an_account_may_hold_each_other_s_messages(
    report: Report, other: Project, plugin: FakePlugin, sent: Delivery
) -> None:
    plugin.unset_option("secret", other)
    enqueue(other, Alert(project=AlertProject.of(other), group="1", title="It broke"))
    row = Delivery.objects.get(project=other)
    theirs = Attempt.objects.create(delivery=row, number=1)
    assert report(sent.sid, "delivered", attempt=theirs) is None
    assert (state_of(sent), state_of(row)) == ("delivered", "pending")


def test_a_report_about_a_message_that_a_twin_took_for_its_own_counts_there(
    report: Report, sent: Delivery
) -> None:
    twin = Delivery.objects.get()
    twin.pk, twin.sid = None, "SM-of-both"
    twin.save()
    assert report("SM-of-both", "delivered") is None
    assert (state_of(twin), state_of(sent)) == ("delivered", "accepted")


def test_a_report_without_a_valid_signature_does_nothing(report: Report, sent: Delivery) -> None:
    for attempt in (True, False):
        assert isinstance(report(sent.sid, "delivered", attempt, secret="guess"), Invalid)
    assert state_of(sent) == "accepted"


def test_a_delivery_that_was_deleted_meanwhile_is_nobody_s(report: Report, sent: Delivery) -> None:
    attempt = Attempt.objects.select_related("delivery__project").get()
    Notification.objects.all().delete()
    assert report(sent.sid, "delivered", attempt) is None
    assert not Callback.objects.exists()


def test_a_failure_has_its_fallback_looked_at_and_marks_the_recipient(
    report: Report, sent: Delivery
) -> None:
    before = timezone.now()
    Notification.objects.update(watch_at=before + timedelta(hours=1))
    fields = {"code": "30005", "kind": "recipient", "reason": "There is no such number."}
    assert report(sent.sid, "undelivered", **fields) is None
    assert (state_of(sent), sent.code) == ("undelivered", 30005)
    assert BadRecipient.objects.get().reason == "There is no such number."
    watch_at = Notification.objects.get().watch_at
    assert watch_at is not None
    assert watch_at < before + timedelta(minutes=1)
    assert report(sent.sid, "delivered") is None
    assert not BadRecipient.objects.exists()


def test_a_transient_failure_is_repeated_once(
    report: Report, sent: Delivery, plugin: FakePlugin, work: Work
) -> None:
    plugin.repeats = "It broke (again)"
    for _ in range(2):
        report(sent.sid, "undelivered", code="30008", kind="transient")
    assert work() == 1
    assert [message.body for message in plugin.provider.requests] == [
        "It broke",
        "It broke (again)",
    ]


# What recipients write


def test_stop_and_start_hold_for_the_number_and_its_pool(write: Write, sent: Delivery) -> None:
    assert write("SM1", "STOP", to="pool,line") is None
    assert is_blocked(LINE)
    assert is_blocked(POOL)
    assert write("SM2", "START", to="pool,line") is None
    assert not is_blocked(LINE)
    assert not is_blocked(POOL)
    assert list(Callback.objects.values_list("kind", "recipient").order_by("pk")) == [
        ("opt_out", ADA),
        ("opt_in", ADA),
    ]


def test_after_stop_nothing_is_sent_until_start(
    write: Write, sent: Delivery, alert: Alert, project: Project, work: Work, plugin: FakePlugin
) -> None:
    write("SM1", "STOP")
    enqueue(project, alert)
    assert work() == 0
    assert state_of(Delivery.objects.latest("pk")) == "suppressed"
    write("SM2", "START")
    enqueue(project, alert)
    assert work() == 1
    assert len(plugin.provider.requests) == 2


def test_a_stop_that_is_repeated_after_a_start_does_nothing(write: Write, sent: Delivery) -> None:
    write("SM1", "STOP")
    write("SM2", "START")
    assert write("SM1", "STOP") is None
    assert not is_blocked()
    assert Callback.objects.get(sid="SM1").times == 2
    write("SM3", "STOP")
    assert is_blocked()


def test_a_reply_is_kept_and_shows_that_recipients_can_be_heard(
    write: Write, sent: Delivery
) -> None:
    assert write("SM1", "Who\0 is this?") is None
    kept = Callback.objects.get()
    assert (kept.kind, kept.body, kept.recipient, kept.sender_key) == (
        "reply",
        "Who is this?",
        ADA,
        LINE,
    )
    assert KnownSender.objects.get(key=LINE).inbound_at is not None
    assert not OptOut.objects.exists()


def test_an_inbound_message_leaves_the_gate_as_it_was(write: Write, sent: Delivery) -> None:
    KnownSender.objects.create(key=LINE, width=7, closings=3)
    write("SM1", "Thanks")
    gate = KnownSender.objects.get()
    assert (gate.width, gate.closings) == (7, 3)
    assert gate.inbound_at is not None


def test_one_who_borrows_an_account_s_name_silences_nobody(
    write: Write, other: Project, sent: Delivery
) -> None:
    # The secret of the other project was never accepted for any message.
    assert write("SM1", "STOP", secret="other's") is None
    assert not is_blocked()
    # It is shown that it came, and it counts for nothing.
    known = KnownSender.objects.get()
    assert (known.inbound_at, known.unproved_at is None) == (None, False)
    # And it cannot take the place of the real one.
    assert write("SM2", "STOP") is None
    assert is_blocked()


def test_a_start_is_heard_even_where_all_that_was_sent_is_forgotten(
    write: Write, project: Project
) -> None:
    optouts.learn(LINE, ADA, OptOut.Source.MESSAGE, timezone.now())
    assert write("SM1", "START") is None
    assert not is_blocked()


def test_a_message_without_a_valid_signature_is_not_heard(write: Write, sent: Delivery) -> None:
    assert isinstance(write("SM1", "STOP", secret="guess"), Invalid)
    assert not Callback.objects.exists()
    assert not is_blocked()
