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
from django.db.models import Count, Q, Sum

from sentry_twilio.core import account_of
from sentry_twilio.delivery import notices
from sentry_twilio.delivery.cap import Caps
from sentry_twilio.delivery.lanes import Lane
from sentry_twilio.delivery.models import Delivery, SegmentCount

LOCK = "delivery: letting go"
"""Caps, gates and twins are decided by one transaction at a time, on all machines."""
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
SKEW = timedelta(minutes=1)
"""How far apart the clocks of two machines may be."""
WARN_AT = 0.8

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
        self._segments = segments_of({account_of(row.sender_key) for row in rows}, now)
        self._spent: Counter[str] = Counter()

    def over(self, row: Delivery, project_cap: int) -> str:
        """Why a message has to be held back, as a sentence for a person; "" where it may go."""
        for cap in caps_of(row.lane):
            count = sum(
                self._recent[row.recipient, lane, cap.seconds] for lane in _COUNTED[row.lane]
            )
            if count >= cap.count:
                return (
                    f"{_messages(count)} went to this recipient within {_span(cap.seconds)}, and "
                    f"no more than {cap.count} may."
                )
        if row.lane != Lane.NORMAL:
            return ""
        if project_cap and self._in_hour[row.project_id] >= project_cap:
            return f"The project's cap of {_messages(project_cap)} an hour is reached."
        most = settings.ACCOUNT_SEGMENTS_A_DAY
        if most and self._segments[account_of(row.sender_key)] + row.segments > most:
            return f"The account's cap of {most} segments in 24 hours is reached."
        return ""

    def take(self, row: Delivery) -> None:
        """Let the message go: from now on it counts."""
        row.slot_at = self._now
        account = account_of(row.sender_key)
        for seconds in _spans():
            self._recent[row.recipient, row.lane, seconds] += 1
        self._in_hour[row.project_id] += 1
        before = self._segments[account]
        self._segments[account] += row.segments
        self._spent[account] += row.segments
        most = settings.ACCOUNT_SEGMENTS_A_DAY
        if most and before < WARN_AT * most <= self._segments[account]:
            _warn(row, self._segments[account], most)

    def save(self) -> None:
        """Write down the segments that were let go."""
        hour = self._now.replace(minute=0, second=0, microsecond=0)
        for account, segments in self._spent.items():
            if segments:
                count, _ = SegmentCount.objects.get_or_create(account=account, hour=hour)
                count.segments += segments
                count.save(update_fields=["segments"])


def segments_of(accounts: Iterable[str], now: datetime) -> Counter[str]:
    """Segments of the last 24 hours (to the hour) by account."""
    sums = (
        SegmentCount.objects.filter(account__in=set(accounts), hour__gt=now - DAY, hour__lte=now)
        .values_list("account")
        .annotate(Sum("segments"))
    )
    return Counter(dict(sums))


def _spans() -> set[int]:
    """The seconds that any cap of a recipient looks back."""
    return {cap.seconds for lane in _COUNTED for cap in caps_of(lane)}


def _recent(recipients: Iterable[str], now: datetime) -> Counter[tuple[str, str, int]]:
    """How many slots were taken by recipient and lane within so many seconds.

    The database counts: where much is allowed, an hour's slots would fill the memory.
    """
    since = {seconds: now - timedelta(seconds=seconds) for seconds in _spans()}
    if not since:
        return Counter()
    # What seems to come much later was let go before the clock was set back.
    slots = Delivery.objects.filter(
        recipient__in=set(recipients), slot_at__gt=min(since.values()), slot_at__lte=now + SKEW
    )
    found: Counter[tuple[str, str, int]] = Counter()
    named = {
        f"within_{seconds}": Count("id", filter=Q(slot_at__gt=moment))
        for seconds, moment in since.items()
    }
    for recipient, lane, *counts in (
        slots.values("recipient", "lane").annotate(**named).values_list("recipient", "lane", *named)
    ):
        found.update(
            {(recipient, lane, seconds): n for seconds, n in zip(since, counts, strict=True)}
        )
    return found


def _in_hour(projects: Iterable[int], now: datetime) -> Counter[int]:
    slots = Delivery.objects.filter(
        project__in=set(projects), slot_at__gt=now - HOUR, slot_at__lte=now + SKEW
    )
    return Counter(dict(slots.values_list("project_id").annotate(Count("id"))))


def _warn(row: Delivery, spent: int, most: int) -> None:
    notices.tell_once(
        row.project,
        "Most of the day's text messages are used up",
        f"{spent} of the {most} segments that this account may send in 24 hours are used. Beyond "
        "them, alerts are held back and leave in digests; the worst ones still come at once. "
        "Raise ACCOUNT_SEGMENTS_A_DAY if that is too little, or look for what is so loud.",
        DAY,
    )


def _messages(count: int) -> str:
    return f"{count} message{'s' if count != 1 else ''}"


def _span(seconds: int) -> str:
    for size, unit in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}s" if count > 1 else f"a{'n' if unit == 'hour' else ''} {unit}"
    raise AssertionError("Every number of seconds is a multiple of one.")
