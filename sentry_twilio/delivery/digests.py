"""One message that stands for all those that were held back."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone

from sentry_twilio import core
from sentry_twilio.delivery import digest_writing, engine, halts, optouts, reasons, watch
from sentry_twilio.delivery.caps import LOCK, Slots
from sentry_twilio.delivery.digest_members import (
    Group,
    drop_over,
    due,
    give_up_old,
    rows_of,
    suppress,
    waiting_for,
)
from sentry_twilio.delivery.lanes import Lane
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.models import Project
from sentry_twilio.projects.transactions import writing

logger = logging.getLogger(__name__)

GATHERED = 60
"""Seconds for which alerts are gathered at most, before there is a digest of them."""


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


def _waiting(now: datetime) -> list[Group]:
    """Who has been waiting long enough: as long as a storm's next alert would have to, and no
    longer than a minute."""
    spans = [cap.seconds for cap in settings.RECIPIENT_CAPS]
    gathered = now - timedelta(seconds=min([GATHERED, *spans]))
    groups = (
        Delivery.objects.filter(due())
        .values_list("project_id", "plugin", "recipient")
        .annotate(since=Min("digest_since"))
        # What seems to wait since tomorrow was written before the clock was set back.
        .filter(Q(since__lte=gathered) | Q(since__gt=now + timedelta(minutes=1)))
        .order_by("since")
    )
    halted = halts.halted()
    return [
        (project, plugin, recipient)
        for project, plugin, recipient, _ in groups
        if (project, plugin) not in halted
    ]


def _send(group: Group, now: datetime) -> None:
    project_id, slug, recipient = group
    project = Project.objects.get(pk=project_id)
    try:
        plugin = core.plugins.get(slug)
    except KeyError:  # uninstalled; it may come back
        return
    options = plugin.get_options(project)
    if not plugin.is_enabled_with(options):
        watch.hurry(suppress(group, reasons.SWITCHED_OFF, now), now)
        return
    most = halts.let_go_at_most(project_id, slug)
    if not plugin.is_configured_with(options) or most == 0:
        return
    digest = Delivery(
        project=project,
        plugin=slug,
        recipient=recipient,
        lane=Lane.DIGEST,
        sender_key=plugin.sender_key(options)[:120],
    )
    if optouts.blocked({(digest.sender_key, recipient)}, now):
        watch.hurry(suppress(group, reasons.OPTED_OUT, now), now)
        return
    untold: set[int] = set()
    if recipient not in _recipients(plugin, project, options):
        # Whom an alert named itself was never in the settings.
        untold = suppress(group, reasons.REMOVED, now, is_routed=False)
    over = drop_over(group, now)
    slots = Slots([digest], now)
    # The worst need no digest's room, and do not go into one while they are still of use.
    worst = _worst(group, slots, now, most)
    _let_go(worst, Lane.WORST, now)
    if len(worst) != most and not slots.over(digest, 0):
        _stand_for_the_others(group, digest, plugin, options, slots, now)
    slots.save()
    watch.hurry(untold, now)
    watch.let_be(over)
    transaction.on_commit(engine.wake)


def _stand_for_the_others(
    group: Group,
    digest: Delivery,
    plugin: core.NotificationPlugin,
    options: Mapping[str, str],
    slots: Slots,
    now: datetime,
) -> None:
    """Write the digest; what waits alone needs none, and takes its slot."""
    members = waiting_for(group)
    if len(members) == 1 and members[0].state == State.HELD and members[0].expires_at > now:
        _let_go([members[0].pk], Lane.DIGEST, now)
        for row in Delivery.objects.filter(pk=members[0].pk, state=State.PENDING):
            slots.take(row)
    elif members:
        digest_writing.write(digest, members, plugin, options, slots, now)


def _recipients(
    plugin: core.NotificationPlugin, project: Project, options: Mapping[str, str]
) -> set[str]:
    """To whom an alert would go now, unless it names its recipients itself."""
    test = core.Notification(alert=plugin.test_alert(project))
    return {message.to for message in plugin.compose(test, options)}


def _worst(group: Group, slots: Slots, now: datetime, most: int | None) -> list[int]:
    """Held messages of the worst lane for which it has room again, the oldest first, and `most`
    of them where that is a number."""
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
    if most is None:
        most = max((cap.count for cap in settings.WORST_CAPS), default=50)
    for row in waiting.order_by("pk")[:most]:
        if slots.over(row, 0):
            break
        slots.take(row)
        found.append(row.pk)
    return found


def _let_go(ids: Sequence[int], lane: Lane, now: datetime) -> None:
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
