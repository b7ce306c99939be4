"""The host as one process: web server and, unless others send, worker."""

from __future__ import annotations

import os
import signal
import time
from types import FrameType
from typing import Any

import waitress
from django.conf import settings
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer


class CannotListen(Exception):
    """The address is taken, or not ours; the message is for a person."""


def serve(host: str, port: int, with_worker: bool = True) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way.

    Raises `CannotListen` where the address cannot be had, and `SystemExit` where what runs
    beside the web server has failed.
    """
    from sentry_twilio.delivery import worker_heartbeat
    from sentry_twilio.delivery.caretaker import Caretaker
    from sentry_twilio.delivery.sending import Sending
    from sentry_twilio.server.beside import Beside
    from sentry_twilio.server.channel import Channel
    from sentry_twilio.server.memory import use_few_arenas
    from sentry_twilio.server.wsgi import application

    use_few_arenas()
    BaseWSGIServer.channel_class = Channel
    try:
        server = waitress.create_server(application, host=host, port=port, **_waitress_settings())
    except OSError as exc:
        raise CannotListen(
            f"Cannot listen on {host}:{port}: {exc.strerror or exc}. "
            "Is another program using the port? Choose another one with --port."
        ) from exc
    # Who does not send looks after the rest: where all workers are down, somebody has to tell
    # the fallback. It only does not claim to be a worker.
    beside = (
        Sending()
        if with_worker
        else Caretaker(lambda chore: chore.name != worker_heartbeat.CHORE.name)
    )
    thread = Beside(beside.run, end_process=lambda: os.kill(os.getpid(), signal.SIGTERM))
    try:
        # Before the thread: a Ctrl-C in between would leave it running for ever.
        _on_stop(_leave_the_loop)
        thread.start()
        server.run()
    except wasyncore.ExitNow:
        _finish_requests(server)
    finally:
        server.close()
        beside.stop()
        if thread.ident is not None:
            thread.join()
    if thread.has_failed:
        raise SystemExit(1)


FINISH_SECONDS = 5.0
"""How long requests that are under way may take once the host is told to stop."""


def _leave_the_loop() -> None:
    # The one exception that waitress's loop lets through without dropping its connections.
    raise wasyncore.ExitNow


def _finish_requests(server: Any) -> None:
    """Answer what was received, and accept nothing new."""
    sockets = server.map if hasattr(server, "map") else server._map
    for socket in sockets.values():
        if isinstance(socket, BaseWSGIServer):
            socket.accepting = False
    deadline = time.monotonic() + FINISH_SECONDS
    while time.monotonic() < deadline and any(
        isinstance(socket, HTTPChannel) and (socket.requests or socket.total_outbufs_len)
        for socket in sockets.values()
    ):
        wasyncore.loop(timeout=0.1, map=sockets, count=1)


def run_worker() -> None:
    """Send until SIGTERM or SIGINT, then finish what is under way."""
    from sentry_twilio.server.memory import use_few_arenas

    use_few_arenas()
    if settings.CELERY_BROKER_URL:
        from sentry_twilio.server import celery

        celery.run_worker()
        return
    from sentry_twilio.delivery.sending import Sending

    sending = Sending()
    _on_stop(sending.stop)
    sending.run()


def _on_stop(stop: Any) -> None:
    def handle(number: int, frame: FrameType | None) -> None:
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)


def _waitress_settings() -> dict[str, Any]:
    values: dict[str, Any] = {
        "threads": settings.SERVER_THREADS,
        "ident": None,
        "connection_limit": 1000,
        # An event in one read; and with many connections, poll is quicker than select.
        "recv_bytes": 2**16,
        "asyncore_use_poll": True,
        # The tracker answers a too large body itself, in JSON; this is only the last resort.
        "max_request_body_size": 2 * settings.ENVELOPE_MAX_BYTES,
        # Who is not trusted is not believed; but that a proxy asked must stay visible, or what
        # is for this machine alone would be open to everybody behind a proxy on it (`views`).
        "clear_untrusted_proxy_headers": False,
    }
    if settings.TRUSTED_PROXY:
        values |= {
            "trusted_proxy": settings.TRUSTED_PROXY,
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        }
    return values
