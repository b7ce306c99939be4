"""Of the messages that are due, which may go now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet

from sentry_twilio.delivery import digest_members, endings, halts, optouts, reasons, twins, watch
from sentry_twilio.delivery.caps import Slots
from sentry_twilio.delivery.lanes import Lane
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.senders import Address, Line, Route, address_of
from sentry_twilio.delivery.states import State


def admit(
    rows: Sequence[Delivery],
    routes: Mapping[Address, Route],
    rooms: Mapping[str, int],
    now: datetime,
    untold: Collection[int] = (),
) -> list[Delivery]:
    """Those of the pending `rows` that may be sent now; what becomes of the others is saved.

    Whoever opted out gets nothing. What a halted project has to say waits, and so does what is
    over a cap, for a digest. A twin of what is on its way waits for it. `untold` are notifications
    of what ended before; they are hurried together with those of what ends here.
    """
    if not rows:
        watch.hurry(untold, now)
        return []
    _use_new_settings(rows, routes)
    check = _Check(rows, rooms, now)
    going = [
        row for row in rows if not check.stops(row, routes[address_of(row)]) and check.has_room(row)
    ]
    check.slots.save()
    # All at once and in one order, or two workers would wait for each other.
    watch.hurry(check.ended.union(untold), now)
    watch.let_be(check.unheard)
    return going


def _use_new_settings(rows: Iterable[Delivery], routes: Mapping[Address, Route]) -> None:
    """The sender may be another one than when the message was written down."""
    for row in rows:
        before = row.sender_key, row.twin_key
        line = routes[address_of(row)].line
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
        self.ended: set[int] = set()
        self.unheard: set[int] = set()
        self._now = now
        self._rooms = dict(rooms)
        self._going: list[int] = []
        self._full: set[tuple[int, str, str, str]] = set()
        self._blocked = optouts.blocked({(row.sender_key, row.recipient) for row in rows}, now)
        self._halts = halts.of(rows)
        self._beginnings: dict[int, endings.Beginning] = {}
        self._taken = twins.on_their_way(rows)

    def stops(self, row: Delivery, route: Route) -> bool:
        """Whether the row may not go, or not now; what becomes of it is saved."""
        halt = self._halts.get((row.project_id, row.plugin))
        halted = halt is not None and not halt.on_trial
        if (row.sender_key, row.recipient) in self._blocked:
            self._end(row, State.SUPPRESSED, reasons.OPTED_OUT)
        elif (halted or not route.is_on) and row.notification.reason != "test":
            self._stop(row, halt.reason if halt is not None and route.is_on else "")
        elif row.slot_at is None and row.lane == Lane.FREE and not self._is_news(row):
            self._end(row, State.SUPPRESSED, reasons.NEVER_TOLD)
        elif row.slot_at is None and self._is_over(row, route.project_cap):
            pass
        elif row.twin_key in self._taken:
            Delivery.objects.filter(pk=row.pk).update(due_at=self._now + twins.WAIT)
        else:
            return False
        return True

    def _stop(self, row: Delivery, halt: str) -> None:
        """The plugin is halted for this reason, or off ("")."""
        if not halt:
            self._end(row, State.SUPPRESSED, reasons.SWITCHED_OFF)
        elif row.notification.reason == "digest":
            self._end(row, State.REFUSED, halt)
        elif row.lane == Lane.FREE:
            # It is over, or was sent once: no news for a digest of what happened.
            self._end(row, State.SUPPRESSED, halt)
        else:
            self.ended.add(row.notification_id)
            _hold(Delivery.objects.filter(pk=row.pk), halt, self._now)

    def _is_news(self, row: Delivery) -> bool:
        """Whether its recipient was told of what it says the end of, if it is one."""
        ending = row.notification
        if ending.reason != "resolved":
            return True
        if ending.pk not in self._beginnings:
            self._beginnings[ending.pk] = endings.beginning_of(ending)
        return row.recipient in self._beginnings[ending.pk].recipients

    def _is_over(self, row: Delivery, project_cap: int) -> bool:
        """Whether a cap holds the row back, and then all that wait for the same."""
        same = (row.project_id, row.plugin, row.recipient, row.lane)
        if same in self._full:
            return True
        reason = self.slots.over(row, project_cap)
        if reason:
            self._full.add(same)
            project, plugin, recipient, lane = same
            _hold(
                Delivery.objects.filter(
                    project=project,
                    plugin=plugin,
                    recipient=recipient,
                    lane=lane,
                    state=State.PENDING,
                    slot_at=None,
                    due_at__lte=self._now,
                ).exclude(pk__in=self._going),
                reason,
                self._now,
            )
        return bool(reason)

    def _end(self, row: Delivery, state: State, reason: str) -> None:
        beginning = self._beginnings.get(row.notification_id)
        if beginning is not None and beginning.is_unheard:
            self.unheard.add(row.notification_id)
        else:
            self.ended.add(row.notification_id)
        if row.lane == Lane.DIGEST:
            # The next one finds out what is to become of what it stood for.
            self.ended |= digest_members.give_back([row.pk])
        Delivery.objects.filter(pk=row.pk).update(
            state=state, due_at=None, finished_at=self._now, reason=reason
        )

    def has_room(self, row: Delivery) -> bool:
        """Whether its sender's gate lets it through; then it has its slot, and its twins wait."""
        room = self._rooms.get(row.sender_key)
        if room is not None:
            if room <= 0:
                return False
            self._rooms[row.sender_key] = room - 1
        if row.slot_at is None:
            self.slots.take(row)
        halt = self._halts.get((row.project_id, row.plugin))
        if halt is not None and halt.on_trial:
            halts.use_trial(halt)
        self._taken.add(row.twin_key)
        self._going.append(row.pk)
        return True


def _hold(rows: QuerySet[Delivery], reason: str, now: datetime) -> None:
    """Keep messages back until a digest names them."""
    rows.update(state=State.HELD, due_at=None, digest_since=now, reason=reason)
