"""How much may be sent, and what is held back.

The caps are the settings' data. They are asked once for each message, at the moment at which
it would be sent; a change of a cap holds nothing back that was let go, and lets nothing go
that waits for a digest already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, Count, F, Q, Value, When

from sentry_twilio.core import account_of
from sentry_twilio.core.words import counted
from sentry_twilio.delivery import allowance
from sentry_twilio.delivery.cap import Caps
from sentry_twilio.delivery.lanes import Lane
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.states import State
from sentry_twilio.delivery.unsent import surely_unsent

LOCK = "delivery: letting go"
"""Caps, gates and twins are decided by one transaction at a time, on all machines."""
HOUR = timedelta(hours=1)
SKEW = timedelta(minutes=1)
"""How far apart the clocks of two machines may be."""

ANYBODY = 0
"""In the place of a project's id: the slot counts for all projects."""

# The messages that count towards a lane's caps. Test and resolved ones are never held back,
# but a phone that rang is a phone that rang.
_COUNTED: dict[str, tuple[str, ...]] = {
    Lane.NORMAL: (Lane.NORMAL, Lane.FREE),
    Lane.WORST: (Lane.WORST,),
    Lane.DIGEST: (Lane.DIGEST,),
}


def caps_of(lane: str) -> Caps:
    """The caps of a lane, per recipient."""
    table: dict[str, Caps] = {
        Lane.NORMAL: settings.RECIPIENT_CAPS,
        Lane.WORST: settings.WORST_CAPS,
        Lane.DIGEST: settings.DIGEST_CAPS,
    }
    return table.get(lane, Caps())


class Slots:
    """What was let go lately, for some recipients, projects and accounts.

    Use it inside the transaction that lets go, which no other does at the same time.
    """

    def __init__(self, rows: Sequence[Delivery], now: datetime) -> None:
        self._now = now
        self._recent = _recent({row.recipient for row in rows}, now)
        normal = [row for row in rows if row.lane == Lane.NORMAL]
        self._in_hour = _in_hour({row.project_id for row in normal}, now)
        self._segments = allowance.used({account_of(row.sender_key) for row in rows}, now)
        self._spent: Counter[str] = Counter()

    def over(self, row: Delivery, project_cap: int) -> str:
        """Why a message has to be held back, as a sentence for a person; "" where it may go."""
        for cap in caps_of(row.lane):
            count = sum(
                self._recent[row.recipient, lane, whose, cap.seconds]
                for lane in _COUNTED[row.lane]
                for whose in (ANYBODY, row.project_id)
            )
            if count >= cap.count:
                return (
                    f"{counted(count, 'message')} went to this recipient within "
                    f"{_span(cap.seconds)}, and no more than {cap.count} may."
                )
        if row.lane != Lane.NORMAL:
            return ""
        if project_cap and self._in_hour[row.project_id] >= project_cap:
            return f"The project's cap of {counted(project_cap, 'message')} an hour is reached."
        most = settings.ACCOUNT_SEGMENTS_A_DAY
        if most and self._segments[account_of(row.sender_key)] + row.segments > most:
            return f"The account's cap of {most} segments in 24 hours is reached."
        return ""

    def take(self, row: Delivery) -> None:
        """Let the message go: from now on it counts."""
        row.slot_at = self._now
        account = account_of(row.sender_key)
        for seconds in _spans():
            self._recent[row.recipient, row.lane, ANYBODY, seconds] += 1
        self._in_hour[row.project_id] += 1
        self._segments[account] += row.segments
        self._spent[account] += row.segments

    def save(self) -> None:
        """Write down the segments that were let go."""
        allowance.take(self._spent, self._now)


def _spans() -> set[int]:
    """The seconds that any cap of a recipient looks back."""
    return {cap.seconds for lane in _COUNTED for cap in caps_of(lane)}


def _recent(recipients: Iterable[str], now: datetime) -> Counter[tuple[str, str, int, int]]:
    """How many slots were taken, by recipient, lane, for whom they count, and within so many
    seconds.

    What was surely refused rang no phone, so it takes no room from other projects. It counts
    for its own, or a number that is refused again and again would be asked without an end.
    The database counts: where much is allowed, an hour's slots would fill the memory.
    """
    since = {seconds: now - timedelta(seconds=seconds) for seconds in _spans()}
    if not since:
        return Counter()
    # What seems to come much later was let go before the clock was set back.
    slots = Delivery.objects.filter(
        recipient__in=set(recipients), slot_at__gt=min(since.values()), slot_at__lte=now + SKEW
    )
    found: Counter[tuple[str, str, int, int]] = Counter()
    refused = When(surely_unsent(), state=State.REFUSED, then=F("project_id"))
    named = {
        f"within_{seconds}": Count("id", filter=Q(slot_at__gt=moment))
        for seconds, moment in since.items()
    }
    groups = ("recipient", "lane", "counts_for")
    by_group = slots.annotate(counts_for=Case(refused, default=Value(ANYBODY))).values(*groups)
    for recipient, lane, whose, *counts in by_group.annotate(**named).values_list(*groups, *named):
        found.update(
            {(recipient, lane, whose, seconds): n for seconds, n in zip(since, counts, strict=True)}
        )
    return found


def _in_hour(projects: Iterable[int], now: datetime) -> Counter[int]:
    slots = Delivery.objects.filter(
        project__in=set(projects), slot_at__gt=now - HOUR, slot_at__lte=now + SKEW
    )
    return Counter(dict(slots.values_list("project_id").annotate(Count("id"))))


def _span(seconds: int) -> str:
    for size, unit in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}s" if count > 1 else f"a{'n' if unit == 'hour' else ''} {unit}"
    raise AssertionError("Every number of seconds is a multiple of one.")
