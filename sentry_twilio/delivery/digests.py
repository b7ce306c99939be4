"""One message that stands for all those that were held back."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min, Q
from django.utils import timezone

from sentry_twilio import core
from sentry_twilio.core import LEVELS, Digest
from sentry_twilio.core.alert import Project as AlertProject
from sentry_twilio.delivery import engine, policy, twins
from sentry_twilio.delivery.caps import LOCK, Slots
from sentry_twilio.delivery.digest_members import (
    Group,
    Member,
    give_up_old,
    rows_of,
    still_news,
    waiting_for,
)
from sentry_twilio.delivery.lanes import Lane
from sentry_twilio.delivery.models import Delivery, Halt, Notification
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.models import Project
from sentry_twilio.projects.transactions import writing

logger = logging.getLogger(__name__)

TITLES = 5


def send_due() -> None:
    """Write the digests whose time has come, for each recipient of each project."""
    now = timezone.now()
    with writing():
        give_up_old(now)
    for group in _waiting(now):
        try:
            with writing(one_at_a_time=LOCK):
                # Anew: others may have let messages go while this one waited for its turn.
                _send(group, timezone.now())
        except Exception:
            # One plugin's mistake may not keep the digests of others.
            logger.exception("A digest of project %s could not be written.", group[0])


def give_back(digests: Collection[int]) -> None:
    """These digests were not sent: what they stood for waits for the next one, and has waited
    long enough. They used up no slot."""
    Delivery.objects.filter(digest__in=digests, state=State.DIGESTED).update(
        state=State.HELD, digest=None, digest_since=F("created_at"), finished_at=None
    )
    Delivery.objects.filter(pk__in=digests, sid="").update(slot_at=None)


def _waiting(now: datetime) -> list[Group]:
    """Who has been waiting long enough: as long as a storm's next alert would have to."""
    gathered = now - timedelta(seconds=min((c.seconds for c in settings.RECIPIENT_CAPS), default=0))
    groups = (
        Delivery.objects.filter(digest_since__isnull=False)
        .values_list("project_id", "plugin", "recipient")
        .annotate(since=Min("digest_since"))
        # What seems to wait since tomorrow was written before the clock was set back.
        .filter(Q(since__lte=gathered) | Q(since__gt=now + timedelta(minutes=1)))
        .order_by("since")
    )
    halted = set(Halt.objects.values_list("project_id", "plugin"))
    return [
        (project, plugin, recipient)
        for project, plugin, recipient, _ in groups
        if (project, plugin) not in halted
    ]


def _send(group: Group, now: datetime) -> None:
    project_id, slug, recipient = group
    if Halt.objects.filter(project=project_id, plugin=slug).exists():
        return
    project = Project.objects.get(pk=project_id)
    try:
        plugin = core.plugins.get(slug)
    except KeyError:  # uninstalled; it may come back
        return
    options = plugin.get_options(project)
    if not (plugin.is_configured_with(options) and plugin.is_enabled_with(options)):
        return
    digest = Delivery(
        project=project,
        plugin=slug,
        recipient=recipient,
        lane=Lane.DIGEST,
        sender_key=plugin.sender_key(options)[:120],
    )
    slots = Slots([digest], now)
    # The worst need no digest's room, and do not go into one while they are still of use.
    if worst := _worst(group, slots, now):
        _let_go(worst, Lane.WORST, slots, now)
    if not slots.over(digest, 0):
        members = still_news(project_id, waiting_for(group), now)
        if len(members) == 1 and members[0].state == State.HELD and members[0].expires_at > now:
            # Alone it needs no digest: the message itself takes the slot.
            _let_go([members[0].pk], Lane.DIGEST, slots, now)
        elif members:
            _write(digest, members, plugin, options, slots, now)
    slots.save()
    transaction.on_commit(engine.wake)


def _worst(group: Group, slots: Slots, now: datetime) -> list[int]:
    """Held messages of the worst lane for which it has room again, the oldest first."""
    project_id, slug, recipient = group
    waiting = Delivery.objects.filter(
        project=project_id,
        plugin=slug,
        recipient=recipient,
        digest_since__isnull=False,
        state=State.HELD,
        lane=Lane.WORST,
        expires_at__gt=now,
    )
    found = []
    for row in waiting.order_by("pk")[
        : max((cap.count for cap in settings.WORST_CAPS), default=50)
    ]:
        if slots.over(row, 0):
            break
        slots.take(row)
        found.append(row.pk)
    return found


def _let_go(ids: Sequence[int], lane: Lane, slots: Slots, now: datetime) -> None:
    """They leave as themselves, with a slot of this lane."""
    for rows in rows_of(ids):
        # Without one of which a report says that it was sent after all.
        rows.filter(state=State.HELD).update(
            state=State.PENDING,
            reason="",
            lane=lane,
            due_at=now,
            digest_since=None,
            slot_at=now,
        )
    if lane == Lane.DIGEST:
        for row in Delivery.objects.filter(pk__in=ids, state=State.PENDING):
            slots.take(row)


def _write(
    digest: Delivery,
    members: Sequence[Member],
    plugin: core.NotificationPlugin,
    options: Mapping[str, str],
    slots: Slots,
    now: datetime,
) -> None:
    titles = _titles(members)
    level = max((member.level for member in members), key=LEVELS.index)
    alert = core.Alert(
        project=AlertProject.of(digest.project),
        group="digest",
        title=f"{_count(len(members), 'alert')} of {_count(len(titles), 'issue')}",
        level=level,
        reason="digest",
        times_seen=len(members),
    )
    digest.notification = Notification.objects.create(
        project=digest.project,
        plugin=digest.plugin,
        group=alert.group,
        title=alert.title,
        level=level,
        reason=alert.reason,
        alert=alert.as_json(),
        created_at=now,
    )
    digest.created_at = digest.due_at = now
    digest.expires_at = now + timedelta(seconds=policy.of(digest.project).useful_seconds)
    digest.save()
    # Its page names all of them.
    url = f"{settings.PUBLIC_URL}/d/{digest.pk}/"
    digest.notification.alert["url"] = url
    digest.notification.save(update_fields=["alert"])
    message = plugin.compose_digest(
        Digest(
            project=alert.project,
            alerts=len(members),
            issues=len(titles),
            since=min(member.created_at for member in members),
            level=level,
            titles=tuple(titles[:TITLES]),
            url=url,
        ),
        options,
        digest.recipient,
    )
    digest.body, digest.segments = message.body, message.segments
    digest.twin_key = twins.key_of(digest)
    slots.take(digest)
    digest.save()
    for rows in rows_of([member.pk for member in members]):
        rows.update(
            state=State.DIGESTED, digest=digest, digest_since=None, due_at=None, finished_at=now
        )


def _titles(members: Sequence[Member]) -> list[tuple[str, int]]:
    """The issues, each with its number of alerts: the worst first, then those with the most,
    then the newest."""
    of_issue: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        of_issue[member.group].append(member)
    ranked = sorted(
        of_issue.values(),
        key=lambda found: (
            -max(LEVELS.index(member.level) for member in found),
            -len(found),
            -found[-1].pk,
        ),
    )
    return [(found[-1].title, len(found)) for found in ranked]


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"
