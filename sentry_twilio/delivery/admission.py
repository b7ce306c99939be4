"""Of the messages that are due, which may go now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sentry_twilio.delivery import halts, optouts, twins, watch
from sentry_twilio.delivery.caps import Slots
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.senders import Address, Line, Route
from sentry_twilio.delivery.states import State

OPTED_OUT = (
    "The recipient has opted out of messages from this sender. The plugin's settings show since "
    "when, and what ends it: START, written to the sender."
)


def admit(
    rows: Sequence[Delivery],
    routes: Mapping[Address, Route],
    rooms: Mapping[str, int],
    now: datetime,
) -> list[Delivery]:
    """Those of the pending `rows` that may be sent now; what becomes of the others is saved.

    Whoever opted out gets nothing. What a halted project has to say waits, and so does what is
    over a cap, for a digest. A twin of what is on its way waits for it.
    """
    if not rows:
        return []
    _use_new_settings(rows, routes)
    check = _Check(rows, rooms, now)
    going = [
        row
        for row in rows
        if not check.stops(row, routes[row.project_id, row.plugin].project_cap)
        and check.has_room(row)
    ]
    check.slots.save()
    return going


def _use_new_settings(rows: Iterable[Delivery], routes: Mapping[Address, Route]) -> None:
    """The sender may be another one than when the message was written down."""
    for row in rows:
        before = row.sender_key, row.twin_key
        line = routes[row.project_id, row.plugin].line
        if isinstance(line, Line):
            row.sender_key = line.sender.key[:120]
        row.twin_key = twins.key_of(row)
        if (row.sender_key, row.twin_key) != before:
            Delivery.objects.filter(pk=row.pk).update(
                sender_key=row.sender_key, twin_key=row.twin_key
            )


class _Check:
    """All that decides about some rows, read at once."""

    def __init__(self, rows: Sequence[Delivery], rooms: Mapping[str, int], now: datetime) -> None:
        self.slots = Slots([row for row in rows if row.slot_at is None], now)
        self._now = now
        self._rooms = dict(rooms)
        self._blocked = optouts.blocked({(row.sender_key, row.recipient) for row in rows}, now)
        self._halted = halts.holding(rows)
        self._taken = twins.on_their_way(rows)

    def stops(self, row: Delivery, project_cap: int) -> bool:
        """Whether the row may not go, or not now; what becomes of it is saved."""
        if (row.sender_key, row.recipient) in self._blocked:
            _suppress(row, self._now)
        elif row.pk in self._halted:
            hold(row, self._halted[row.pk], self._now)
        elif row.twin_key in self._taken:
            Delivery.objects.filter(pk=row.pk).update(due_at=self._now + twins.WAIT)
        elif row.slot_at is None and (reason := self.slots.over(row, project_cap)):
            hold(row, reason, self._now)
        else:
            return False
        return True

    def has_room(self, row: Delivery) -> bool:
        """Whether its sender's gate lets it through; then it has its slot, and its twins wait."""
        room = self._rooms.get(row.sender_key)
        if room is not None:
            if room <= 0:
                return False
            self._rooms[row.sender_key] = room - 1
        if row.slot_at is None:
            self.slots.take(row)
        self._taken.add(row.twin_key)
        return True


def hold(row: Delivery, reason: str, now: datetime) -> None:
    """Keep the message back until a digest names it."""
    Delivery.objects.filter(pk=row.pk).update(
        state=State.HELD, due_at=None, digest_since=now, reason=reason
    )


def _suppress(row: Delivery, now: datetime) -> None:
    Delivery.objects.filter(pk=row.pk).update(
        state=State.SUPPRESSED, due_at=None, finished_at=now, reason=OPTED_OUT
    )
    watch.hurry({row.notification_id}, now)
