from __future__ import annotations

import pytest
from django.utils import timezone

from sentry_twilio.dashboard.reach import reaches_nobody
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.states import State
from sentry_twilio.delivery.watch import SIGN_OF_LIFE
from sentry_twilio.projects.models import Project
from sentry_twilio.tracker.models import Issue
from tests.dashboard.conftest import make_delivery, make_digest, try_fallback

IN_VAIN = ["undelivered", "refused", "expired", "suppressed"]
NOT_IN_VAIN = sorted(set(State.values) - set(IN_VAIN) - {"digested"})


@pytest.mark.parametrize("state", IN_VAIN)
def test_nobody_is_reached_where_every_message_ended_in_vain(
    state: str, project: Project, issue: Issue
) -> None:
    assert reaches_nobody(make_delivery(project, issue, state).notification)


@pytest.mark.parametrize("state", NOT_IN_VAIN)
def test_one_message_that_may_still_arrive_suffices(
    state: str, project: Project, issue: Issue
) -> None:
    row = make_delivery(project, issue, "refused")
    other = make_delivery(project, issue, state)
    Delivery.objects.filter(pk=other.pk).update(notification=row.notification_id)
    assert not reaches_nobody(row.notification)


def test_it_is_not_decided_while_it_is_watched(project: Project, issue: Issue) -> None:
    notification = make_delivery(project, issue, "refused").notification
    notification.watch_at = timezone.now()
    assert not reaches_nobody(notification)


def test_whom_the_fallback_told_knows(project: Project, issue: Issue) -> None:
    notification = make_delivery(project, issue, "refused").notification
    notification.fallback = try_fallback(project)
    assert not reaches_nobody(notification)


@pytest.mark.parametrize(("group", "expected"), [("test", False), (SIGN_OF_LIFE, True)])
def test_a_test_is_no_alert_but_a_sign_of_life_is_missed(
    group: str, expected: bool, project: Project
) -> None:
    notification = make_delivery(project, None, "refused").notification
    notification.group = group
    assert reaches_nobody(notification) is expected


@pytest.mark.parametrize(("state", "expected"), [("accepted", False), ("refused", True)])
def test_a_digest_reaches_people_for_its_members(
    state: str, expected: bool, project: Project, issue: Issue
) -> None:
    row = make_delivery(project, issue)
    make_digest(project, [row], state=state)
    assert reaches_nobody(row.notification) is expected


def test_a_digest_itself_is_no_alert_that_somebody_has_to_hear_of(
    project: Project, issue: Issue
) -> None:
    digest = make_digest(project, [make_delivery(project, issue)], state="refused")
    digest.notification.refresh_from_db()
    assert not reaches_nobody(digest.notification)


def test_a_digest_that_was_sent_once_more_counts_too(project: Project, issue: Issue) -> None:
    row = make_delivery(project, issue)
    digest = make_digest(project, [row], state="undelivered")
    again = make_delivery(project, None, "delivered", repeats=digest)
    Delivery.objects.filter(pk=again.pk).update(notification=digest.notification_id)
    assert not reaches_nobody(row.notification)


def test_what_the_next_digest_names_is_not_lost(project: Project, issue: Issue) -> None:
    row = make_delivery(project, issue, "expired", digest_since=timezone.now())
    assert not reaches_nobody(row.notification)
