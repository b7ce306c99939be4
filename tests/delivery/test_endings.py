"""That a trouble is over is told to whom its beginning was told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from sentry_twilio.core import Alert, Refused
from sentry_twilio.core.alert import Project as AlertProject
from sentry_twilio.delivery import policy, reasons, watch
from sentry_twilio.delivery.cap import Cap, Caps
from sentry_twilio.delivery.models import Delivery, FallbackMessage, Notification
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.projects.models import Project

from .provider import FakePlugin

Work = Callable[[], int]
Tell = Callable[..., None]


@pytest.fixture(autouse=True)
def caps(settings: Any) -> None:
    settings.RECIPIENT_CAPS = Caps((Cap(1, 60),))


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
    tell: Tell, work: Work, project: Project
) -> None:
    policy.save(project, {"emails": "ops@example.com"})
    tell(1)
    tell(2)
    work()
    tell(2, "resolved")
    work()
    ending = Notification.objects.get(reason="resolved")
    assert ending.watch_at is None
    watch.sweep()
    assert not FallbackMessage.objects.exists()


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
