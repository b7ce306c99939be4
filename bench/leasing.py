"""The time to lease a batch with a million old deliveries, beside a table without them."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta

from bench.filling import fill
from bench.table import Promise, show

OLD = 1_000_000
BATCH = 20
TAKES = 40
NUMBERS = [f"+1628555{number:04}" for number in range(BATCH)]


def measure() -> list[Promise]:
    """Needs Django loaded with a migrated SQLite database. Leaves the old rows in it."""
    _take()
    empty = [_take() for _ in range(TAKES)]
    _add_old_rows()
    full = [_take() for _ in range(TAKES)]
    show(
        f"Leasing a batch of {BATCH} (medians of {TAKES})",
        ["", "time"],
        [
            ["empty table", f"{statistics.median(empty) * 1000:.2f} ms"],
            [f"{OLD:,} old deliveries", f"{statistics.median(full) * 1000:.2f} ms"],
        ],
    )
    ratio = statistics.median(full) / statistics.median(empty)
    return [Promise(f"Leasing with {OLD:,} old deliveries", ratio, 1.3)]


def _take() -> float:
    """Seconds for one batch, whose rows are gone afterwards."""
    from sentry_twilio.delivery import lease
    from sentry_twilio.delivery.models import Notification
    from sentry_twilio.delivery.senders import Senders

    fill(NUMBERS, "card declined")
    senders = Senders()
    began = time.perf_counter()
    jobs = lease.take(senders.routes, BATCH)
    seconds = time.perf_counter() - began
    senders.close()
    if len(jobs) != BATCH:
        raise RuntimeError(f"{len(jobs)} of {BATCH} were taken.")
    Notification.objects.filter(deliveries__in=[job.delivery for job in jobs]).delete()
    return seconds


def _add_old_rows() -> None:
    """Copies of one delivery, by the database itself: the ORM would take minutes."""
    from django.db import connection
    from django.utils import timezone

    from sentry_twilio.delivery.models import Delivery

    old = timezone.now() - timedelta(days=30)
    fill(NUMBERS, "card declined")
    model = Delivery.objects.latest("pk")
    Delivery.objects.exclude(pk=model.pk).filter(tries=0).delete()
    Delivery.objects.filter(pk=model.pk).update(
        state="delivered",
        due_at=None,
        slot_at=old,
        accepted_at=old,
        finished_at=old,
        created_at=old,
        expires_at=old,
    )
    table = Delivery._meta.db_table
    columns = [field.column for field in Delivery._meta.concrete_fields if field.column != "id"]
    changed = {"sid": "printf('SM%032x', n)", "recipient": "printf('+1628555%04d', n % 10000)"}
    values = ", ".join(changed.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers "
            f"WHERE n < {OLD}) INSERT INTO {table} ({names}) "
            f"SELECT {values} FROM {table}, numbers WHERE id = {model.pk}"
        )
        cursor.execute("ANALYZE")
