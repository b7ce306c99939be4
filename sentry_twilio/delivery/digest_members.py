"""What waits for a digest, and whether it is still news."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

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
    waiting = _waiting(group).filter(state__in=(State.HELD, State.EXPIRED)).order_by("pk")
    fields = ("pk", "state", "lane", "notification_id", "created_at", "expires_at")
    about = ("notification__group", "notification__level", "notification__title")
    return [Member(*values) for values in waiting.values_list(*fields, *about)[:MOST]]


def give_up_old(now: datetime) -> None:
    """Nobody wants to know any more what has waited for so long."""
    old = Delivery.objects.filter(digest_since__isnull=False, created_at__lte=now - KEPT)
    old.filter(state=State.HELD).update(state=State.EXPIRED, finished_at=now)
    old.filter(state=State.EXPIRED).update(digest_since=None)


def drop_over(group: Group, now: datetime) -> set[int]:
    """Nobody is to be told of that whose issue has been resolved or muted since. Returns the
    notifications of what was held (`watch.let_be`)."""
    issues = _waiting(group).order_by().values_list("notification__group", flat=True)
    there = set(issues.distinct()[:MOST])
    over = sorted(there - open_issues.still_open(group[0], there)) if there else []
    held: set[int] = set()
    for start in range(0, len(over), _CHUNK):
        part = {"notification__group__in": over[start : start + _CHUNK]}
        held |= suppress(group, reasons.OVER, now, **part)
    return held


def rows_of(ids: Sequence[int]) -> Iterator[QuerySet[Delivery]]:
    """In parts: a database takes only so many parameters. Without those that a report has moved
    on since they were read."""
    for start in range(0, len(ids), _CHUNK):
        yield Delivery.objects.filter(
            pk__in=ids[start : start + _CHUNK],
            digest_since__isnull=False,
            state__in=(State.HELD, State.EXPIRED),
        )


def suppress(group: Group, reason: str, now: datetime, **which: Any) -> set[int]:
    """No digest is to name what waits for one, or `which` of it, for this reason. Returns the
    notifications of what was held."""
    waiting = _waiting(group).filter(**which)
    held = waiting.filter(state=State.HELD)
    untold = set(held.values_list("notification_id", flat=True))
    held.update(state=State.SUPPRESSED, digest_since=None, finished_at=now, reason=reason)
    waiting.filter(state=State.EXPIRED).update(digest_since=None)
    return untold


def give_back(digests: Collection[int]) -> set[int]:
    """These digests were not sent: what they stood for waits for the next one, and has waited
    long enough. Where they surely never left they used up no slot. Returns the notifications of
    what they stood for."""
    untold = told_by(digests)
    unsent = allowance.give_back(digests)
    Delivery.objects.filter(pk__in=unsent).update(slot_at=None)
    _members_of(digests).update(
        state=State.HELD, digest=None, digest_since=F("created_at"), finished_at=None
    )
    return untold


def take_back(digest: int, now: datetime) -> set[int]:
    """This digest was refused for its sender, which somebody may mend: what it stood for waits
    for the next one. The digest keeps its slot, or it would be written again at once and refused
    again. Returns the notifications of all that it stood for.

    What is of no use any more goes with the others: by itself it is not worth a further refusal,
    as one every few minutes for a week would be. That it names its digest says so (`due`).
    """
    untold = told_by([digest])
    members = _members_of([digest])
    members.filter(expires_at__lte=now).update(state=State.EXPIRED, digest_since=now)
    members.update(state=State.HELD, digest=None, digest_since=now, finished_at=None)
    return untold


def due() -> Q:
    """Deliveries for which a digest is written: all that wait for one, but for what a refused one
    has named and is too late."""
    return Q(digest_since__isnull=False) & ~Q(state=State.EXPIRED, digest__isnull=False)


def told_by(digests: Collection[int]) -> set[int]:
    """The notifications of what these digests stand for."""
    return set(_members_of(digests).values_list("notification_id", flat=True))


def _waiting(group: Group) -> QuerySet[Delivery]:
    project_id, slug, recipient = group
    return Delivery.objects.filter(
        project=project_id, plugin=slug, recipient=recipient, digest_since__isnull=False
    )


def _members_of(digests: Collection[int]) -> QuerySet[Delivery]:
    return Delivery.objects.filter(digest__in=digests, state=State.DIGESTED)
