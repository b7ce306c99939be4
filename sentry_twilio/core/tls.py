"""Whom a session trusts, read once and not again for every connection.

`requests` has each new connection read the whole bundle of authorities, which costs more
than all else about a message: some 20 ms of CPU for certifi's.
"""

from __future__ import annotations

import os
import ssl
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.util.ssl_ import create_urllib3_context

from sentry_twilio.core.total_time import TotalTimeAdapter

_reading = threading.Lock()


class UnreadableCertificates(ValueError):
    """The file of trusted authorities is missing or damaged; nothing was sent."""


class SharedTrustAdapter(TotalTimeAdapter):
    """An adapter whose connections share one `ssl.SSLContext` per bundle.

    A bundle that changes on disk is read again. Proxies, client certificates, folders of
    authorities and unverified connections are left to `requests`.
    """

    def cert_verify(self, conn: Any, url: str, verify: bool | str, cert: Any) -> None:
        try:
            bundle = DEFAULT_CA_BUNDLE_PATH if verify is True else verify
            if (
                bundle
                and url.lower().startswith("https")
                and not cert
                # A proxy behind https is verified by the same bundle, but on its own.
                and conn.proxy is None
                and Path(bundle).is_file()
            ):
                conn.conn_kw["ssl_context"] = _trusting(str(bundle))
                conn.cert_reqs = "CERT_REQUIRED"
                # Given as well, it would be read again.
                conn.ca_certs = None
            else:
                super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
        except OSError as exc:
            raise UnreadableCertificates(str(exc)) from exc


def _trusting(bundle: str) -> ssl.SSLContext:
    # Ten threads that begin together would otherwise read it ten times.
    with _reading:
        return _read(bundle, os.stat(bundle).st_mtime_ns)  # noqa: PTH116  (one call, no object)


@lru_cache(maxsize=4)
def _read(bundle: str, _changed_at: int) -> ssl.SSLContext:
    context: Any = create_urllib3_context()
    context.load_verify_locations(bundle)
    context.set_alpn_protocols(["http/1.1"])
    # urllib3 does so again for each connection. OpenSSL forbids that while another thread
    # connects by the same context: https://docs.openssl.org/3.0/man7/openssl-threads/
    context.set_alpn_protocols = _set_already
    return context  # type: ignore[no-any-return]


def _set_already(_protocols: object) -> None:
    pass
