"""How this process writes to the database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import InternalError, OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

# SQLite lets one writer in and makes the others sleep and poll. Queueing here instead is
# several times faster; other processes still go through SQLite's own lock.
_ONE_WRITER = threading.Lock()

FROZEN_AFTER = "30s"
"""A process that stops in the middle of a transaction, as a suspended machine does, may not hold
everybody else up: PostgreSQL then ends its session."""

READ_ONLY = "25006"
"""https://www.postgresql.org/docs/current/errcodes-appendix.html: read_only_sql_transaction."""


def guard(sender: object, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Prepare a new connection; called by Django."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('idle_in_transaction_session_timeout', %s, false)",
                [FROZEN_AFTER],
            )


@contextmanager
def _standby_is_away() -> Iterator[None]:
    """A server that has become a stand-by takes no writes: to whoever writes, it is away."""
    try:
        yield
    except InternalError as exc:
        if getattr(exc.__cause__, "sqlstate", "") != READ_ONLY:
            raise
        # It answers, so nobody else would ever give it up for the server that took its place.
        connection.close()
        raise OperationalError("The database takes no writes: it is a stand-by.") from exc


@contextmanager
def writing(one_at_a_time: str = "") -> Iterator[None]:
    """One transaction that writes; the process's other writers wait their turn.

    `one_at_a_time` names what must not be decided by two transactions at once, where no row
    exists that could be locked. SQLite has one writer anyway; PostgreSQL takes an advisory
    lock of that name until the transaction ends.

    Inside a transaction that is open already it joins that one (no savepoint): taking the
    lock there could wait for a thread which waits for that transaction. What is hooked to
    the commit (`on_commit`) runs before the next writer is let in, so it may not write.

    Raises `OperationalError` where the database is away, or has become read-only.
    """
    if connection.in_atomic_block:
        with transaction.atomic(savepoint=False):
            yield
    elif connection.vendor == "sqlite":
        with _ONE_WRITER, transaction.atomic():
            yield
    else:
        with _standby_is_away(), transaction.atomic():
            if one_at_a_time:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [one_at_a_time])
            yield
