"""Of the messages that are due, which may go now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet, prefetch_related_objects

from sentry_twilio.delivery import (
    allowance,
    digest_members,
    endings,
    halts,
    optouts,
    reasons,
    twins,
    watch,
)
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
    prefetch_related_objects(rows, "notification")
    check = _Check(rows, rooms, now)
    going = []
    # The ends last: by then it is written down which beginnings were held back.
    for row in sorted(rows, key=_is_ending):
        held_back = check.hold_back(row, routes[address_of(row)])
        if not held_back and check.take_room(row):
            going.append(row)
    check.save()
    watch.hurry(check.ended.union(untold), now)
    return going


def _is_ending(row: Delivery) -> bool:
    return row.notification.reason == endings.OVER


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
        self._now = now
        self._endings = [row for row in rows if _is_ending(row)]
        self._untold: list[Delivery] = []
        self._unused: list[int] = []
        self._trials: list[int] = []
        self._rooms = dict(rooms)
        self._going: list[int] = []
        self._full: set[tuple[int, str, str, str]] = set()
        self._blocked = optouts.blocked({(row.sender_key, row.recipient) for row in rows}, now)
        self._halts = halts.of(rows)
        self._taken = twins.on_their_way(rows)

    def hold_back(self, row: Delivery, route: Route) -> bool:
        """Save what becomes of the row where it may not go, or not now: True. Else False."""
        if (row.sender_key, row.recipient) in self._blocked:
            self._end(State.SUPPRESSED, reasons.OPTED_OUT, row)
            return True
        if row.notification.reason != "test":
            if not route.is_on:
                self._end(State.SUPPRESSED, reasons.SWITCHED_OFF, row)
                return True
            if _is_ending(row) and self._hold_end(row):
                return True
            halt = self._halts.get((row.project_id, row.plugin))
            if halt is not None and not halt.on_trial:
                self._stop(row, halt.reason)
                return True
        if row.slot_at is None and self._hold_to_cap(row, route.project_cap):
            return True
        if row.twin_key in self._taken:
            Delivery.objects.filter(pk=row.pk).update(due_at=self._now + twins.WAIT)
            return True
        return False

    def _stop(self, row: Delivery, reason: str) -> None:
        """The row's plugin is halted, for this reason."""
        if row.notification.reason == "digest":
            self._end(State.REFUSED, reason, row)
        elif row.lane == Lane.FREE:
            # It is over, or was sent once: no news for a digest of what happened.
            self._end(State.SUPPRESSED, reason, row)
        else:
            self.ended.add(row.notification_id)
            self._unused.append(row.pk)
            _hold(Delivery.objects.filter(pk=row.pk), reason, self._now)

    @cached_property
    def _no_news(self) -> set[int]:
        """The ends that are none to their recipients; asked for once the beginnings are decided."""
        return endings.no_news([row.pk for row in self._endings if row.slot_at is None])

    @cached_property
    def _out_of_turn(self) -> dict[int, bool]:
        return endings.out_of_turn([row.pk for row in self._endings])

    def _hold_end(self, row: Delivery) -> bool:
        """Save what becomes of an end that is no news, or not now: True."""
        if self._out_of_turn.get(row.pk):
            self._end(State.SUPPRESSED, reasons.BEGAN_AGAIN, row)
        elif row.pk in self._out_of_turn:
            Delivery.objects.filter(pk=row.pk).update(due_at=self._now + twins.WAIT)
        elif row.pk in self._no_news:
            self._untold.append(row)
        else:
            return False
        return True

    def _hold_to_cap(self, row: Delivery, project_cap: int) -> bool:
        """Hold the row back where it is over a cap, with all that wait for the same: True."""
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

    def _end(self, state: State, reason: str, *rows: Delivery) -> None:
        self.ended.update(row.notification_id for row in rows)
        self._unused += [row.pk for row in rows]
        # The next digest finds out what is to become of what they stood for.
        digests = [row.pk for row in rows if row.lane == Lane.DIGEST]
        self.ended |= digest_members.give_back(digests)
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=state, due_at=None, digest_since=None, finished_at=self._now, reason=reason
        )

    def take_room(self, row: Delivery) -> bool:
        """Give the row its slot where its sender's gate lets it through; then its twins wait."""
        room = self._rooms.get(row.sender_key)
        if room is not None:
            if room <= 0:
                return False
            self._rooms[row.sender_key] = room - 1
        if row.slot_at is None:
            self.slots.take(row)
        halt = self._halts.get((row.project_id, row.plugin))
        if halt is not None and halt.on_trial:
            halt.on_trial = False
            self._trials.append(halt.pk)
        self._taken.add(row.twin_key)
        self._going.append(row.pk)
        return True

    def save(self) -> None:
        """Write down what concerns more than one row. Whoever writes results locks deliveries,
        counts of segments, halts and notifications in this order too, or each would wait for the
        other."""
        self._end(State.SUPPRESSED, reasons.NEVER_TOLD, *self._untold)
        # What was let go, and yet does not go, leaves room for another message.
        unsent = allowance.give_back(self._unused)
        Delivery.objects.filter(pk__in=unsent).update(slot_at=None)
        self.slots.save()
        halts.use_trials(self._trials)


def _hold(rows: QuerySet[Delivery], reason: str, now: datetime) -> None:
    """Keep messages back until a digest names them."""
    rows.update(state=State.HELD, due_at=None, digest_since=now, reason=reason)
