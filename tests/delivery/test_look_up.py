from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.utils import timezone

from sentry_twilio.core import Accepted, Alert, Message, Outcome, Unknown, plugins
from sentry_twilio.core.alert import Project as AlertProject
from sentry_twilio.delivery import look_up, schedule
from sentry_twilio.delivery.job import Job
from sentry_twilio.delivery.models import Attempt, Delivery
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.emulator.testing import RunningEmulator
from sentry_twilio.projects.models import Project

from .provider import FakePlugin

Work = Callable[[], int]
REAL_NOW = timezone.now


def make_due() -> None:
    Delivery.objects.filter(due_at__isnull=False).update(due_at=timezone.now(), lease_until=None)


def age(**ago: float) -> None:
    """All attempts were made so long ago."""
    Attempt.objects.update(started_at=timezone.now() - timedelta(**ago))


def look(work: Work, plugin: FakePlugin) -> datetime:
    """Have one look; from when on it looked."""
    make_due()
    assert work() == 1
    return plugin.provider.sinces[-1]


@pytest.fixture
def lost(delivery: Delivery, plugin: FakePlugin, work: Work) -> Delivery:
    """A delivery of which nobody knows whether it was accepted; it was not."""
    plugin.provider.script = lambda message, number: Unknown("The line went dead.")
    work()
    delivery.refresh_from_db()
    return delivery


def test_the_first_of_several_lost_attempts_is_found_though_it_is_listed_late(
    delivery: Delivery, plugin: FakePlugin, work: Work
) -> None:
    taken: list[tuple[datetime, Accepted]] = []
    listed: list[bool] = []

    def send(message: Message, number: int) -> Outcome:
        if number == 1:
            began = Attempt.objects.get().started_at
            taken.append((began - timedelta(seconds=60), plugin.provider.accept(message)))
        return Unknown("The line went dead.")

    def find(message: Message, known: object) -> Accepted | None:
        since = plugin.provider.sinces[-1]
        return next((found for at, found in taken if listed and at >= since), None)

    plugin.provider.script, plugin.provider.find = send, find
    with mock.patch.object(look_up, "SLACK", timedelta(0)):
        work()
        age(seconds=130)
        for _ in schedule.LOOK_UPS:
            look(work, plugin)
        make_due()
        work()  # sent again, and lost again
        listed.append(True)
        look(work, plugin)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("accepted", 2)
    assert len(plugin.provider.accepted) == 1


def test_an_attempt_through_another_sender_is_not_looked_for(
    lost: Delivery, plugin: FakePlugin, work: Work
) -> None:
    began = Attempt.objects.get().started_at
    Attempt.objects.update(number=2)
    for number, key in ((0, "fake:account:line"), (1, "fake:account:another")):
        Attempt.objects.create(
            delivery=lost,
            number=number,
            sender_key=key,
            outcome="unknown" if number else "refused",
            started_at=began - timedelta(minutes=5),
        )
    assert look(work, plugin) == began - look_up.SLACK


def test_a_look_goes_back_further_than_the_attempt(
    lost: Delivery, plugin: FakePlugin, work: Work
) -> None:
    assert look(work, plugin) == Attempt.objects.get().started_at - timedelta(minutes=15)


@pytest.mark.parametrize(
    ("outcome", "minutes", "is_near"),
    [
        ("unknown", 14, True),
        ("accepted", 14, True),
        ("accepted", -60, True),  # by a clock that was wrong
        ("refused", 14, False),  # it left no message that could be taken for this one
        ("unknown", 16, False),
    ],
)
def test_it_does_not_where_a_twin_s_message_could_be_taken_for_it(
    lost: Delivery,
    project: Project,
    alert: Alert,
    plugin: FakePlugin,
    work: Work,
    outcome: str,
    minutes: int,
    is_near: bool,
) -> None:
    began = Attempt.objects.get().started_at
    enqueue(project, alert)
    twin = Delivery.objects.exclude(pk=lost.pk).get()
    at = began - timedelta(minutes=minutes)
    Delivery.objects.filter(pk=twin.pk).update(state="expired", due_at=None, slot_at=at)
    Attempt.objects.create(delivery=twin, number=1, outcome=outcome, started_at=at)
    assert look(work, plugin) == began - (timedelta(0) if is_near else look_up.SLACK)


def test_what_another_delivery_is_known_to_be_is_not_found_in_the_further_time(
    lost: Delivery,
    project: Project,
    alert: Alert,
    plugin: FakePlugin,
    take: Callable[..., list[Job]],
) -> None:
    age(minutes=50)
    enqueue(project, alert)
    other = Delivery.objects.exclude(pk=lost.pk).get()
    long_ago = timezone.now() - timedelta(minutes=100)
    Delivery.objects.filter(pk=other.pk).update(
        state="delivered", due_at=None, sid="SM1", accepted_at=long_ago, slot_at=long_ago
    )
    make_due()
    (job,) = take()
    assert job.known_sids == {"SM1"}


@pytest.mark.parametrize("ahead", [0, 50, 300, 840])
def test_a_clock_that_is_set_back_before_the_look_doubles_nothing(
    db: None, work: Work, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    with RunningEmulator() as emulator:
        twilio = plugins.get("twilio")
        monkeypatch.setattr(twilio, "base_url", emulator.base_url)
        project = Project.objects.create(name="Shop", slug="shop")
        for name, value in {
            "account_sid": emulator.account_sid,
            "auth_token": emulator.auth_token,
            "sms_from": "+15005550006",
            "sms_to": "+14155550123",
        }.items():
            twilio.set_option(name, value, project)
        emulator.fail("reset", when="after", on="create")
        alert = Alert(project=AlertProject.of(project), group="issue:1", title="It broke")
        wrong = REAL_NOW() + timedelta(seconds=ahead)
        with mock.patch.object(timezone, "now", return_value=wrong):
            enqueue(project, alert)
            assert work() == 1
        make_due()
        assert work() == 1
        assert Delivery.objects.get().state == "accepted"
        assert len(emulator.messages()) == 1
