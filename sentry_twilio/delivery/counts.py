"""Counting attempts as they end, so that the metrics need not count a million rows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from sentry_twilio.core import Accepted, Refused
from sentry_twilio.delivery.job import Answer, Result
from sentry_twilio.delivery.models import Attempt, AttemptCount

BUCKETS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 20.0, 30.0)
"""Seconds that an attempt may take to be counted in each; longer ones have a bucket beyond.

Only ever extend it together with a migration: the rows hold places in it.
"""

NOT_SENT = "not_sent"
_TABLE = AttemptCount._meta.db_table
# The ORM's upsert replaces, and cannot add to what is there.
_ADD = f"""
    INSERT INTO {_TABLE} (outcome, code, bucket, "count", seconds, last_at) VALUES {{rows}}
    ON CONFLICT (outcome, code, bucket) DO UPDATE SET
        "count" = {_TABLE}."count" + excluded."count",
        seconds = {_TABLE}.seconds + excluded.seconds,
        last_at = excluded.last_at
"""  # noqa: S608  (the only things put in are our own table's name and places for values)


def add_attempts(results: Sequence[Result], now: datetime) -> None:
    """Count what was sent, by outcome, code and duration: one statement, none for no attempts.

    Call it inside the transaction that writes the results, and last in it: all workers add to
    the same few rows, and hold them until they commit.
    """
    added: dict[tuple[str, int, int], tuple[int, float]] = {}
    for result in results:
        if result.job.action == "send":
            key = (*outcome_of(result.answer), bisect_left(BUCKETS, result.seconds))
            count, seconds = added.get(key, (0, 0.0))
            added[key] = count + 1, seconds + result.seconds
    if not added:
        return
    last_at = connection.ops.adapt_datetimefield_value(now)
    # In the order of the keys everywhere, so that two workers cannot wait for each other.
    values = [[*key, *added[key], last_at] for key in sorted(added)]
    rows = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(_ADD.format(rows=rows), [value for row in values for value in row])


def outcome_of(answer: Answer) -> tuple[str, int]:
    """The outcome of an attempt and the provider's code for it, 0 where there is none."""
    if isinstance(answer, Accepted):
        return Attempt.Outcome.ACCEPTED, 0
    if isinstance(answer, Refused):
        # Without a code nobody refused it: the provider was not reached, or not asked.
        gone = answer.code is None and answer.kind == "transient"
        return NOT_SENT if gone else Attempt.Outcome.REFUSED, answer.code or 0
    return Attempt.Outcome.UNKNOWN, 0
