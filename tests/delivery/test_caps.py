from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sentry_twilio.core import Alert, Message, Refused, Unknown
from sentry_twilio.core.options import installed
from sentry_twilio.delivery import allowance, policy
from sentry_twilio.delivery.cap import Cap, Caps
from sentry_twilio.delivery.job import Job
from sentry_twilio.delivery.models import Attempt, Delivery, FallbackMessage, Halt, SegmentCount
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.projects.models import Project

from .provider import FakePlugin

Take = Callable[..., list[Job]]
Work = Callable[[], int]


@pytest.fixture(autouse=True)
def caps(settings: Any) -> None:
    settings.RECIPIENT_CAPS = Caps((Cap(1, 60), Cap(3, 900)))
    settings.WORST_CAPS = Caps((Cap(2, 900),))


@pytest.fixture
def tell(project: Project, alert: Alert) -> Callable[..., None]:
    """Enqueue an alert with a text of its own."""
    count = 0

    def tell(where: Project | None = None, **changes: Any) -> None:
        nonlocal count
        count += 1
        enqueue(where or project, replace(alert, title=f"It broke {count}", **changes))

    return tell


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def turn_back(**by: float) -> None:
    """As if what was let go had been so long ago."""
    for row in Delivery.objects.filter(slot_at__isnull=False):
        assert row.slot_at is not None
        Delivery.objects.filter(pk=row.pk).update(slot_at=row.slot_at - timedelta(**by))


def test_what_is_over_the_cap_is_held_with_the_reason(
    tell: Callable[..., None], work: Work
) -> None:
    tell()
    tell()
    work()
    assert states() == ["accepted", "held"]
    held = Delivery.objects.get(state="held")
    assert held.reason == (
        "1 message went to this recipient within a minute, and no more than 1 may."
    )
    assert (held.due_at, held.tries) == (None, 0)
    assert held.digest_since is not None


def test_the_longer_caps_hold_too(tell: Callable[..., None], work: Work) -> None:
    for _ in range(4):
        tell()
        work()
        turn_back(seconds=61)
    assert states() == ["accepted", "accepted", "accepted", "held"]
    assert "within 15 minutes" in Delivery.objects.get(state="held").reason


def test_recipients_are_counted_across_projects(
    tell: Callable[..., None], plugin: FakePlugin, work: Work
) -> None:
    other = Project.objects.create(name="Other", slug="other")
    plugin.set_option("to", "+14155550100,+14155550101", other)
    tell()
    tell(other)
    work()
    found = Delivery.objects.order_by("pk").values_list("recipient", "state")
    assert list(found) == [
        ("+14155550100", "accepted"),
        ("+14155550100", "held"),
        ("+14155550101", "accepted"),
    ]


@pytest.mark.parametrize(
    "worst",
    [
        {"level": "fatal"},
        {"level": "error", "reason": "metric"},
        {"level": "error", "reason": "uptime"},
    ],
)
def test_the_worst_alerts_have_a_lane_of_their_own(
    tell: Callable[..., None], work: Work, worst: dict[str, str]
) -> None:
    tell()
    work()
    for _ in range(3):
        tell(**worst)
        work()
    assert states() == ["accepted", "accepted", "accepted", "held"]


def test_the_worst_are_sent_first(tell: Callable[..., None], take: Take) -> None:
    tell()
    tell(level="fatal")
    (job,) = take(1)
    assert job.message.body == "It broke 2"


@pytest.mark.parametrize("reason", ["resolved", "test"])
def test_the_end_of_a_trouble_and_a_test_are_never_held_but_counted(
    tell: Callable[..., None], work: Work, reason: str
) -> None:
    tell()
    tell(group="issue:2", level="fatal")
    work()
    tell(reason=reason)
    work()
    assert states() == ["accepted"] * 3
    turn_back(minutes=16)
    tell(group="issue:2", reason=reason)
    work()
    assert states() == ["accepted"] * 4
    tell()
    work()
    assert states()[-1] == "held"


def test_a_project_has_a_cap_an_hour(
    tell: Callable[..., None], work: Work, project: Project, plugin: FakePlugin, settings: Any
) -> None:
    settings.RECIPIENT_CAPS = Caps()
    settings.PROJECT_CAP_HOUR = 2
    for _ in range(3):
        tell()
    work()
    tell(level="fatal")
    work()
    assert states() == ["accepted", "accepted", "held", "accepted"]
    assert "2 messages an hour" in Delivery.objects.get(state="held").reason
    turn_back(hours=1)
    tell()
    work()
    assert states()[-1] == "accepted"


def test_an_account_has_a_cap_of_segments_a_day(
    tell: Callable[..., None],
    work: Work,
    project: Project,
    plugin: FakePlugin,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        plugin,
        "compose",
        lambda notification, options: [Message("+14155550100", notification.alert.title, 3)],
    )
    installed().set(project, policy.CONF_KEY, {"emails": "oncall@example.com"})
    settings.RECIPIENT_CAPS = Caps()
    settings.ACCOUNT_SEGMENTS_A_DAY = 7
    tell()
    work()
    allowance.warn()
    assert not FallbackMessage.objects.exists()
    tell()
    work()  # 6 of 7: more than 80 %
    allowance.warn()
    notice = FallbackMessage.objects.get()
    assert "6 of the 7 segments" in notice.body
    tell()
    tell(level="fatal")
    work()
    assert states() == ["accepted", "accepted", "held", "accepted"]
    SegmentCount.objects.update(hour=timezone.now() - timedelta(hours=25))
    tell()
    work()
    assert states()[-1] == "accepted"


def test_what_was_let_go_is_not_asked_again(
    tell: Callable[..., None], take: Take, settings: Any
) -> None:
    tell()
    (job,) = take()
    Delivery.objects.update(state="pending", lease_until=None)
    settings.RECIPIENT_CAPS = Caps((Cap(1, 900),))
    assert [job.delivery for job in take()] == [job.delivery]


def test_caps_are_read_as_they_are_shown() -> None:
    caps = Caps.read("1/60, 5/900")
    assert caps == Caps((Cap(1, 60), Cap(5, 900)))
    assert Caps.read(str(caps)) == caps
    assert Caps.read("off") == Caps()
    assert str(Caps()) == "off"


@pytest.mark.parametrize(
    "text", ["", "5", "0/60", "5/0", "a/b", "5/60/7", "-1/60", "1/99999999999"]
)
def test_nonsense_is_no_cap(text: str) -> None:
    with pytest.raises(ValueError):
        Caps.read(text)


def test_what_was_refused_rang_no_phone_and_leaves_room_for_other_projects(
    tell: Callable[..., None], work: Work, plugin: FakePlugin
) -> None:
    other = Project.objects.create(name="Other", slug="other")
    plugin.set_option("to", "+14155550100", other)
    plugin.provider.script = lambda message, number: Refused(21617, "message", "Too long.")
    tell()
    work()
    plugin.provider.script = lambda message, number: plugin.provider.accept(message)
    tell(other)
    work()
    assert states() == ["refused", "accepted"]


@pytest.mark.parametrize("kind", ["config", "recipient", "message"])
def test_a_number_that_is_always_refused_is_not_asked_without_an_end(
    tell: Callable[..., None], work: Work, plugin: FakePlugin, kind: Any
) -> None:
    plugin.provider.script = lambda message, number: Refused(21211, kind, "No.")
    for _ in range(20):
        tell()
        work()
    assert states() == ["refused", *["held"] * 19]


@pytest.mark.parametrize("halts", [False, True])
def test_segments_of_what_was_refused_are_given_back(
    tell: Callable[..., None], work: Work, plugin: FakePlugin, settings: Any, halts: bool
) -> None:
    settings.RECIPIENT_CAPS = Caps()
    settings.ACCOUNT_SEGMENTS_A_DAY = 2
    plugin.provider.script = lambda message, number: Refused(1, "config", "No.", halts=halts)
    tell()
    Delivery.objects.update(segments=2)
    work()
    assert SegmentCount.objects.get().segments == 0
    Halt.objects.all().delete()
    plugin.provider.script = lambda message, number: plugin.provider.accept(message)
    tell()
    work()
    assert states()[-1] == "accepted"


def test_segments_of_an_attempt_that_may_have_been_accepted_are_not_given_back(
    tell: Callable[..., None], work: Work, plugin: FakePlugin
) -> None:
    plugin.provider.script = lambda message, number: Unknown("The line went dead.")
    tell()
    Delivery.objects.update(segments=2)
    work()
    Delivery.objects.update(state="pending")  # it was looked for in vain
    plugin.provider.script = lambda message, number: Refused(21211, "recipient", "No.")
    Delivery.objects.update(due_at=timezone.now())
    work()
    assert states() == ["refused"]
    assert SegmentCount.objects.get().segments == 2


@pytest.mark.parametrize("last", ["refused", "expired"])
def test_segments_of_what_was_tried_often_and_never_left_are_given_back(
    tell: Callable[..., None], work: Work, plugin: FakePlugin, last: str
) -> None:
    plugin.provider.script = lambda message, number: Refused(None, "transient", "No connection.")
    tell()
    Delivery.objects.update(segments=2)
    work()
    if last == "expired":
        Delivery.objects.update(expires_at=timezone.now())
    plugin.provider.script = lambda message, number: Refused(21211, "recipient", "No.")
    Delivery.objects.update(due_at=timezone.now())
    work()
    assert states() == [last]
    assert SegmentCount.objects.get().segments == 0


def test_a_count_of_segments_is_never_below_zero(tell: Callable[..., None], take: Take) -> None:
    tell()
    Delivery.objects.update(segments=1)
    take()
    Delivery.objects.update(segments=3)
    Attempt.objects.all().delete()
    row = Delivery.objects.get()
    assert allowance.give_back([row.pk]) == [row.pk]
    assert SegmentCount.objects.get().segments == 0
