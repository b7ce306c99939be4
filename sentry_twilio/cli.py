"""The `sentry-twilio` command. Each subcommand loads what it needs when it runs."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from sentry_twilio import __version__

# Exit codes: 1 it did not work, 2 the command line or the settings are wrong (click's own
# code), 3 a port is in use; 4 and 5 are those of sentry_twilio.console.exits.
PORT_IN_USE = 3

_ELSEWHERE = {
    "check": ("sentry_twilio.console.check", "check"),
    "demo": ("sentry_twilio.demo.command", "demo"),
    "emulator": ("sentry_twilio.emulator.command", "emulator"),
    "import-sentry": ("sentry_twilio.server.import_sentry", "import_sentry"),
    "messages": ("sentry_twilio.console.messages", "messages"),
    "request": ("sentry_twilio.console.request", "request"),
    "send": ("sentry_twilio.console.send", "send"),
}


class _Lazy(click.Group):
    """Subcommands that live in other rooms, imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_ELSEWHERE})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _ELSEWHERE:
            return super().get_command(ctx, name)
        module, attribute = _ELSEWHERE[name]
        try:
            found: click.Command = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as exc:
            # Keep `--help` working without the extra; say what is missing when it is used.
            return _missing(name, str(exc.name))
        return found


def _missing(name: str, module: str) -> click.Command:
    @click.command(
        name,
        help=f"(needs {module}: pip install 'sentry-twilio-sms[host,emulator]')",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    def command() -> None:
        raise click.UsageError(
            f"`sentry-twilio {name}` needs {module}. "
            "Install it with: pip install 'sentry-twilio-sms[host,emulator]'"
        )

    return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sentry-twilio")
def cli() -> None:
    """Text messages through Twilio when an application breaks."""


def _boot() -> None:
    """Load Django, or end with one sentence about what is wrong."""
    from sentry_twilio.server.boot import CannotStart, boot

    try:
        boot()
    except CannotStart as exc:
        raise click.UsageError(str(exc)) from exc


def _check_and_migrate(migrate: bool) -> None:
    from django.core.management import call_command
    from django.core.management.base import SystemCheckError

    try:
        with _database_or_explain():
            call_command("check")
    except SystemCheckError as exc:
        raise click.UsageError(str(exc)) from exc
    if migrate:
        with _database_or_explain():
            call_command("migrate", verbosity=0, interactive=False)


@contextmanager
def _database_or_explain() -> Iterator[None]:
    from django.db import DatabaseError

    try:
        yield
    except DatabaseError as exc:
        reason = str(exc).strip().partition("\n")[0]
        raise click.ClickException(
            f"The database does not do as asked: {reason}. Is DATABASE_URL right, does it run, "
            "and was `sentry-twilio manage migrate` run?"
        ) from exc


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option(
    "--worker/--no-worker",
    default=None,
    help="Send messages too. [default: yes, and no where CELERY_BROKER_URL is set]",
    show_default=False,
)
@click.option(
    "--migrate/--no-migrate",
    default=True,
    help="Update the database's tables first. [default: yes]",
)
def serve(host: str, port: int, worker: bool | None, migrate: bool) -> None:
    """Run the host: dashboard, event intake and, unless told otherwise, the worker."""
    _boot()
    _check_and_migrate(migrate)
    from django.conf import settings

    from sentry_twilio.projects import first_admin
    from sentry_twilio.server.serve import CannotListen
    from sentry_twilio.server.serve import serve as run

    with _database_or_explain():
        _ensure_readable()
        is_new = first_admin.is_needed()
    click.echo(
        f"sentry_twilio {__version__} on http://{host}:{port}/ (known as {settings.PUBLIC_URL})"
    )
    if is_new:
        click.echo(
            f"There is no account yet. Open {settings.PUBLIC_URL}/setup/ and enter this code:\n\n"
            f"    {first_admin.setup_code()}\n"
        )
    try:
        run(host, port, with_worker=not settings.CELERY_BROKER_URL if worker is None else worker)
    except CannotListen as exc:
        click.echo(str(exc), err=True)
        sys.exit(PORT_IN_USE)


@cli.command()
def worker() -> None:
    """Send what is due, without a web server. Any number may run beside `serve`.

    Where CELERY_BROKER_URL is set, it is a worker of Celery's.
    """
    _boot()
    with _database_or_explain():
        _ensure_readable()
    from sentry_twilio.server.serve import run_worker

    run_worker()


def _ensure_readable() -> None:
    """End where stored settings cannot be decrypted: without them every text would be lost."""
    from django.conf import settings

    from sentry_twilio.projects.store import unreadable

    rows = unreadable()
    if rows:
        projects = ", ".join(sorted({str(row.project) for row in rows}))
        raise click.ClickException(
            f"The encryption keys do not fit the plugin settings of: {projects}. "
            f"Restore {settings.ENCRYPTION_KEYS_FILE} (or ENCRYPTION_KEYS) from your backup. If "
            "the keys are lost for good, give these settings up with "
            "`sentry-twilio keys forget-lost` and enter them anew."
        )


@cli.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Run a Django command, such as `manage migrate` or `manage changepassword ada`."""
    _boot()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["sentry-twilio manage", *arguments])


@cli.command()
@click.option(
    "--days", type=click.IntRange(1, 36_500), required=True, help="Keep what is younger than this."
)
@click.option(
    "--batch",
    type=click.IntRange(1, 10_000),
    default=1000,
    show_default=True,
    help="Rows to delete at a time; between two batches, messages go out.",
)
def prune(days: int, batch: int) -> None:
    """Delete what is finished and old, while the host runs. What waits or is held stays."""
    _boot()
    from sentry_twilio.server.prune import prune as run

    with _database_or_explain():
        for name, gone in run(days, batch):
            click.echo(f"{gone:>10} {name}")


@cli.group()
def keys() -> None:
    """The keys that plugin options are encrypted with."""


def _key_folder() -> Path:
    _boot()
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

    with _database_or_explain():
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
    _boot()
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
    _boot()
    from sentry_twilio.projects.store import unreadable

    with _database_or_explain():
        rows = unreadable()
        for row in rows:
            row.delete()
    click.echo(f"{len(rows)} options were deleted. Enter them anew in the dashboard.")
