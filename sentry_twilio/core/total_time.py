"""Connections whose timeouts are totals: so long to connect, so long for the whole answer.

A timeout of a socket begins anew with each byte that comes, and with each address of a name. A
server that sends a byte now and then would hold a request, and whoever waits for it, for ever.

This reaches into what others call their own, with urllib3 1.26 and 2 alike:

- `http.client`: a connection makes its `response_class` with the socket once a request is out, and
  an answer reads all from `fp`, a buffered reader that can be detached;
- urllib3: `pool_classes_by_scheme`, `ConnectionCls`, and a connection's `_new_conn`, `_dns_host`,
  `source_address`, `socket_options` and `timeout`, which is first that for connecting;
- requests: `HTTPAdapter.init_poolmanager`, `proxy_manager_for` and `poolmanager`.

`tests/core/test_total_time.py` fails where one of these changes.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from itertools import chain, zip_longest
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import allowed_gai_family, create_connection


class TotalTimeAdapter(HTTPAdapter):
    """An adapter whose connections keep to their timeouts as totals; see this module.

    A SOCKS proxy's are left as they are. Looking a name up has no limit that we could set, but
    after one that took too long nothing is sent.
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _use_total_times(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        _use_total_times(manager)
        return manager


def _use_total_times(manager: Any) -> None:
    manager.pool_classes_by_scheme = {
        scheme: _POOLS.get(pool, pool) for scheme, pool in manager.pool_classes_by_scheme.items()
    }


class _Within(io.RawIOBase):
    """What comes over a socket until a moment of `time.monotonic()`, then a TimeoutError."""

    def __init__(self, raw: Any, sock: socket.socket, until: float) -> None:
        self._raw = raw
        self._sock = sock
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)  # type: ignore[no-any-return]

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer, head and body, for which the socket's timeout is the total."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        timeout = sock.gettimeout()
        if timeout is not None:
            raw: Any = self.fp
            self.fp = io.BufferedReader(_Within(raw.detach(), sock, time.monotonic() + timeout))


class _Connection(HTTPConnection):
    """`timeout` is that for connecting, and becomes the one for reading once a request is out."""

    response_class = _Answer

    def _new_conn(self) -> socket.socket:
        """A socket, connected to the first address that answers; its timeout is what is left."""
        if not isinstance(self.timeout, (int, float)):
            return super()._new_conn()
        until = time.monotonic() + self.timeout
        failure: OSError = TimeoutError("timed out")
        addresses = self._addresses()
        for place, address in enumerate(addresses):
            left = until - time.monotonic()
            if left <= 0:
                break
            try:
                sock = create_connection(
                    (address, self.port),
                    # Half for those after it. An equal share would be too short for everybody
                    # where there are many addresses and the way is long.
                    left / min(2, len(addresses) - place),
                    source_address=self.source_address,
                    socket_options=self.socket_options,
                )
            except OSError as exc:
                failure = exc
            else:
                sock.settimeout(max(0.001, until - time.monotonic()))
                return sock
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, f"{self.host} did not answer in time") from failure
        raise NewConnectionError(self, f"{self.host} could not be reached: {failure}") from failure

    def _addresses(self) -> list[str]:
        """Of both families by turns, as RFC 8305 has it: often one of them leads nowhere."""
        family = allowed_gai_family()
        try:
            found = socket.getaddrinfo(
                self._dns_host.strip("[]"), self.port, family, socket.SOCK_STREAM
            )
        except (socket.gaierror, UnicodeError) as exc:
            raise NewConnectionError(self, f"{self.host} could not be resolved: {exc}") from exc
        families: dict[int, dict[str, None]] = {}
        for kind, *_, address in found:
            families.setdefault(kind, {})[str(address[0])] = None
        by_turns = chain.from_iterable(zip_longest(*families.values()))
        return [address for address in by_turns if address is not None]

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        # urllib3 1 leaves a used connection with what the answer before did not need of its time.
        if self.sock is not None and isinstance(self.timeout, (int, float)):
            self.sock.settimeout(self.timeout)
        super().putrequest(*args, **kwargs)

    def connect(self) -> None:
        try:
            super().connect()
        except TimeoutError as exc:
            # While shaking hands, or from a proxy: the request itself was not written yet.
            raise ConnectTimeoutError(self, f"{self.host} did not answer in time") from exc


class _SecureConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS: dict[Any, Any] = {HTTPConnectionPool: _Pool, HTTPSConnectionPool: _SecurePool}
