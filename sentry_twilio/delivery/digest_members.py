"""What waits for a digest, and whether it is still news."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from sentry_twilio.core import Level
from sentry_twilio.delivery import allowance, open_issues, reasons
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.states import State

Group = tuple[int, str, str]
"""A project's id, a plugin's slug and a recipient: who gets one digest."""

KEPT = timedelta(days=7)
"""What has waited for so long without a digest is news to nobody."""
MOST = 10_000
"""Members of one digest; what is beyond goes into the next."""
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Member:
    """What a digest has to know of a delivery that it stands for."""

    pk: int
    state: str
    lane: str
    notification: int
    created_at: datetime
    expires_at: datetime
    group: str
    level: Level
    title: str


def waiting_for(group: Group) -> list[Member]:
    """What one digest would stand for, the oldest first."""
    project_id, slug, recipient = group
    waiting = Delivery.objects.filter(
        project=project_id,
        plugin=slug,
        recipient=recipient,
        digest_since__isnull=False,
        state__in=(State.HELD, State.EXPIRED),
    ).order_by("pk")
    fields = ("pk", "state", "lane", "notification_id", "created_at", "expires_at")
    about = ("notification__group", "notification__level", "notification__title")
    return [Member(*values) for values in waiting.values_list(*fields, *about)[:MOST]]


def give_up_old(now: datetime) -> None:
    """Nobody wants to know any more what has waited for so long."""
    old = Delivery.objects.filter(digest_since__isnull=False, created_at__lte=now - KEPT)
    old.filter(state=State.HELD).update(state=State.EXPIRED, finished_at=now)
    old.filter(state=State.EXPIRED).update(digest_since=None)


def still_news(project_id: int, members: Sequence[Member], now: datetime) -> list[Member]:
    """Without that whose issue has been resolved or muted since."""
    groups = {member.group for member in members}
    still_open = open_issues.still_open(project_id, groups) if groups else set()
    over = [member.pk for member in members if member.group not in still_open]
    for rows in rows_of(over):
        rows.filter(state=State.EXPIRED).update(digest_since=None)
        rows.filter(state=State.HELD).update(
            state=State.SUPPRESSED, digest_since=None, finished_at=now, reason=reasons.OVER
        )
    return [member for member in members if member.group in still_open]


def rows_of(ids: Sequence[int]) -> Iterator[QuerySet[Delivery]]:
    """In parts: a database takes only so many parameters. Without those that a report has moved
    on since they were read."""
    for start in range(0, len(ids), _CHUNK):
        yield Delivery.objects.filter(
            pk__in=ids[start : start + _CHUNK],
            digest_since__isnull=False,
            state__in=(State.HELD, State.EXPIRED),
        )


def suppress(group: Group, reason: str, now: datetime, **which: bool) -> set[int]:
    """No digest is to name what waits for one, or `which` of it, for this reason. Returns the
    notifications that are to be hurried (`watch`)."""
    project_id, slug, recipient = group
    waiting = Delivery.objects.filter(
        project=project_id, plugin=slug, recipient=recipient, digest_since__isnull=False, **which
    )
    held = waiting.filter(state=State.HELD)
    untold = set(held.values_list("notification_id", flat=True))
    held.update(state=State.SUPPRESSED, digest_since=None, finished_at=now, reason=reason)
    waiting.filter(state=State.EXPIRED).update(digest_since=None)
    return untold


def give_back(digests: Collection[int]) -> set[int]:
    """These digests were not sent: what they stood for waits for the next one, and has waited
    long enough. They used up no slot. Returns the notifications of what they stood for."""
    untold = told_by(digests)
    unsent = Delivery.objects.filter(pk__in=digests, sid="")
    allowance.give_back((row, row.slot_at) for row in unsent)
    unsent.update(slot_at=None)
    _members_of(digests).update(
        state=State.HELD, digest=None, digest_since=F("created_at"), finished_at=None
    )
    return untold


def take_back(digest: int, now: datetime) -> set[int]:
    """This digest was refused for its sender, which somebody may mend: what is still of use waits
    for the next one. The digest keeps its slot, or it would be written again at once and refused
    again. Returns the notifications of all that it stood for."""
    untold = told_by([digest])
    _members_of([digest]).filter(expires_at__gt=now).update(
        state=State.HELD, digest=None, digest_since=now, finished_at=None
    )
    return untold


def told_by(digests: Collection[int]) -> set[int]:
    """The notifications of what these digests stand for."""
    return set(_members_of(digests).values_list("notification_id", flat=True))


def _members_of(digests: Collection[int]) -> QuerySet[Delivery]:
    return Delivery.objects.filter(digest__in=digests, state=State.DIGESTED)
