from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from sentry_twilio.core import Alert, Refused
from sentry_twilio.delivery import digests, open_issues, reasons
from sentry_twilio.delivery.cap import Cap, Caps
from sentry_twilio.delivery.models import Delivery, Halt, Notification
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.projects.models import Project

from .provider import FakePlugin

Work = Callable[[], int]


@pytest.fixture(autouse=True)
def caps(settings: Any) -> None:
    settings.RECIPIENT_CAPS = Caps((Cap(1, 60), Cap(5, 900)))
    settings.DIGEST_CAPS = Caps((Cap(1, 300),))


@pytest.fixture
def storm(project: Project, alert: Alert, work: Work) -> Callable[..., None]:
    """Alerts `first` to `last`; of each fourth issue the level is fatal no more than an error."""

    def storm(first: int, last: int, **changes: Any) -> None:
        for number in range(first, last + 1):
            enqueue(
                project,
                replace(
                    alert,
                    title=f"It broke {number}",
                    group=f"issue:{number % 4}",
                    level="warning" if number % 4 else "error",
                    **changes,
                ),
            )
        work()

    return storm


def pass_time(**by: float) -> None:
    """Everything has happened so long ago, but for what expires."""
    span = timedelta(**by)
    Delivery.objects.update(created_at=F("created_at") - span)
    for name in ("slot_at", "digest_since"):
        Delivery.objects.filter(**{f"{name}__isnull": False}).update(**{name: F(name) - span})


def the_digest() -> Delivery:
    return Delivery.objects.get(notification__reason="digest")


def test_what_was_held_leaves_in_one_digest(
    storm: Callable[..., None], plugin: FakePlugin, work: Work
) -> None:
    storm(0, 12)
    digests.send_due()
    assert Delivery.objects.filter(state="held").count() == 12  # not long enough for a storm
    pass_time(seconds=61)
    digests.send_due()
    work()
    digest = the_digest()
    assert (digest.state, digest.lane) == ("accepted", "digest")
    assert plugin.provider.requests[-1].body.startswith("12 alerts of 4 issues: 3x It broke ")
    assert digest.notification.level == "error"
    assert digest.stood_for.filter(state="digested").count() == 12
    assert not Delivery.objects.filter(digest_since__isnull=False).exists()


def test_a_digest_has_a_slot_of_its_own(storm: Callable[..., None], work: Work) -> None:
    storm(0, 3)
    pass_time(seconds=61)
    digests.send_due()
    storm(4, 5)
    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True)) == [
        "accepted",
        "digested",
        "digested",
        "digested",
        "accepted",
        "accepted",
        "held",
    ]
    storm(6, 7)
    pass_time(seconds=61)
    digests.send_due()
    assert Delivery.objects.filter(lane="digest").count() == 1
    pass_time(seconds=240)
    digests.send_due()
    assert Delivery.objects.filter(lane="digest").count() == 2


def test_one_alone_leaves_as_itself(
    storm: Callable[..., None], plugin: FakePlugin, work: Work
) -> None:
    storm(0, 1)
    pass_time(seconds=61)
    digests.send_due()
    work()
    assert [message.body for message in plugin.provider.requests] == ["It broke 0", "It broke 1"]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"accepted"}


def test_what_expired_is_named_while_its_issue_is_unresolved(
    storm: Callable[..., None], work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_issues, "_checks", [lambda project, groups: groups & {"issue:1"}])
    storm(0, 0)
    Delivery.objects.update(slot_at=timezone.now() - timedelta(hours=2))
    Halt.objects.all().delete()
    storm(1, 0)
    for number in (1, 2):
        storm(number, number)
        Delivery.objects.filter(body=f"It broke {number}").update(
            state="pending", due_at=timezone.now(), expires_at=timezone.now()
        )
    work()
    assert Delivery.objects.filter(state="expired").count() == 2
    pass_time(seconds=61)
    digests.send_due()
    digest = the_digest()
    assert [row.body for row in digest.stood_for.all()] == ["It broke 1"]
    left = Delivery.objects.get(body="It broke 2")
    assert (left.state, left.digest_since) == ("expired", None)


def test_a_digest_that_was_never_sent_gives_back_what_it_stood_for(
    storm: Callable[..., None], plugin: FakePlugin, work: Work
) -> None:
    storm(0, 3)
    pass_time(seconds=61)
    digests.send_due()
    lost = the_digest()
    Delivery.objects.filter(pk=lost.pk).update(expires_at=timezone.now())
    work()
    assert Delivery.objects.filter(state="held").count() == 3
    pass_time(seconds=301)
    digests.send_due()
    work()
    newer = Delivery.objects.get(notification__reason="digest", state="accepted")
    assert newer.stood_for.count() == 3


def test_a_halted_project_s_digest_waits(storm: Callable[..., None], project: Project) -> None:
    storm(0, 3)
    Halt.objects.create(project=project, plugin="fake", reason="Wrong token.")
    pass_time(seconds=61)
    digests.send_due()
    assert Delivery.objects.filter(state="held").count() == 3


def test_each_recipient_has_a_digest(
    project: Project, plugin: FakePlugin, storm: Callable[..., None], work: Work
) -> None:
    plugin.set_option("to", "+14155550100,+14155550101", project)
    storm(0, 3)
    pass_time(seconds=61)
    digests.send_due()
    found = Delivery.objects.filter(notification__reason="digest").values_list("recipient")
    assert sorted(found) == [("+14155550100",), ("+14155550101",)]


def test_what_waited_for_a_week_is_given_up(
    storm: Callable[..., None], project: Project, work: Work
) -> None:
    storm(0, 3)
    pass_time(days=8)
    digests.send_due()
    assert Delivery.objects.filter(state="expired", digest_since=None).count() == 3
    assert not Delivery.objects.filter(lane="digest").exists()


@pytest.mark.django_db(transaction=True)
def test_the_mistake_of_one_plugin_does_not_keep_the_others_digests(
    project: Project,
    plugin: FakePlugin,
    storm: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plugin.set_option("to", "+14155550100,+14155550101", project)
    storm(0, 3)
    real = plugin.compose_digest

    def compose_digest(digest: Any, options: Any, to: str) -> Any:
        if to.endswith("0"):
            raise ValueError("A mistake.")
        return real(digest, options, to)

    monkeypatch.setattr(plugin, "compose_digest", compose_digest)
    pass_time(seconds=61)
    digests.send_due()
    assert the_digest().recipient == "+14155550101"
    assert Delivery.objects.filter(state="held").count() == 3


def test_a_digest_that_is_refused_for_the_recipient_is_not_written_again(
    storm: Callable[..., None], plugin: FakePlugin, work: Work
) -> None:
    storm(0, 3)
    plugin.provider.script = lambda message, number: Refused(21211, "recipient", "No number.")
    pass_time(seconds=61)
    digests.send_due()
    work()
    assert the_digest().state == "refused"
    assert Delivery.objects.filter(state="digested").count() == 3


def test_one_alone_that_could_not_be_sent_either_waits_for_the_next_digest(
    storm: Callable[..., None], work: Work
) -> None:
    storm(0, 1)
    pass_time(seconds=61)
    digests.send_due()
    Delivery.objects.filter(state="pending").update(expires_at=timezone.now())
    work()
    late = Delivery.objects.get(state="expired")
    assert late.digest_since is not None


def test_while_a_project_is_halted_what_waited_for_a_week_is_given_up_too(
    storm: Callable[..., None], project: Project
) -> None:
    storm(0, 3)
    Halt.objects.create(project=project, plugin="fake", reason="Wrong token.")
    pass_time(days=8)
    digests.send_due()
    assert Delivery.objects.filter(state="expired", digest_since=None).count() == 3


def test_a_digest_that_a_halt_stops_is_not_counted_as_an_alert_by_the_next(
    storm: Callable[..., None], project: Project, plugin: FakePlugin, work: Work
) -> None:
    storm(0, 3)
    pass_time(seconds=61)
    digests.send_due()
    halt = Halt.objects.create(project=project, plugin="fake", reason="Wrong token.")
    work()
    assert the_digest().state == "refused"
    halt.delete()
    digests.send_due()  # at once: the first one used up no room
    work()
    assert plugin.provider.requests[-1].body.startswith("3 alerts of 3 issues")


def test_settings_that_are_incomplete_for_a_moment_lose_no_alert(
    storm: Callable[..., None], project: Project, plugin: FakePlugin, work: Work
) -> None:
    storm(0, 3)
    pass_time(seconds=61)
    digests.send_due()
    plugin.unset_option("to", project)
    work()
    assert the_digest().state == "refused"
    plugin.set_option("to", "+14155550100", project)
    pass_time(seconds=301)
    digests.send_due()
    work()
    newer = Delivery.objects.get(notification__reason="digest", state="accepted")
    assert newer.stood_for.count() == 3


def test_one_of_the_worst_does_not_wait_for_the_digest_s_room(
    storm: Callable[..., None], plugin: FakePlugin, work: Work, settings: Any
) -> None:
    settings.WORST_CAPS = Caps((Cap(1, 900),))
    storm(0, 3)
    pass_time(seconds=61)
    digests.send_due()
    storm(4, 4)
    first, second = Delivery.objects.order_by("pk")[1:3]
    ids = (first.pk, second.pk)
    Delivery.objects.filter(pk__in=ids).update(
        state="held", lane="worst", digest=None, digest_since=timezone.now() - timedelta(minutes=2)
    )
    digests.send_due()
    found = Delivery.objects.filter(pk__in=ids).order_by("pk")
    assert list(found.values_list("state", "lane")) == [("pending", "worst"), ("held", "worst")]
    work()
    assert plugin.provider.requests[-1].body == first.body


def test_one_of_the_worst_does_not_leave_once_it_is_over(
    storm: Callable[..., None], plugin: FakePlugin, work: Work, settings: Any
) -> None:
    settings.WORST_CAPS = Caps((Cap(1, 900),))
    storm(1, 2)
    pass_time(seconds=61)
    worst = Delivery.objects.get(state="held")
    Delivery.objects.filter(pk=worst.pk).update(lane="worst")
    open_issues.install(lambda project, groups: set(groups) - {worst.notification.group})
    digests.send_due()
    work()
    worst.refresh_from_db()
    assert (worst.state, worst.reason) == ("suppressed", reasons.OVER)
    assert [message.body for message in plugin.provider.requests] == ["It broke 1"]


def test_what_is_over_is_not_kept_until_there_is_room_for_a_digest(
    storm: Callable[..., None], work: Work
) -> None:
    storm(0, 3)
    pass_time(seconds=61)
    digests.send_due()
    storm(4, 7)
    pass_time(seconds=61)
    open_issues.install(lambda project, groups: set())
    digests.send_due()
    assert Delivery.objects.filter(lane="digest").count() == 1
    assert not Delivery.objects.filter(state="held").exists()
    assert not Notification.objects.filter(
        deliveries__reason=reasons.OVER, watch_at__isnull=False
    ).exists()
