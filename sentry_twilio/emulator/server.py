"""The emulator behind a socket."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from sentry_twilio.emulator import api, control, phone
from sentry_twilio.emulator.emulator import Emulator

LARGEST_REQUEST = 256 * 1024
BACKLOG = 512
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(emulator: Emulator, *, loopback_only: bool = True) -> web.Application:
    """The web application of an emulator.

    `loopback_only`: the phone and the controls answer only to names of this machine, so that
    no web page can reach them by pointing its own name here.
    """
    app = web.Application(
        client_max_size=LARGEST_REQUEST,
        middlewares=[_only_by_local_name] if loopback_only else [],
    )
    api.add_routes(app, emulator)
    control.add_routes(app, emulator)
    phone.add_routes(app, emulator)
    return app


@web.middleware
async def _only_by_local_name(request: web.Request, handler: Handler) -> web.StreamResponse:
    if not request.path.startswith("/2010-04-01"):
        name = urlsplit(f"//{request.host}").hostname
        if name not in LOOPBACK_NAMES:
            raise web.HTTPForbidden(text="Use the address 127.0.0.1 or the name localhost.\n")
    return await handler(request)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises `OSError`, for a port in use too."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def tls_context(certificate: Path, key: Path | None = None) -> ssl.SSLContext:
    """A server's TLS from PEM files; without `key` it is in the certificate's file.

    Raises `OSError` for a file that cannot be read, `ssl.SSLError` for one that does not fit.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


class Server:
    """An emulator that answers on a socket, from `start` until `stop`; by https with `tls`."""

    def __init__(
        self, emulator: Emulator, sock: socket.socket, tls: ssl.SSLContext | None = None
    ) -> None:
        self._emulator = emulator
        self._socket = sock
        self._tls = tls
        host, port = sock.getsockname()[:2]
        self.host: str = host
        self.port: int = port
        self._runner = web.AppRunner(
            make_app(emulator, loopback_only=host in LOOPBACK_NAMES),
            access_log=None,
            # Requests that hang on purpose are not waited for.
            shutdown_timeout=0.1,
        )

    @property
    def base_url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    async def start(self) -> None:
        await self._runner.setup()
        site = web.SockSite(self._runner, self._socket, backlog=BACKLOG, ssl_context=self._tls)
        await site.start()

    async def stop(self) -> None:
        """Close every connection and give the port back."""
        # First what may hang, on purpose or in a webhook, so that no handler has to be killed.
        await self._emulator.close()
        await self._runner.cleanup()
