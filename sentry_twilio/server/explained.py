"""What keeps a command from its work, told in one sentence instead of a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from sentry_twilio.server import boot as booting


def boot() -> None:
    """Load Django and all rooms. Raises click.UsageError where settings or a package are wrong."""
    try:
        booting.boot()
    except booting.CannotStart as exc:
        raise click.UsageError(str(exc)) from exc


@contextmanager
def database() -> Iterator[None]:
    """Raises click.ClickException for what the database does not do. Django must be loaded."""
    from django.db import DatabaseError

    try:
        yield
    except DatabaseError as exc:
        reason = str(exc).strip().partition("\n")[0]
        raise click.ClickException(
            f"The database does not do as asked: {reason}. Is DATABASE_URL right, does it run, "
            "and was `sentry-twilio manage migrate` run?"
        ) from exc
