from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from sentry_twilio.delivery import bad_recipients
from sentry_twilio.delivery.models import BadRecipient, Delivery
from sentry_twilio.projects.models import Project

NOW = timezone.now()
DAY = timedelta(days=1)


@pytest.fixture
def other(delivery: Delivery) -> Delivery:
    """The same recipient in another project."""
    project = Project.objects.create(name="Till", slug="till")
    copy = Delivery.objects.get()
    copy.pk, copy.project = None, project
    copy.save()
    return copy


def test_a_mark_keeps_its_date_and_takes_the_latest_reason(delivery: Delivery) -> None:
    bad_recipients.mark(delivery, 30003, "The phone is off.", NOW)
    bad_recipients.mark(delivery, 30005, "There is no such number.", NOW + DAY)
    mark = BadRecipient.objects.get()
    assert (mark.project, mark.plugin, mark.recipient) == (
        delivery.project,
        "fake",
        delivery.recipient,
    )
    assert (mark.code, mark.reason, mark.since) == (30005, "There is no such number.", NOW)


def test_a_message_that_arrives_clears_the_mark_of_its_project(
    delivery: Delivery, other: Delivery
) -> None:
    bad_recipients.mark(delivery, None, "Unreachable.", NOW)
    bad_recipients.mark(other, None, "Unreachable.", NOW)
    bad_recipients.clear([])
    assert BadRecipient.objects.count() == 2
    bad_recipients.clear([delivery])
    assert BadRecipient.objects.get().project == other.project


def test_a_late_report_does_not_mark_whom_a_later_message_has_reached(
    delivery: Delivery, other: Delivery
) -> None:
    later = Delivery.objects.get(pk=delivery.pk)
    later.pk, later.state, later.slot_at = None, "delivered", NOW
    later.save()
    delivery.slot_at = other.slot_at = NOW - DAY
    bad_recipients.mark(delivery, 30003, "The phone is off.", NOW)
    assert not BadRecipient.objects.exists()
    bad_recipients.mark(other, 30003, "The phone is off.", NOW)
    assert BadRecipient.objects.get().project == other.project
