"""One message that stands for all those that were held back."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone

from sentry_twilio import core
from sentry_twilio.core import LEVELS, Digest
from sentry_twilio.core.alert import Project as AlertProject
from sentry_twilio.delivery import engine, policy, twins
from sentry_twilio.delivery.caps import LOCK, Slots
from sentry_twilio.delivery.digest_members import Group, Member, rows_of, still_news, waiting_for
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
    for group in _waiting(now):
        try:
            with writing(one_at_a_time=LOCK):
                _send(group, now)
        except Exception:
            # One plugin's mistake may not keep the digests of others.
            logger.exception("A digest of project %s could not be written.", group[0])


def give_back(digests: Collection[int], now: datetime) -> None:
    """These digests were not sent: what they stood for waits for the next one."""
    Delivery.objects.filter(digest__in=digests, state=State.DIGESTED).update(
        state=State.HELD, digest=None, digest_since=now, finished_at=None
    )


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
    return [(project, plugin, recipient) for project, plugin, recipient, _ in groups]


def _send(group: Group, now: datetime) -> None:
    project_id, slug, recipient = group
    # First of all: what nobody can be told is given up in time as well.
    members = still_news(project_id, waiting_for(group), now)
    if not members or Halt.objects.filter(project=project_id, plugin=slug).exists():
        return
    project = Project.objects.get(pk=project_id)
    try:
        plugin = core.plugins.get(slug)
    except KeyError:  # uninstalled; it may come back
        return
    options = plugin.get_options(project)
    if not plugin.is_configured_with(options):
        return
    digest = Delivery(
        project=project,
        plugin=slug,
        recipient=recipient,
        lane=Lane.DIGEST,
        sender_key=plugin.sender_key(options)[:120],
    )
    slots = Slots([digest], now)
    if slots.over(digest, 0):
        return
    if len(members) == 1 and members[0].state == State.HELD and members[0].expires_at > now:
        _let_go(members[0], slots, now)
    else:
        _write(digest, members, plugin, options, slots, now)
    slots.save()
    transaction.on_commit(engine.wake)


def _let_go(member: Member, slots: Slots, now: datetime) -> None:
    """Alone it needs no digest: the message itself takes the slot."""
    row = Delivery.objects.get(pk=member.pk)
    row.state, row.reason, row.lane = State.PENDING, "", Lane.DIGEST
    row.due_at, row.digest_since = now, None
    slots.take(row)
    row.save()


def _write(
    digest: Delivery,
    members: Sequence[Member],
    plugin: core.NotificationPlugin,
    options: Mapping[str, str],
    slots: Slots,
    now: datetime,
) -> None:
    titles = {member.group: member.title for member in members}
    counts = Counter(member.group for member in members)
    level = max((member.level for member in members), key=LEVELS.index)
    alert = core.Alert(
        project=AlertProject.of(digest.project),
        group="digest",
        title=f"{_count(len(members), 'alert')} of {_count(len(counts), 'issue')}",
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
        watch_at=now + timedelta(seconds=settings.FALLBACK_ACCEPTED_SECONDS),
    )
    digest.created_at = digest.due_at = now
    digest.expires_at = now + timedelta(seconds=policy.of(digest.project).useful_seconds)
    digest.save()
    message = plugin.compose_digest(
        Digest(
            project=alert.project,
            alerts=len(members),
            issues=len(counts),
            since=min(member.created_at for member in members),
            level=level,
            titles=tuple((titles[group], count) for group, count in counts.most_common(TITLES)),
            # Its page names all of them.
            url=f"{settings.PUBLIC_URL}/d/{digest.pk}/",
        ),
        options,
        digest.recipient,
    )
    digest.body, digest.segments = message.body, message.segments
    digest.twin_key = twins.key_of(digest)
    slots.take(digest)
    digest.save()
    for rows in rows_of([member.pk for member in members]):
        rows.update(state=State.DIGESTED, digest=digest, digest_since=None, finished_at=now)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"
