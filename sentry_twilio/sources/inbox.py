"""Writing calls down. Those that come at once are committed together.

A commit waits for the disk, and an answer for the commit: one for each call would take longer
than Sentry waits when 200 come at the same time.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.db import OperationalError, connection
from django.db.models import F
from django.utils import timezone

from sentry_twilio.projects.quota import Quota
from sentry_twilio.projects.transactions import writing
from sentry_twilio.sources import silence
from sentry_twilio.sources.models import Call, Source

MINUTE = 60
MOST_AT_ONCE = 100


@dataclass(slots=True)
class Entry:
    """A call to be written. Afterwards `wait` is 0 and `is_new` says whether it was written; or
    `wait` is the seconds until its source may call again; or `error` is what went wrong."""

    call: Call
    is_done: bool = False
    is_new: bool = False
    wait: float = 0.0
    error: Exception | None = None


_queue: list[Entry] = []
_queue_lock, _leader_lock = threading.Lock(), threading.Lock()


def write(call: Call) -> Entry:
    """Commit a call, together with what other threads want to write at this moment.

    Raises what the database raised.
    """
    entry = Entry(call)
    with _queue_lock:
        _queue.append(entry)
    # Whoever gets in writes for all who came meanwhile; mostly they find it done.
    with _leader_lock:
        while not entry.is_done:
            with _queue_lock:
                entries = _queue[:MOST_AT_ONCE]
                del _queue[:MOST_AT_ONCE]
            _write(entries)
    if entry.error is not None:
        raise entry.error
    return entry


def _write(entries: list[Entry]) -> None:
    for entry in entries:
        # Whatever ends this thread, nobody who waits may believe that their call was written.
        entry.error = OperationalError("The thread that was to write the call was stopped.")
    try:
        error = _failure(entries)
        # What cannot be written, as for a source that was removed meanwhile, may not cost the
        # others' calls. A database that takes nothing is not asked by each of them in turn.
        is_everybodys = error is None or len(entries) == 1 or isinstance(error, OperationalError)
        for entry in entries:
            entry.error = error if is_everybodys else _failure([entry])
    finally:
        for entry in entries:
            entry.is_done = True


def _failure(entries: list[Entry]) -> Exception | None:
    """Write them all, or none and say what went wrong."""
    # Every process takes the rows of several sources in the same order: no two wait for each
    # other.
    entries = sorted(entries, key=lambda entry: entry.call.source_id)
    try:
        with writing():
            quota = Quota(settings.HOOKS_PER_MINUTE, MINUTE)
            for entry in entries:
                entry.wait = quota.take(f"hooks:{entry.call.source_id}")
            granted = [entry for entry in entries if not entry.wait]
            if granted:
                _insert(granted)
                _count(granted)
    except Exception as exc:  # noqa: BLE001  (each caller raises it again)
        return exc
    return None


_CALLS = Call._meta.db_table
_COLUMNS = "source_id, dedupe_key, resource, body, received_at, state, tries, due_at, result"
_ROW = "(%s, %s, %s, %s, %s, %s, 0, %s, '')"


def _insert(entries: list[Entry]) -> None:
    """Insert those whose key is not there already: the database says which those were."""
    params: list[str | int | bytes | None] = []
    for entry in entries:
        call = entry.call
        moment = connection.ops.adapt_datetimefield_value(call.received_at)
        params += [call.source_id, call.dedupe_key, call.resource, bytes(call.body)]
        params += [moment, call.state, moment]
    rows = ", ".join([_ROW] * len(entries))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_CALLS} ({_COLUMNS}) VALUES {rows} "  # noqa: S608  (our own names)
            "ON CONFLICT (source_id, dedupe_key) DO NOTHING RETURNING source_id, dedupe_key",
            params,
        )
        made = {(source, key) for source, key in cursor.fetchall()}
    for entry in entries:
        place = entry.call.source_id, entry.call.dedupe_key
        # Of two alike in one batch, the first one was written.
        entry.is_new = place in made
        made.discard(place)


def _count(entries: list[Entry]) -> None:
    now = timezone.now()
    for pk, calls in Counter(entry.call.source_id for entry in entries).items():
        source = Source.objects.only("usual_gap", "last_call_at").filter(pk=pk).first()
        if source is None:  # removed meanwhile
            continue
        Source.objects.filter(pk=pk).update(
            calls=F("calls") + calls,
            last_call_at=now,
            usual_gap=silence.smoothed(source.usual_gap, source.last_call_at, now),
        )
