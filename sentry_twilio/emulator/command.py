"""`sentry-twilio emulator`: the emulator as a process of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import ssl
import sys
import threading
from pathlib import Path

import click

from sentry_twilio.emulator.account_options import account_options
from sentry_twilio.emulator.accounts import Account
from sentry_twilio.emulator.emulator import KEEP_MESSAGES, Emulator
from sentry_twilio.emulator.server import Server, listen, tls_context
from sentry_twilio.emulator.settings import Settings

CANNOT_LISTEN = 3
STDIN = 0
DEFAULTS = Settings()
logger = logging.getLogger(__name__)

LOG_LEVELS = ("debug", "info", "warning", "error")


pem_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(short_help="Twilio on this machine, with a phone in the browser.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8010,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@account_options
@click.option(
    "--pace",
    type=click.FloatRange(min=0),
    default=DEFAULTS.pace,
    show_default=True,
    help="Seconds from one status of a message to the next.",
)
@click.option(
    "--latency",
    type=click.FloatRange(min=0),
    default=DEFAULTS.latency,
    show_default=True,
    help="Seconds before each answer.",
)
@click.option("--tls-cert", type=pem_file, help="Certificate (PEM): it answers by https then.")
@click.option("--tls-key", type=pem_file, help="Its key (PEM), if that is another file.")
@click.option("--inbound-url", default="", help="Where replies from the phone are posted.")
@click.option(
    "--concurrency",
    type=click.IntRange(min=0, max=10_000),
    default=DEFAULTS.concurrency,
    show_default=True,
    help="How many requests are answered at a time, the others get a 20429; 0: all.",
)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=KEEP_MESSAGES,
    show_default=True,
    help="How many messages are kept; the oldest are forgotten.",
)
@click.option("--seed", type=int, help="Make faults that strike by chance repeatable.")
@click.option("--exit-with-stdin", is_flag=True, help="End when standard input is closed.")
@click.option("--log-level", type=click.Choice(LOG_LEVELS), default="warning", show_default=True)
@click.pass_context
def emulator(
    context: click.Context,
    host: str,
    port: int,
    tls_cert: Path | None,
    tls_key: Path | None,
    account: Account,
    pace: float,
    latency: float,
    inbound_url: str,
    concurrency: int,
    keep: int,
    seed: int | None,
    exit_with_stdin: bool,
    log_level: str,
) -> None:
    """Answer as Twilio's Messages API does, on this machine alone.

    Nothing is sent: what arrives is shown on a phone at the address that is printed. The
    Auth Token comes from TWILIO_AUTH_TOKEN or a file, an API key's secret from
    TWILIO_API_SECRET or a file, never from the command line. Without them the Auth Token is
    the documented one, which opens nothing but this emulator.

    Exit status: 0 after SIGTERM or SIGINT, 2 for a wrong option, 3 if it cannot listen.
    """
    logging.basicConfig(
        level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    tls = _tls(tls_cert, tls_key)
    try:
        sock = listen(host, port)
    except OSError as error:
        reason = error.strerror or str(error)
        click.echo(
            f"Cannot listen on {host} port {port}: {reason}. "
            "Stop what uses it, or choose another with --port.",
            err=True,
        )
        context.exit(CANNOT_LISTEN)
    machine = Emulator([account], Settings(latency, pace, inbound_url, concurrency), keep, seed)
    asyncio.run(_serve(Server(machine, sock, tls), exit_with_stdin))


def _tls(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        if key is not None:
            raise click.UsageError("--tls-key needs --tls-cert.")
        return None
    try:
        return tls_context(certificate, key)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or str(error)
        raise click.UsageError(f"The certificate and its key cannot be used: {reason}.") from None


async def _serve(server: Server, exit_with_stdin: bool) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if exit_with_stdin:
        threading.Thread(target=_wait_for_stdin, args=(loop, stop), daemon=True).start()
    await server.start()
    try:
        click.echo(f"Twilio emulator listening on {server.base_url}")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await server.stop()


def _wait_for_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # Not through sys.stdin: a thread that holds its lock at exit would abort the interpreter.
    try:
        while os.read(STDIN, 1024):
            pass
    except OSError:
        logger.info("Standard input cannot be read, which counts as closed.")
    if not loop.is_closed():
        loop.call_soon_threadsafe(stop.set)
