"""`sentry-twilio keys …`: the keys that plugin options are encrypted with."""

from __future__ import annotations

from pathlib import Path

import click

from sentry_twilio.server import explained


@click.group()
def keys() -> None:
    """The keys that plugin options are encrypted with."""


def _key_folder() -> Path:
    explained.boot()
    from django.conf import settings

    if settings.ENCRYPTION_KEYS:
        raise click.UsageError(
            "ENCRYPTION_KEYS is set in the environment and wins over the key file. Put the new "
            "key in front there, restart, and run `sentry-twilio keys reencrypt`."
        )
    folder: Path = settings.KEYS_DIR
    return folder


def _reencrypt() -> None:
    from sentry_twilio.projects import store

    with explained.database():
        count = store.rotate()
    click.echo(f"{count} options are encrypted with the newest key now.")


@keys.command()
def rotate() -> None:
    """Make a new key, and bring every stored option under it.

    The running processes of this machine notice by themselves.
    """
    folder = _key_folder()
    from sentry_twilio.projects import keys as files

    files.add_encryption_key(folder)
    _reencrypt()
    click.echo("When all is well, forget the old ones with `sentry-twilio keys drop-old`.")


@keys.command()
def reencrypt() -> None:
    """Bring every stored option under the newest key."""
    explained.boot()
    _reencrypt()


@keys.command("drop-old")
def drop_old() -> None:
    """Forget all keys but the newest, after everything was brought under it."""
    folder = _key_folder()
    from sentry_twilio.projects import keys as files

    # No rotation may come between: its key would be dropped with what it encrypted.
    with files.alone(folder):
        _reencrypt()
        files.drop_old_encryption_keys(folder)
    click.echo("Only the newest key is left. Copies of older ones can be destroyed.")


@keys.command("forget-lost")
def forget_lost() -> None:
    """Delete the stored options that no key fits any more."""
    explained.boot()
    from sentry_twilio.projects.store import unreadable

    with explained.database():
        rows = unreadable()
        for row in rows:
            row.delete()
    click.echo(f"{len(rows)} options were deleted. Enter them anew in the dashboard.")
