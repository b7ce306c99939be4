"""No alert ends in silence: what no text message brought to anybody in time is noticed here."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from sentry_twilio import core
from sentry_twilio.delivery import fallback, overdue, policy
from sentry_twilio.delivery.due import due_by
from sentry_twilio.delivery.endings import OVER
from sentry_twilio.delivery.endings import unheard as unheard_endings
from sentry_twilio.delivery.lanes import Lane, lane_of
from sentry_twilio.delivery.models import Delivery, FallbackMessage, Halt, Notification
from sentry_twilio.delivery.states import WAITING, State
from sentry_twilio.projects.models import Project
from sentry_twilio.projects.transactions import writing

logger = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
"""In a storm, how often a project's fallback hears of further alerts: all of them at once."""
AT_ONCE = 500
"""Notifications of one project that are decided in one transaction."""
SIGN_OF_LIFE = "alive"
"""The `group` of what `weekly` sends: a test that nobody waits for, so it is watched."""


def hurry(notification_ids: Collection[int], now: datetime) -> None:
    """Look at these notifications at once: a delivery of theirs has ended without success.

    Belongs into the transaction that ended it. What the fallback was told of stays told.
    """
    _look_at(notification_ids, now)


def let_be(notification_ids: Collection[int]) -> None:
    """Nobody has to hear of these any more, but for those of which something was sent, or is
    about to be: what becomes of that is told."""
    of_it = Delivery.objects.filter(notification=OuterRef("pk"))
    sent = of_it.filter(Q(tries__gt=0) | Q(due_at__isnull=False) | Q(state=State.DIGESTED))
    _look_at(notification_ids, None, Q(~Exists(sent)))


def _look_at(notification_ids: Collection[int], at: datetime | None, *which: Q) -> None:
    # Locked in one order: workers that write results together would otherwise wait for
    # each other. In parts: a digest stands for thousands.
    ids = sorted(notification_ids)
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        rows = Notification.objects.filter(*which, pk__in=part, fallback=None).order_by("pk")
        found = list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
        if found:
            Notification.objects.filter(pk__in=found, fallback=None).update(watch_at=at)


def sweep() -> None:
    """Decide about every notification whose time to be looked at has come."""
    due: dict[int, list[int]] = {}
    # Neither sorted nor grouped by the database: SQLite would rather read all there ever was.
    for pk, project_id in sorted(_due(timezone.now()).values_list("pk", "project")):
        due.setdefault(project_id, []).append(pk)
    for project in Project.objects.filter(pk__in=due):
        try:
            _sweep(project, due[project.pk][:AT_ONCE])
        except Exception:
            # The other projects' alerts may not wait for this one's trouble.
            logger.exception("What reached nobody in project %s is not told yet.", project.pk)


def _due(now: datetime) -> QuerySet[Notification]:
    wait = max(settings.FALLBACK_ACCEPTED_SECONDS, settings.FALLBACK_DELIVERED_SECONDS)
    return Notification.objects.filter(due_by("watch_at", now, timedelta(seconds=wait) + EVERY))


def _sweep(project: Project, ids: Sequence[int]) -> None:
    # One at a time, or two processes would each tell their half of a storm.
    with writing(one_at_a_time=f"delivery: watch {project.pk}"):
        now = timezone.now()
        # Asked again: another process may have decided about some meanwhile.
        due = _due(now).filter(pk__in=ids).order_by("pk")
        rows = list(due.select_for_update(skip_locked=True, no_key=True))
        states = _states(rows)
        halted = Halt.objects.filter(project=project).exists()
        late = []
        for row in rows:
            # A digest is not told of: each alert that it stands for is watched for itself.
            row.watch_at = (
                None
                if is_test(row) or row.reason == "digest"
                else _deadline(row, states.get(row.pk, set()), halted)
            )
            # The distance, not the order: seen from a clock that was set back, a notification
            # lies in the future for as long as it was wrong.
            if row.watch_at and abs(now - row.created_at) >= row.watch_at - row.created_at:
                late.append(row)
        late = _without_unheard(late, now)
        if late:
            _tell(project, late, now)
        Notification.objects.bulk_update(rows, ["watch_at", "fallback"], batch_size=500)


def _without_unheard(late: Sequence[Notification], now: datetime) -> list[Notification]:
    """Without the ends of what nobody has heard of: they are no news to the fallback either,
    unless it has yet to hear of the beginning. Then they wait for it."""
    endings = [row.pk for row in late if row.reason == OVER]
    unheard = unheard_endings(endings)
    for row in late:
        if row.pk in unheard:
            row.watch_at = now + EVERY if unheard[row.pk] else None
    return [row for row in late if row.pk not in unheard]


def _tell(project: Project, late: Sequence[Notification], now: datetime) -> None:
    told = FallbackMessage.objects.filter(project=project, kind=fallback.Kind.ALERTS)
    last = told.order_by("-pk").values_list("created_at", flat=True).first()
    # The worst do not wait, and take the others with them.
    if last is not None and abs(now - last) < EVERY and not any(map(_is_worst, late)):
        for row in late:
            row.watch_at = now + EVERY - abs(now - last)
        return
    if not policy.is_readable(project):
        for row in late:
            row.watch_at = now + EVERY
        return
    message = fallback.write(
        project, fallback.Kind.ALERTS, overdue.subject(project, late), overdue.body(project, late)
    )
    for row in late:
        row.watch_at, row.fallback = None, message


def _is_worst(row: Notification) -> bool:
    return lane_of(core.Alert.from_json(row.alert)) == Lane.WORST


def _deadline(row: Notification, states: Collection[str], halted: bool) -> datetime | None:
    """When the fallback is to be told, as long as nothing changes; None: never."""
    wait: int | None = 0  # refused, expired, opted out: nothing more will come
    if State.DELIVERED in states:
        wait = None
    elif State.ACCEPTED in states:
        wait = settings.FALLBACK_DELIVERED_SECONDS or None
    elif halted and WAITING.intersection(states) == {State.HELD}:
        wait = 0  # it is known already that nothing goes out
    elif WAITING.intersection(states):
        wait = settings.FALLBACK_ACCEPTED_SECONDS
    return None if wait is None else row.created_at + timedelta(seconds=wait)


def _states(rows: Sequence[Notification]) -> Mapping[int, set[str]]:
    """The states of all deliveries of each notification; of a digest's where one stood for it."""
    found = list(
        Delivery.objects.filter(notification__in=rows).values_list(
            "notification", "state", "digest__notification"
        )
    )
    # All of the digest's: one that was not delivered may have been sent again.
    digests: dict[int, set[str]] = {}
    of_digests = Delivery.objects.filter(notification__in={digest for *_, digest in found})
    for pk, state in of_digests.values_list("notification", "state"):
        digests.setdefault(pk, set()).add(state)
    states: dict[int, set[str]] = {}
    for pk, state, digest in found:
        stands = {state} if state != State.DIGESTED else digests.get(digest, {State.HELD})
        states.setdefault(pk, set()).update(stands)
    return states


def is_test(row: Notification) -> bool:
    """Whether a person pressed the button, and sees by himself what comes of it."""
    return row.reason == "test" and row.group != SIGN_OF_LIFE
