"""`sentry-twilio serve`, `worker`, `manage` and `prune`: the subcommands that run the host.

Django is imported when one of them runs, so that `--help` shows all of them without it.
"""

from __future__ import annotations

import os
import sys
from io import StringIO

import click

from sentry_twilio import __version__
from sentry_twilio.server import explained

PORT_IN_USE = 3
"""The exit status. The others are 1 and 2, click's own, and those of `console.exits`."""
_EVERY_ADDRESS = ("", "*", "0.0.0.0", "::", "[::]")  # noqa: S104 - compared with, not bound to


@click.command()
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
    if port and not os.environ.get("PUBLIC_URL", "").strip():
        # Before the settings are read: links, DSNs and cookies follow from it.
        os.environ["PUBLIC_URL"] = _address(host, port)
    explained.boot()
    _check_and_migrate(migrate)
    from django.conf import settings

    from sentry_twilio.projects import first_admin
    from sentry_twilio.server.serve import CannotListen
    from sentry_twilio.server.serve import serve as run

    with explained.database():
        _ensure_readable()
        is_new = first_admin.is_needed()
    click.echo(
        f"sentry_twilio {__version__} on http://{host}:{port}/ (known as {settings.PUBLIC_URL})"
    )
    sends = not settings.CELERY_BROKER_URL if worker is None else worker
    if not sends:
        click.echo("This process sends no messages: `sentry-twilio worker` does, beside it.")
    if is_new:
        click.echo(
            f"There is no account yet. Open {settings.PUBLIC_URL}/setup/ and enter this code:\n\n"
            f"    {first_admin.setup_code()}\n"
        )
    try:
        run(host, port, with_worker=sends)
    except CannotListen as exc:
        click.echo(str(exc), err=True)
        sys.exit(PORT_IN_USE)


@click.command()
def worker() -> None:
    """Send what is due, without a web server. Any number may run beside `serve`.

    Where CELERY_BROKER_URL is set, it is a worker of Celery's.
    """
    explained.boot()
    with explained.database():
        _ensure_readable()
    from sentry_twilio.server.serve import run_worker

    click.echo(f"sentry_twilio {__version__} sends what is due, until Ctrl-C or SIGTERM.")
    run_worker()


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Run a Django command, such as `manage migrate` or `manage changepassword ada`."""
    explained.boot()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["sentry-twilio manage", *arguments])


@click.command()
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
    explained.boot()
    from sentry_twilio.server.prune import prune as run

    with explained.database():
        for name, gone in run(days, batch):
            click.echo(f"{gone:>10} {name}")


def _address(host: str, port: int) -> str:
    """Where a browser on this machine finds what listens there; "every address" is none."""
    name = "127.0.0.1" if host in _EVERY_ADDRESS else host
    if ":" in name and not name.startswith("["):
        name = f"[{name}]"
    return f"http://{name}" if port == 80 else f"http://{name}:{port}"


def _check_and_migrate(migrate: bool) -> None:
    from django.core.management import call_command
    from django.core.management.base import SystemCheckError

    try:
        with explained.database():
            # That there are no issues is no news; warnings go to standard error.
            call_command("check", stdout=StringIO())
    except SystemCheckError as exc:
        raise click.UsageError(str(exc)) from exc
    if migrate:
        with explained.database():
            call_command("migrate", verbosity=0, interactive=False)


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
