"""`sentry-twilio demo`: from an exception to a text message, in front of your eyes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click

from sentry_twilio.demo.account import Account, Incomplete, emulated, from_environment
from sentry_twilio.demo.processes import Children, Failed, ensure_free

PATIENCE = 50.0
"""Seconds until the message must be delivered; the command promises an answer within 60."""
USERNAME = "demo"
INTERRUPTED = 130
"""Exit code where it was stopped before the message had arrived, as shells have it."""


@click.command()
@click.option("--port", default=8000, show_default=True, help="Port of the dashboard.")
@click.option("--emulator-port", default=8010, show_default=True, help="Port of the phone.")
@click.option("--once", is_flag=True, help="End with status 0 once the message is delivered.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".demo"),
    show_default=True,
    help="Where the demo keeps its database and keys; delete it to start afresh.",
)
def demo(port: int, emulator_port: int, once: bool, folder: Path) -> None:
    """Watch a real exception arrive as a text message on a phone drawn in the browser.

    With TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN (or TWILIO_API_KEY and TWILIO_API_SECRET),
    TWILIO_FROM (or TWILIO_MESSAGING_SERVICE_SID) and TWILIO_TO set, the message goes through
    Twilio to a real phone.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        # Also where a script started it in the background, which has SIGINT ignored.
        signal.signal(number, signal.default_int_handler)
    try:
        account = from_environment(os.environ) or emulated()
        # A text that was left over from one kind of account must not go out through the other.
        folder = folder.absolute() / ("twilio" if account.is_real else "emulator")
        with Children() as children:
            password = _send(children, account, port, emulator_port, folder)
            if not once:
                click.echo(_where(account, port, emulator_port, password))
                _stay(children)
    except Incomplete as exc:
        raise click.UsageError(str(exc)) from exc
    except Failed as exc:
        click.echo(str(exc), err=True)
        sys.exit(exc.exit_code)
    except KeyboardInterrupt:
        click.echo("\nStopped before the message was delivered.", err=True)
        sys.exit(INTERRUPTED)


def _where(account: Account, port: int, emulator_port: int, password: str) -> str:
    dashboard = f"http://127.0.0.1:{port}/   user {USERNAME}, password {password}"
    phone = "" if account.is_real else f"\nPhone      http://127.0.0.1:{emulator_port}/"
    return f"\nDashboard  {dashboard}{phone}"


def _stay(children: Children) -> None:
    """Keep everything running until Ctrl-C."""
    try:
        click.echo("Ctrl-C ends it all.")
        while True:
            time.sleep(0.5)
            children.check()
    except KeyboardInterrupt:
        click.echo("\nStopped.")


def _send(children: Children, account: Account, port: int, emulator_port: int, folder: Path) -> str:
    """From the exception to the text; returns the password of the dashboard.

    Raises `Failed` with the reason where the message did not arrive.
    """
    deadline = time.monotonic() + PATIENCE
    ensure_free(port, "--port")
    if not account.is_real:
        ensure_free(emulator_port, "--emulator-port")
    environ = _environ(account, port, emulator_port, folder)
    os.environ.update(environ)

    from sentry_twilio.server.boot import CannotStart, boot

    try:
        boot()
    except CannotStart as exc:
        raise Failed(str(exc), exit_code=2) from exc
    from django.core.management import call_command
    from django.db import DatabaseError

    from sentry_twilio.core import PluginError
    from sentry_twilio.demo.project import prepare
    from sentry_twilio.demo.watch import follow, last_delivery

    try:
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as exc:
        raise Failed(f"The database in {folder} cannot be used: {exc}. Delete the folder.") from exc
    try:
        prepared = prepare(account, USERNAME)
    except PluginError as exc:
        raise Failed(f"Twilio's settings are not complete:\n{exc}", exit_code=2) from exc

    if not account.is_real:
        credentials = {
            "TWILIO_ACCOUNT_SID": account.options["account_sid"],
            "TWILIO_AUTH_TOKEN": account.options["auth_token"],
        }
        children.start("emulator", ["emulator", "--port", str(emulator_port)], credentials)
        children.await_port("emulator", emulator_port, deadline)
    children.start("host", ["serve", "--port", str(port), "--no-migrate"], {})
    children.await_port("host", port, deadline)

    before = last_delivery(prepared.project)
    click.echo("An application raises an exception and reports it with sentry-sdk …")
    _crash(prepared.dsn, deadline)
    delivered = follow(prepared.project, before, deadline, children.check, click.echo)
    click.echo(f"\n{_bubble(delivered.body)}\n")
    click.echo(f"Delivered to {delivered.recipient}.")
    return prepared.password


def _environ(account: Account, port: int, emulator_port: int, folder: Path) -> dict[str, str]:
    environ = {
        "DATA_DIR": str(folder / "data"),
        "KEYS_DIR": str(folder / "keys"),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        # Reports cannot reach this machine from Twilio, and nobody likes to wait for a demo.
        "STATUS_POLL_SECONDS": "3",
        "LOG_LEVEL": "WARNING",
        "DATABASE_URL": "",
        "SENTRY_DSN": "",
    }
    if not account.is_real:
        environ["TWILIO_BASE_URL"] = f"http://127.0.0.1:{emulator_port}"
        # Who tries it twice in a minute wants to see two messages. A real phone keeps its caps.
        environ["RECIPIENT_CAPS"] = "20/60"
        environ["TWILIO_REGION"] = environ["TWILIO_EDGE"] = ""
    return environ


def _crash(dsn: str, deadline: float) -> None:
    """Run the shop with the bug; its traceback is what a developer would see, so it is shown."""
    run = time.strftime("%H%M%S")
    try:
        ended = _run_shop(dsn, run, deadline - time.monotonic())
    except subprocess.TimeoutExpired as exc:
        raise Failed("The demo's application did not end in time.") from exc
    if "PaymentError" not in ended.stderr:
        raise Failed(f"The demo's application did not fail as it should:\n{ended.stderr}")
    click.echo(f"  {ended.stderr.strip().splitlines()[-1]}")


def _run_shop(dsn: str, run: str, seconds: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from sentry_twilio.demo.crash import main; main()"],
        env={**os.environ, "SENTRY_DSN": dsn, "DEMO_RUN": run},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=max(1.0, seconds),
        check=False,
    )


def _bubble(text: str) -> str:
    """The text as a phone shows it, for a terminal."""
    import textwrap

    lines = textwrap.wrap(text, 46, break_long_words=True) or [""]
    width = max(len(line) for line in lines)
    body = "\n".join(f"  │ {line.ljust(width)} │" for line in lines)
    return f"  ╭{'─' * (width + 2)}╮\n{body}\n  ╰{'─' * (width + 2)}╯"
