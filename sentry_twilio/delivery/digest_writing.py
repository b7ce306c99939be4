"""Writing the one message that stands for many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings

from sentry_twilio import core
from sentry_twilio.core import LEVELS, Digest
from sentry_twilio.core.alert import Project as AlertProject
from sentry_twilio.core.words import counted
from sentry_twilio.delivery import policy, twins
from sentry_twilio.delivery.caps import Slots
from sentry_twilio.delivery.digest_members import Member, rows_of
from sentry_twilio.delivery.models import Delivery, Notification
from sentry_twilio.delivery.states import State

TITLES = 5
"""Issues that a digest's text may name at most."""


def write(
    digest: Delivery,
    members: Sequence[Member],
    plugin: core.NotificationPlugin,
    options: Mapping[str, str],
    slots: Slots,
    now: datetime,
) -> None:
    """Save `digest` as the message about `members`, let it go, and name it in each of them."""
    titles = _titles(members)
    level = max((member.level for member in members), key=LEVELS.index)
    alert = core.Alert(
        project=AlertProject.of(digest.project),
        group="digest",
        title=f"{counted(len(members), 'alert')} of {counted(len(titles), 'issue')}",
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
