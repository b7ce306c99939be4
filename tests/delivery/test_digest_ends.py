"""What becomes of the alerts that a digest stood for, where it does not get through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sentry_twilio.core import Alert, Receipt, Refused, Unknown
from sentry_twilio.delivery import digests, optouts, policy, reasons, watch
from sentry_twilio.delivery.cap import Cap, Caps
from sentry_twilio.delivery.models import Delivery, Halt, Notification, OptOut, SegmentCount
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.projects.models import Project

from .provider import FakePlugin
from .test_digests import pass_time, the_digest

Work = Callable[[], int]
WRONG_SENDER = Refused(21606, "config", "The sender cannot send to this recipient.")


@pytest.fixture(autouse=True)
def caps(settings: Any) -> None:
    settings.RECIPIENT_CAPS = Caps((Cap(1, 60),))
    settings.DIGEST_CAPS = Caps((Cap(1, 300), Cap(6, 3600)))


@pytest.fixture
def held(project: Project, alert: Alert, work: Work) -> None:
    """One alert was sent; three are held, and have waited for a minute."""
    policy.save(project, {"emails": "ops@example.com"})
    for _ in range(4):
        enqueue(project, alert)
    while work():
        pass
    Notification.objects.filter(deliveries__state="accepted").update(watch_at=None)
    pass_time(seconds=61)


def members() -> Any:
    return Delivery.objects.exclude(notification__reason="digest").order_by("pk")[1:]


def states() -> list[str]:
    return [row.state for row in members()]


def told() -> int:
    """For how many alerts the fallback was told."""
    watch.sweep()
    return Notification.objects.filter(fallback__isnull=False).count()


def refuse(plugin: FakePlugin, refused: Refused) -> None:
    plugin.provider.script = lambda message, number: refused


def test_a_digest_whose_sender_is_refused_is_not_written_again_at_once(
    held: None, plugin: FakePlugin, work: Work
) -> None:
    refuse(plugin, WRONG_SENDER)
    for _ in range(20):
        digests.send_due()
        work()
    assert len(plugin.provider.requests) == 2
    assert the_digest().state == "refused"
    assert states() == ["held"] * 3
    for _ in range(20):
        pass_time(seconds=61)
        digests.send_due()
        work()
    # Twenty minutes later: one each five minutes.
    assert len(plugin.provider.requests) == 2 + 4


def test_without_caps_it_is_not_written_each_moment_either(
    held: None, plugin: FakePlugin, work: Work, settings: Any
) -> None:
    settings.RECIPIENT_CAPS = settings.DIGEST_CAPS = Caps()
    refuse(plugin, WRONG_SENDER)
    for _ in range(5):
        digests.send_due()
        work()
    assert len(plugin.provider.requests) == 2


def test_what_is_too_old_to_be_of_use_is_in_the_next_digest_too(
    held: None, plugin: FakePlugin, work: Work
) -> None:
    first, *_ = members()
    Delivery.objects.filter(pk=first.pk).update(expires_at=timezone.now())
    refuse(plugin, WRONG_SENDER)
    digests.send_due()
    work()
    assert states() == ["expired", "held", "held"]
    assert told() == 1
    plugin.provider.script = lambda message, number: plugin.provider.accept(message)
    pass_time(seconds=301)
    digests.send_due()
    work()
    newer = Delivery.objects.get(notification__reason="digest", state="accepted")
    assert newer.stood_for.count() == 3


def test_by_itself_it_is_not_worth_another_refusal(
    held: None, plugin: FakePlugin, work: Work
) -> None:
    Delivery.objects.filter(digest_since__isnull=False).update(expires_at=timezone.now())
    refuse(plugin, WRONG_SENDER)
    for _ in range(5):
        digests.send_due()
        work()
        pass_time(seconds=301)
    assert len(plugin.provider.requests) == 2
    assert states() == ["expired"] * 3


def test_once_the_sender_is_mended_the_next_digest_names_what_was_given_back(
    held: None, plugin: FakePlugin, work: Work
) -> None:
    refuse(plugin, WRONG_SENDER)
    digests.send_due()
    work()
    plugin.provider.script = lambda message, number: plugin.provider.accept(message)
    pass_time(seconds=301)
    digests.send_due()
    work()
    newer = Delivery.objects.get(notification__reason="digest", state="accepted")
    assert newer.stood_for.count() == 3


def test_segments_of_a_digest_that_expired_are_given_back(held: None, work: Work) -> None:
    digests.send_due()
    digest = the_digest()
    Delivery.objects.filter(pk=digest.pk).update(segments=2, expires_at=timezone.now())
    SegmentCount.objects.update_or_create(
        account="fake:account",
        hour=timezone.now().replace(minute=0, second=0, microsecond=0),
        defaults={"segments": 5},
    )
    work()
    assert SegmentCount.objects.get().segments == 3
    digest.refresh_from_db()
    assert (digest.state, digest.slot_at) == ("expired", None)


def test_segments_of_a_digest_that_may_have_left_are_not_given_back(
    held: None, plugin: FakePlugin, work: Work
) -> None:
    digests.send_due()
    digest = the_digest()
    Delivery.objects.filter(pk=digest.pk).update(segments=2)
    plugin.provider.script = lambda message, number: Unknown("The line went dead.")
    work()
    SegmentCount.objects.update_or_create(
        account="fake:account",
        hour=timezone.now().replace(minute=0, second=0, microsecond=0),
        defaults={"segments": 5},
    )
    Delivery.objects.filter(pk=digest.pk).update(
        state="pending", lease_until=None, due_at=timezone.now(), expires_at=timezone.now()
    )
    work()
    digest.refresh_from_db()
    assert (digest.state, digest.slot_at is None) == ("expired", False)
    assert SegmentCount.objects.get().segments == 5


def test_whom_a_digest_could_not_reach_the_fallback_hears_of_at_once(
    held: None, plugin: FakePlugin, work: Work
) -> None:
    refuse(plugin, Refused(21211, "recipient", "No number."))
    digests.send_due()
    work()
    assert the_digest().state == "refused"
    assert told() == 3


def test_so_it_does_where_the_digest_was_not_delivered(
    held: None, plugin: FakePlugin, work: Work
) -> None:
    digests.send_due()
    work()
    digest = the_digest()
    # It was looked at already, and is to be looked at again in a quarter of an hour.
    assert told() == 0
    plugin.provider.receipts[digest.sid] = Receipt(digest.sid, "undelivered", "undelivered", 30005)
    Delivery.objects.filter(pk=digest.pk).update(due_at=timezone.now())
    work()
    assert told() == 3


def test_so_it_does_where_the_digest_expired_and_its_alerts_have_waited_long_enough(
    held: None, work: Work
) -> None:
    digests.send_due()
    Delivery.objects.filter(pk=the_digest().pk).update(expires_at=timezone.now())
    Notification.objects.update(
        created_at=timezone.now() - timedelta(minutes=4),
        watch_at=timezone.now() + timedelta(minutes=10),
    )
    work()
    assert states() == ["held"] * 3
    assert told() == 3


def test_whoever_opted_out_gets_no_digest_and_it_says_so(
    held: None, plugin: FakePlugin, work: Work
) -> None:
    key = Delivery.objects.earliest("pk").sender_key
    optouts.learn(key, "+14155550100", OptOut.Source.REFUSAL, timezone.now())
    digests.send_due()
    assert {(row.state, row.reason) for row in members()} == {("suppressed", reasons.OPTED_OUT)}
    assert not Delivery.objects.filter(notification__reason="digest").exists()
    assert told() == 3


def test_an_opt_out_that_is_heard_after_the_digest_was_written_counts_too(
    held: None, plugin: FakePlugin, work: Work
) -> None:
    digests.send_due()
    key = Delivery.objects.earliest("pk").sender_key
    optouts.learn(key, "+14155550100", OptOut.Source.REFUSAL, timezone.now())
    work()
    assert the_digest().state == "suppressed"
    pass_time(seconds=1)
    digests.send_due()
    assert {(row.state, row.reason) for row in members()} == {("suppressed", reasons.OPTED_OUT)}
    assert len(plugin.provider.requests) == 1


def test_a_recipient_who_was_removed_gets_no_digest(
    held: None, plugin: FakePlugin, project: Project, work: Work
) -> None:
    plugin.set_option("to", "+14155550199", project)
    digests.send_due()
    work()
    assert {(row.state, row.reason) for row in members()} == {("suppressed", reasons.REMOVED)}
    assert len(plugin.provider.requests) == 1
    assert told() == 3


def test_whom_an_alert_named_itself_was_never_in_the_settings(
    project: Project, alert: Alert, plugin: FakePlugin, work: Work
) -> None:
    for _ in range(3):
        enqueue(project, alert, overrides={"fake": {"to": "+14155550177"}})
    while work():
        pass
    pass_time(seconds=61)
    digests.send_due()
    work()
    assert plugin.provider.requests[-1].to == "+14155550177"
    assert states() == ["digested"] * 2


def test_what_is_held_says_so_once_the_plugin_is_switched_off(
    held: None, plugin: FakePlugin, project: Project, work: Work
) -> None:
    plugin.set_option("enabled", "0", project)
    digests.send_due()
    assert {(row.state, row.reason) for row in members()} == {("suppressed", reasons.SWITCHED_OFF)}


def test_a_digest_that_was_written_before_the_plugin_was_switched_off_keeps_nothing(
    held: None, plugin: FakePlugin, project: Project, work: Work
) -> None:
    digests.send_due()
    plugin.set_option("enabled", "0", project)
    work()
    digests.send_due()
    assert {(row.state, row.reason) for row in members()} == {("suppressed", reasons.SWITCHED_OFF)}


def test_a_long_span_of_a_cap_keeps_no_digest_waiting(
    project: Project, alert: Alert, work: Work, settings: Any
) -> None:
    settings.RECIPIENT_CAPS = Caps((Cap(1, 3600),))
    for _ in range(3):
        enqueue(project, alert)
    while work():
        pass
    digests.send_due()
    assert not Delivery.objects.filter(notification__reason="digest").exists()
    pass_time(seconds=61)
    digests.send_due()
    assert the_digest().stood_for.count() == 2


def test_a_halt_gives_the_digest_s_alerts_back_and_its_slot(
    held: None, plugin: FakePlugin, work: Work
) -> None:
    refuse(plugin, Refused(20003, "config", "The token is wrong.", halts=True))
    digests.send_due()
    work()
    assert the_digest().slot_at is None
    assert states() == ["held"] * 3
    Halt.objects.all().delete()
    plugin.provider.script = lambda message, number: plugin.provider.accept(message)
    digests.send_due()
    work()
    assert states() == ["digested"] * 3
