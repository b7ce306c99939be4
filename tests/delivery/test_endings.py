"""That a trouble is over is told to whom its beginning was told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sentry_twilio.core import Alert, Refused, Unknown
from sentry_twilio.core.alert import Project as AlertProject
from sentry_twilio.delivery import digests, open_issues, policy, reasons, watch
from sentry_twilio.delivery.cap import Cap, Caps
from sentry_twilio.delivery.models import Delivery, FallbackMessage, Halt, Notification
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.projects.models import Project

from .provider import FakePlugin

Work = Callable[[], int]
Tell = Callable[..., None]


@pytest.fixture(autouse=True)
def caps(settings: Any) -> None:
    settings.RECIPIENT_CAPS = Caps((Cap(1, 60),))


@pytest.fixture
def over_issues() -> set[str]:
    """The groups whose issues are resolved or muted, to be added to."""
    over: set[str] = set()
    open_issues.install(lambda project, groups: set(groups) - over)
    return over


def time_passes(**by: float) -> None:
    """Everything has happened so long ago."""
    span = timedelta(**by)
    Delivery.objects.update(created_at=F("created_at") - span, expires_at=F("expires_at") - span)
    for name in ("slot_at", "digest_since", "due_at"):
        Delivery.objects.filter(**{f"{name}__isnull": False}).update(**{name: F(name) - span})
    Notification.objects.update(created_at=F("created_at") - span, watch_at=F("watch_at") - span)
    FallbackMessage.objects.update(created_at=F("created_at") - span)


@pytest.fixture
def tell(project: Project) -> Tell:
    def tell(issue: int, reason: Any = "new") -> None:
        about, title = AlertProject.of(project), f"Disk {issue} is full"
        title = f"Resolved: {title}" if reason == "resolved" else title
        alert = Alert(project=about, group=f"issue:{issue}", title=title, reason=reason)
        enqueue(project, alert)

    return tell


def over() -> list[tuple[str, str]]:
    """State and reason of what says that something is over."""
    rows = Delivery.objects.filter(notification__reason="resolved").order_by("pk")
    return list(rows.values_list("state", "reason"))


UNTOLD = ("suppressed", reasons.NEVER_TOLD)


def test_of_a_storm_only_the_end_of_what_was_told_is_told(
    tell: Tell, work: Work, plugin: FakePlugin
) -> None:
    for issue in range(10):
        tell(issue)
    work()
    for issue in range(10):
        tell(issue, "resolved")
    work()
    assert [message.body for message in plugin.provider.requests] == [
        "Disk 0 is full",
        "Resolved: Disk 0 is full",
    ]
    assert over() == [("accepted", ""), *[UNTOLD] * 9]


def test_where_both_are_due_at_the_same_time_it_is_the_same(tell: Tell, work: Work) -> None:
    for issue in range(3):
        tell(issue)
    for issue in range(3):
        tell(issue, "resolved")
    work()
    time_passes(seconds=3)  # the one whose beginning went waits for it
    work()
    assert over() == [("accepted", ""), UNTOLD, UNTOLD]


def test_it_is_asked_for_each_recipient(
    tell: Tell, work: Work, plugin: FakePlugin, project: Project
) -> None:
    plugin.set_option("to", "+14155550100,+14155550101", project)
    refused = Refused(21211, "recipient", "No number.")
    plugin.provider.script = lambda message, number: (
        refused if message.to.endswith("0") else plugin.provider.accept(message)
    )
    tell(1)
    work()
    tell(1, "resolved")
    work()
    assert over() == [UNTOLD, ("accepted", "")]


def test_what_a_digest_told_of_was_told(tell: Tell, work: Work, project: Project) -> None:
    tell(1)
    tell(2)
    work()
    digest = Delivery.objects.get(state="accepted")
    Delivery.objects.filter(state="held").update(
        state="digested", digest=digest, digest_since=None, finished_at=timezone.now()
    )
    tell(2, "resolved")
    work()
    assert over() == [("accepted", "")]


@pytest.mark.parametrize("state", ["refused", "expired", "suppressed"])
def test_what_a_digest_told_in_vain_was_not_told(tell: Tell, work: Work, state: str) -> None:
    tell(1)
    tell(2)
    work()
    digest = Delivery.objects.get(state="accepted")
    Delivery.objects.filter(state="held").update(
        state="digested", digest=digest, digest_since=None, finished_at=timezone.now()
    )
    Delivery.objects.filter(pk=digest.pk).update(state=state)
    tell(2, "resolved")
    work()
    assert over() == [UNTOLD]


def test_what_was_told_before_its_last_end_is_of_no_account(tell: Tell, work: Work) -> None:
    tell(1)
    work()
    tell(1, "resolved")
    work()
    tell(1)
    work()
    assert Delivery.objects.filter(state="held").count() == 1
    tell(1, "resolved")
    work()
    assert over() == [("accepted", ""), UNTOLD]


def test_the_end_of_what_nobody_heard_of_is_not_told_to_the_fallback_either(
    tell: Tell, work: Work, project: Project, over_issues: set[str]
) -> None:
    policy.save(project, {"emails": "ops@example.com"})
    tell(1)
    tell(2)
    work()
    tell(2, "resolved")
    work()
    over_issues.add("issue:2")
    Delivery.objects.filter(state="accepted").update(state="delivered", due_at=None)
    for _ in range(20):
        digests.send_due()
        watch.sweep()
        time_passes(minutes=1)
    assert not FallbackMessage.objects.exists()
    ending = Notification.objects.get(reason="resolved")
    assert ending.watch_at is None


def test_the_end_of_what_was_held_waits_for_what_becomes_of_it(
    tell: Tell, work: Work, project: Project, over_issues: set[str]
) -> None:
    policy.save(project, {"emails": "ops@example.com"})
    tell(1)
    tell(2)
    work()
    tell(2, "resolved")
    work()
    watch.sweep()
    ending = Notification.objects.get(reason="resolved")
    assert ending.watch_at is not None
    assert not FallbackMessage.objects.exists()


def test_where_the_fallback_is_late_to_hear_of_the_beginning_it_hears_of_the_end_too(
    tell: Tell, work: Work, project: Project, plugin: FakePlugin, settings: Any
) -> None:
    settings.RECIPIENT_CAPS = Caps()
    policy.save(project, {"emails": "ops@example.com"})
    plugin.provider.script = lambda message, number: Refused(21211, "recipient", "No number.")
    tell(1)
    work()
    watch.sweep()
    tell(2)
    work()
    watch.sweep()  # the fallback heard something a moment ago
    tell(2, "resolved")
    work()
    for _ in range(4):
        watch.sweep()
        time_passes(minutes=1)
    told = FallbackMessage.objects.order_by("pk").values_list("subject", flat=True)
    assert list(told) == [
        "[Shop] Nobody was reached: Disk 1 is full",
        "[Shop] Nobody was reached: Disk 2 is full",
        "[Shop] Nobody was reached: Resolved: Disk 2 is full",
    ]


def test_what_became_of_the_others_is_told_though_the_issue_is_over(
    tell: Tell, work: Work, project: Project, plugin: FakePlugin, over_issues: set[str]
) -> None:
    policy.save(project, {"emails": "ops@example.com"})
    tell(1)  # takes the room of the one recipient
    work()
    plugin.set_option("to", "+14155550100,+14155550101", project)
    plugin.provider.script = lambda message, number: Refused(21211, "recipient", "No number.")
    tell(2)
    work()
    over_issues.add("issue:2")
    time_passes(minutes=2)
    digests.send_due()
    time_passes(minutes=2)
    watch.sweep()
    assert "Disk 2 is full" in FallbackMessage.objects.get().subject


def test_an_end_that_was_not_told_leaves_the_next_one_news(
    tell: Tell, work: Work, project: Project, plugin: FakePlugin
) -> None:
    tell(1)
    work()
    halt = Halt.objects.create(project=project, plugin="fake", code=20003, reason="Halted.")
    tell(1, "resolved")
    work()
    halt.delete()
    tell(1, "regressed")
    work()
    assert Delivery.objects.filter(state="held").count() == 1
    tell(1, "resolved")
    work()
    assert over() == [("suppressed", "Halted."), ("accepted", "")]


def test_where_the_beginning_is_not_kept_any_more_its_end_is_told(tell: Tell, work: Work) -> None:
    tell(1)
    work()
    Notification.objects.all().delete()
    tell(1, "resolved")
    work()
    assert over() == [("accepted", "")]


def test_a_halt_does_not_make_news_of_the_end_of_what_nobody_heard_of(
    tell: Tell, work: Work, project: Project
) -> None:
    Halt.objects.create(project=project, plugin="fake", code=20003, reason="Halted.")
    tell(1)
    tell(1, "resolved")
    work()
    assert over() == [UNTOLD]


@pytest.mark.parametrize("told", [True, False])
def test_the_ends_of_a_storm_are_decided_by_a_few_statements(
    tell: Tell, work: Work, settings: Any, told: bool
) -> None:
    if told:
        settings.RECIPIENT_CAPS = Caps()
    for issue in range(51):
        tell(issue)
    work()
    for issue in range(1, 51):
        tell(issue, "resolved")
    with CaptureQueriesContext(connection) as queries:
        work()
    assert {state for state, _ in over()} == ({"accepted"} if told else {"suppressed"})
    assert len(queries) < 40


def test_a_fallback_that_was_told_of_the_beginning_is_told_of_the_end(
    tell: Tell, work: Work, project: Project, plugin: FakePlugin
) -> None:
    policy.save(project, {"emails": "ops@example.com"})
    plugin.provider.script = lambda message, number: Refused(21211, "recipient", "No number.")
    tell(1)
    work()
    watch.sweep()
    tell(1, "resolved")
    work()
    FallbackMessage.objects.update(created_at=timezone.now() - 2 * watch.EVERY)
    watch.sweep()
    assert FallbackMessage.objects.latest("pk").subject == (
        "[Shop] Nobody was reached: Resolved: Disk 1 is full"
    )


def test_an_end_waits_for_its_beginning_that_is_still_on_its_way(
    tell: Tell, work: Work, plugin: FakePlugin
) -> None:
    plugin.provider.script = lambda message, number: (
        Refused(500, "transient", "Not now.") if number == 1 else plugin.provider.accept(message)
    )
    tell(1)
    work()
    tell(1, "resolved")
    work()
    assert len(plugin.provider.requests) == 1
    for _ in range(2):
        time_passes(minutes=1)
        work()
    bodies = [message.body for message in plugin.provider.requests]
    assert [body.startswith("Resolved") for body in bodies] == [False, False, True]


@pytest.mark.parametrize("answer", [Refused(500, "transient", "Not now."), Unknown("Timed out.")])
def test_an_end_is_not_the_last_word_where_it_began_again(
    tell: Tell, work: Work, plugin: FakePlugin, answer: Refused | Unknown, settings: Any
) -> None:
    settings.RECIPIENT_CAPS = Caps()
    tell(1)
    work()
    plugin.provider.script = lambda message, number: answer
    tell(1, "resolved")
    work()
    plugin.provider.script = lambda message, number: plugin.provider.accept(message)
    tell(1, "regressed")
    for _ in range(9):
        work()
        time_passes(minutes=1)
    end = Delivery.objects.get(notification__reason="resolved")
    assert (end.state, end.reason) == ("suppressed", reasons.BEGAN_AGAIN)
    assert not plugin.provider.requests[-1].body.startswith("Resolved")


def test_the_fallback_still_waits_for_a_digest_though_another_recipient_needs_no_word(
    tell: Tell, work: Work, project: Project
) -> None:
    policy.save(project, {"emails": "ops@example.com"})
    tell(1)
    work()
    tell(2)
    row = Delivery.objects.get(notification__group="issue:2")
    Delivery.objects.filter(pk=row.pk).update(state="digested", due_at=None)
    watch.let_be([row.notification_id])
    assert Notification.objects.get(pk=row.notification_id).watch_at is not None
