"""The host as one process: web server and worker."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from django.conf import settings


class CannotListen(Exception):
    """The address is taken, or not ours; the message is for a person."""


def serve(host: str, port: int, with_worker: bool = True) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way.

    Raises `CannotListen` where the address cannot be had.
    """
    # Loaded late: a command that does not serve needs neither.
    import waitress

    from sentry_twilio.delivery.worker import Worker
    from sentry_twilio.server.wsgi import application

    try:
        server = waitress.create_server(application, host=host, port=port, **_waitress_settings())
    except OSError as exc:
        raise CannotListen(
            f"Cannot listen on {host}:{port}: {exc.strerror or exc}. "
            "Is another program using the port? Choose another one with --port."
        ) from exc
    worker = Worker()
    thread = threading.Thread(target=worker.run, name="worker")
    if with_worker:
        thread.start()
    _on_stop(server.close)
    try:
        server.run()
    except (KeyboardInterrupt, SystemExit, OSError):
        # waitress's loop ends with a bad descriptor when its socket is closed by a signal.
        pass
    finally:
        server.close()
        worker.stop()
        if with_worker:
            thread.join()


def run_worker() -> None:
    """Send until SIGTERM or SIGINT, then finish what is under way."""
    from sentry_twilio.delivery.worker import Worker

    worker = Worker()
    _on_stop(worker.stop)
    worker.run()


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
        # The tracker answers a too large body itself, in JSON; this is only the last resort.
        "max_request_body_size": 2 * settings.ENVELOPE_MAX_BYTES,
    }
    if settings.TRUSTED_PROXY:
        values |= {
            "trusted_proxy": settings.TRUSTED_PROXY,
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
            "clear_untrusted_proxy_headers": True,
        }
    return values
