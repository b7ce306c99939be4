"""Letting go of what is no longer needed, a little at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from sentry_twilio.projects.batches import delete_in_batches
from sentry_twilio.projects.models import Project
from sentry_twilio.projects.transactions import writing
from sentry_twilio.tracker.models import Event, Firing, Issue, Rule, Tally

EVERY = 50
"""Events between two looks; so many more than the settings say may be kept for a while."""


def after_event(issue: Issue, event_row: int) -> None:
    """Prune where it is the turn of an event (by its row's id); mostly this does nothing."""
    if issue.times_seen % EVERY == 0:
        prune_issue(issue.pk)
    if event_row % EVERY == 0:
        # Issues of one event each never have their turn, and would fill the disk unpruned.
        with writing():
            _keep_newest(settings.EVENTS_KEPT_PER_PROJECT, project=issue.project_id)
            _forget_firings(issue.project_id)


def prune_issue(issue_id: int) -> int:
    """Keep an issue's newest EVENTS_KEPT_PER_ISSUE events; how many went."""
    with writing():
        return _keep_newest(settings.EVENTS_KEPT_PER_ISSUE, issue=issue_id)


def events(before: datetime, size: int) -> Iterator[int]:
    """Delete the events that were received before, `size` at a time; yields how many went.

    Their issues stay, with what was counted.
    """
    return delete_in_batches(Event.objects.filter(received_at__lt=before), size)


def firings(before: datetime, size: int) -> Iterator[int]:
    """Delete the firings and tallies that count no more, whenever that was; the same way."""
    for project_id in Project.objects.values_list("id", flat=True):
        with writing():
            gone = _forget_firings(project_id)
        yield gone


def _keep_newest(kept: int, **scope: int) -> int:
    events = Event.objects.filter(**scope)
    last = events.order_by("-id").values_list("id", flat=True)[kept : kept + 1].first()
    return events.filter(id__lte=last).delete()[0] if last else 0


def _forget_firings(project_id: int) -> int:
    """A firing counts until the rule's interval is over, a tally until its window is."""
    now, gone = timezone.now(), 0
    for rule in Rule.objects.filter(project=project_id):
        over = now - timedelta(minutes=rule.interval)
        gone += Firing.objects.filter(rule=rule, fired_at__lt=over).delete()[0]
        over_slots = Tally.objects.filter(rule=rule, slot__lte=int(time.time()) - rule.window)
        gone += over_slots.delete()[0]
    return gone
