"""`sentry-twilio import-sentry`: what Sentry's own Twilio plugin had stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentry_twilio.server import explained

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from sentry_twilio.sources.sentry_import import TakenOver


@click.command("import-sentry")
@click.argument("source", metavar="URL_OR_FILE")
@click.option("--owner", required=True, help="User name of the admin of the new projects.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def import_sentry(source: str, owner: str, dry_run: bool) -> None:
    """Make a project for each one in which Sentry's Twilio plugin was set up.

    Reads the project options `twilio:*` from a Sentry database (a postgres:// URL) or from a JSON
    file. Nothing is changed in Sentry. A project whose slug is here already is left alone.
    """
    explained.boot()
    from sentry_twilio.sources import sentry_import, sentry_options

    try:
        if source.startswith(("postgres://", "postgresql://")):
            found = sentry_options.from_database(source)
        else:
            found = sentry_options.from_json(_text_of(source))
    except sentry_options.CannotRead as exc:
        raise click.ClickException(str(exc)) from exc
    if not found:
        click.echo("There are no options of Sentry's Twilio plugin in it. Nothing was done.")
        return
    with explained.database():
        taken = sentry_import.take_over(found, _user(owner), dry_run)
    for one in taken:
        _say(one, dry_run)
    if dry_run:
        click.echo("Nothing was written (--dry-run).")
    elif any(not one.is_there for one in taken):
        click.echo("Now send a test message from the plugin's page of each project that was made.")


def _text_of(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise click.ClickException(f"{path} cannot be read: {type(exc).__name__}.") from exc


def _user(name: str) -> User:
    from django.contrib.auth.models import User

    user = User.objects.filter(username=name).first()
    if user is None:
        raise click.UsageError(f"There is no user {name}. Make the account in the dashboard first.")
    return user


def _say(taken: TakenOver, dry_run: bool) -> None:
    name = taken.found.name
    if taken.is_there:
        click.echo(f"{name}: a project with the slug {taken.found.slug} is there; left alone.")
        return
    done = "would be made" if dry_run else "made"
    click.echo(f"{name}: {done}, with {', '.join(taken.stored) or 'no options'}.")
    if taken.found.slug not in ("", taken.slug):
        click.echo(f"  Its slug {taken.found.slug} is taken here, so it got {taken.slug}.")
    if taken.was_off:
        click.echo("  It was off in Sentry, and is off here: switch it on when it is to send.")
    for option, problem in taken.problems.items():
        click.echo(f"  {option}: {problem}")
