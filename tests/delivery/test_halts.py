from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sentry_twilio.core import Alert, ApiError, Receipt, Refused
from sentry_twilio.core.options import installed
from sentry_twilio.delivery import consequences, digests, halts, lease, notices, policy
from sentry_twilio.delivery.cap import Cap, Caps
from sentry_twilio.delivery.job import Job
from sentry_twilio.delivery.models import (
    Delivery,
    FallbackMessage,
    Halt,
    KnownSender,
    SegmentCount,
)
from sentry_twilio.delivery.outbox import enqueue, send_test
from sentry_twilio.delivery.receipts import apply_receipt
from sentry_twilio.delivery.senders import Senders
from sentry_twilio.projects.models import Project

from .provider import FakePlugin, Line

Work = Callable[[], int]
WRONG = Refused(20003, "config", "The token is wrong.", halts=True)


@pytest.fixture
def halted(project: Project, alert: Alert, plugin: FakePlugin, work: Work) -> Halt:
    installed().set(project, policy.CONF_KEY, {"emails": "oncall@example.com"})
    plugin.provider.script = lambda message, number: WRONG
    enqueue(project, alert)
    work()
    return Halt.objects.get()


def check() -> None:
    Halt.objects.update(check_at=timezone.now())
    halts.check_again()


def waited() -> None:
    """What is held was held long enough for a digest."""
    held = Delivery.objects.filter(digest_since__isnull=False)
    held.update(digest_since=timezone.now() - timedelta(seconds=61))


def test_the_first_refusal_stops_the_project_and_tells_its_fallback(
    halted: Halt, project: Project, alert: Alert, plugin: FakePlugin, work: Work
) -> None:
    enqueue(project, replace(alert, title="Another one"))
    work()
    assert len(plugin.provider.requests) == 1
    assert set(Delivery.objects.values_list("state", "reason")) == {("held", "The token is wrong.")}
    notice = FallbackMessage.objects.get()
    assert "no text messages" in notice.subject.lower()
    assert "The token is wrong." in notice.body


def test_another_project_goes_on(
    halted: Halt, plugin: FakePlugin, alert: Alert, work: Work
) -> None:
    other = Project.objects.create(name="Other", slug="other")
    plugin.set_option("to", "+14155550101", other)
    plugin.provider.script = lambda message, number: plugin.provider.accept(message)
    enqueue(other, alert)
    work()
    assert Delivery.objects.get(project=other).state == "accepted"


def test_once_mended_what_waited_leaves_as_one_digest(
    halted: Halt, project: Project, alert: Alert, plugin: FakePlugin, work: Work
) -> None:
    enqueue(project, replace(alert, title="Another one"))
    work()
    digests.send_due()
    assert not Delivery.objects.filter(lane="digest").exists()
    plugin.provider.script = lambda message, number: plugin.provider.accept(message)
    check()
    waited()
    digests.send_due()
    work()
    assert not Halt.objects.exists()
    assert "again" in FallbackMessage.objects.latest("pk").subject
    assert [message.body for message in plugin.provider.requests[1:]] == [
        "2 alerts of 1 issues: 2x Another one"
    ]


def test_while_it_is_still_wrong_the_reason_is_kept_up_to_date(
    halted: Halt, plugin: FakePlugin
) -> None:
    plugin.provider.trouble = Refused(20005, "config", "The account is closed.", halts=True)
    check()
    halted.refresh_from_db()
    assert (halted.code, halted.reason, halted.checks) == (20005, "The account is closed.", 1)
    assert halted.check_at > timezone.now()


def test_where_the_provider_does_not_say_it_stays(
    halted: Halt, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check_(self: Line) -> None:
        raise ApiError("Not allowed to ask.")

    monkeypatch.setattr(Line, "check", check_)
    check()
    assert Halt.objects.exists()


def test_it_is_asked_about_less_and_less_often(halted: Halt, plugin: FakePlugin) -> None:
    plugin.provider.trouble = WRONG
    waits = []
    for _ in range(8):
        check()
        halted.refresh_from_db()
        waits.append(round((halted.check_at - timezone.now()).total_seconds()))
    assert waits == [60, 120, 240, 480, 900, 900, 900, 900]


def test_a_test_goes_through_and_ends_it(
    halted: Halt, project: Project, plugin: FakePlugin, work: Work
) -> None:
    send_test(project, plugin)
    work()
    assert Delivery.objects.latest("pk").state == "refused"
    assert Halt.objects.count() == 1
    plugin.provider.script = lambda message, number: plugin.provider.accept(message)
    send_test(project, plugin)
    work()
    assert Delivery.objects.latest("pk").state == "accepted"
    assert not Halt.objects.exists()


def test_new_settings_lift_it(halted: Halt, project: Project) -> None:
    assert halts.lift(project.pk, "fake")
    assert not halts.lift(project.pk, "fake")
    assert not Halt.objects.exists()


def test_a_digest_that_meets_wrong_credentials_gives_back_its_alerts(
    halted: Halt, project: Project, alert: Alert, plugin: FakePlugin, work: Work
) -> None:
    enqueue(project, replace(alert, title="Another one"))
    work()
    halts.lift(project.pk, "fake")
    waited()
    digests.send_due()
    work()
    assert Halt.objects.exists()
    assert Delivery.objects.get(lane="digest").state == "refused"
    assert Delivery.objects.filter(state="held").count() == 2


def test_where_it_comes_and_goes_the_last_word_is_true(
    halted: Halt, project: Project, alert: Alert, plugin: FakePlugin, work: Work
) -> None:
    plugin.provider.script = lambda message, number: plugin.provider.accept(message)
    check()
    enqueue(project, replace(alert, title="Another one"))
    work()
    assert not Halt.objects.exists()
    plugin.provider.script = lambda message, number: WRONG
    enqueue(project, replace(alert, title="A third one"))
    work()
    plugin.provider.trouble = WRONG
    for _ in range(3):
        check()
    assert Halt.objects.exists()
    told = FallbackMessage.objects.filter(kind="notice").order_by("pk")
    assert [notice.subject for notice in told] == [
        "[Shop] No text messages are being sent",
        "[Shop] Text messages are sent again",
        "[Shop] No text messages are being sent",
    ]


def test_where_the_account_answers_and_yet_sends_nothing_one_message_goes_at_a_time(
    halted: Halt, project: Project, alert: Alert, plugin: FakePlugin, work: Work
) -> None:
    plugin.set_option("to", "+14155550100,+14155550101", project)
    for number in range(4):
        check()  # the provider says that all is well
        enqueue(project, replace(alert, title=f"Another one {number}"))
        waited()
        for _ in range(3):
            digests.send_due()
            while work():
                pass
        # Each time one message is tried, and refused.
        assert len(plugin.provider.requests) == 2 + number
    halted.refresh_from_db()
    assert halted.checks == 4
    assert [notice.subject for notice in FallbackMessage.objects.filter(kind="notice")] == [
        "[Shop] No text messages are being sent"
    ]


def test_on_trial_one_digest_goes_and_the_others_wait_for_what_becomes_of_it(
    halted: Halt, project: Project, alert: Alert, plugin: FakePlugin, work: Work
) -> None:
    plugin.set_option("to", "+14155550100,+14155550101", project)
    for number in range(2):
        enqueue(project, replace(alert, title=f"Another one {number}"))
    work()
    plugin.provider.script = lambda message, number: plugin.provider.accept(message)
    check()
    waited()
    digests.send_due()
    assert Delivery.objects.filter(lane="digest").count() == 1
    work()
    assert not Halt.objects.exists()
    digests.send_due()
    work()
    found = Delivery.objects.filter(lane="digest").values_list("recipient", "state")
    assert sorted(found) == [("+14155550100", "accepted"), ("+14155550101", "accepted")]


def test_a_trial_that_its_sender_s_gate_keeps_is_not_used_up(
    halted: Halt, project: Project, alert: Alert, plugin: FakePlugin, work: Work
) -> None:
    check()
    now = timezone.now()
    gate = KnownSender.objects.create(
        key="fake:account:line", width=1, changed_at=now, closed_until=now + timedelta(minutes=1)
    )
    enqueue(project, replace(alert, title="Another one"))
    work()
    halted.refresh_from_db()
    assert halted.on_trial
    gate.delete()
    plugin.provider.script = lambda message, number: plugin.provider.accept(message)
    work()
    assert Delivery.objects.get(body="Another one").state == "accepted"


def test_a_check_that_fails_ends_the_trial(halted: Halt, plugin: FakePlugin) -> None:
    check()
    plugin.provider.trouble = WRONG
    check()
    halted.refresh_from_db()
    assert not halted.on_trial


def test_after_a_person_tried_again_in_vain_a_later_halt_is_told_anew(
    halted: Halt, project: Project, alert: Alert, work: Work
) -> None:
    halts.lift(project.pk, "fake")
    enqueue(project, replace(alert, title="Another one"))
    work()
    assert FallbackMessage.objects.filter(kind="notice").count() == 1  # it was told just now
    halts.lift(project.pk, "fake")
    FallbackMessage.objects.update(created_at=timezone.now() - timedelta(days=1))
    enqueue(project, replace(alert, title="A third one"))
    work()
    assert FallbackMessage.objects.filter(kind="notice").count() == 2


def test_a_project_with_an_odd_name_is_told_once(project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(name="My  Shop ")
    project.refresh_from_db()
    installed().set(project, policy.CONF_KEY, {"emails": "oncall@example.com"})
    for _ in range(2):
        notices.tell_once(project, "It is odd", "Look at it.", timedelta(hours=1))
    assert FallbackMessage.objects.count() == 1


def test_the_end_of_a_trouble_that_a_halt_stops_is_in_no_digest(
    halted: Halt, project: Project, alert: Alert, work: Work
) -> None:
    enqueue(project, replace(alert, reason="resolved", title="Resolved"))
    work()
    row = Delivery.objects.get(body="Resolved")
    assert (row.state, row.digest_since) == ("suppressed", None)


def test_what_a_plugin_was_to_send_is_not_sent_once_it_is_switched_off(
    project: Project, alert: Alert, plugin: FakePlugin, work: Work
) -> None:
    enqueue(project, alert)
    plugin.set_option("enabled", "0", project)
    work()
    assert plugin.provider.requests == []
    row = Delivery.objects.get()
    assert (row.state, row.due_at) == ("suppressed", None)
    assert "switched off" in row.reason


def test_a_halt_that_began_before_the_clock_was_set_back_ends_with_the_next_acceptance(
    halted: Halt, project: Project, alert: Alert, plugin: FakePlugin, work: Work
) -> None:
    Halt.objects.update(since=timezone.now() + timedelta(hours=2))
    plugin.provider.script = lambda message, number: plugin.provider.accept(message)
    check()
    enqueue(project, replace(alert, title="Another one"))
    work()
    assert not Halt.objects.exists()


@pytest.fixture
def worst(
    project: Project, alert: Alert, plugin: FakePlugin, work: Work, settings: Any
) -> list[int]:
    """Three of the worst alerts, to two recipients each; the first refusal halted the project."""
    settings.WORST_CAPS, settings.DIGEST_CAPS = Caps((Cap(3, 900),)), Caps((Cap(1, 900),))
    settings.ACCOUNT_SEGMENTS_A_DAY = 1000
    plugin.set_option("to", "+14155550100,+14155550101", project)
    plugin.provider.script = lambda message, number: WRONG
    for number in range(3):
        enqueue(project, replace(alert, title=f"Down {number}", level="fatal"))
    Delivery.objects.update(segments=2)
    work()
    return list(Delivery.objects.order_by("pk").values_list("pk", flat=True))


def test_on_trial_one_of_the_worst_goes_and_the_others_keep_their_room(
    worst: list[int], plugin: FakePlugin, work: Work
) -> None:
    before = len(plugin.provider.requests)
    for trials in range(1, 4):
        check()
        waited()
        for _ in range(2):
            digests.send_due()
            work()
        assert len(plugin.provider.requests) == before + trials
        assert set(Delivery.objects.values_list("state", "slot_at")) == {("held", None)}
        assert SegmentCount.objects.get().segments == 0
    plugin.provider.script = lambda message, number: plugin.provider.accept(message)
    check()
    for _ in range(3):
        waited()
        digests.send_due()
        work()
    assert not Halt.objects.exists()
    assert set(Delivery.objects.values_list("pk", "state")) == {(pk, "accepted") for pk in worst}


def test_what_was_let_go_before_a_halt_gives_its_room_back(
    worst: list[int], project: Project, work: Work
) -> None:
    halt = Halt.objects.get()
    halt.delete()
    waited()
    digests.send_due()
    assert Delivery.objects.filter(slot_at__isnull=False).count() == 6
    assert SegmentCount.objects.get().segments == 12
    halt.save(force_insert=True)
    work()
    assert set(Delivery.objects.values_list("state", "slot_at")) == {("held", None)}
    assert SegmentCount.objects.get().segments == 0


def test_whoever_lets_go_locks_segments_before_halts(
    halted: Halt, project: Project, alert: Alert, work: Work
) -> None:
    check()
    enqueue(project, replace(alert, title="Another one"))
    Delivery.objects.update(segments=1)
    with CaptureQueriesContext(connection) as queries:
        lease.take(Senders().routes, 10)
    updates = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    of = {
        table: [place for place, sql in enumerate(updates) if table in sql.split(" SET ")[0]]
        for table in ("delivery_segmentcount", "delivery_halt")
    }
    assert max(of["delivery_segmentcount"]) < min(of["delivery_halt"])


def test_a_report_that_is_quicker_than_the_answer_ends_a_halt_on_trial(
    halted: Halt, project: Project, alert: Alert, take: Callable[..., list[Job]]
) -> None:
    check()
    enqueue(project, replace(alert, title="On trial", group="issue:9"))
    (job,) = take()
    row = Delivery.objects.get(pk=job.delivery)
    apply_receipt(row, Receipt("SM1", "delivered", "delivered"), timezone.now())
    row.save()
    assert job.attempted_at is not None
    consequences.draw([row], {row.pk: job.attempted_at}, timezone.now())
    assert not Halt.objects.exists()
