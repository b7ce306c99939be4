"""The session that a client's requests share: pooled, without cookies, and discreet."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Hashable
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests

from sentry_twilio.core.tls import SharedTrustAdapter

ENVIRONMENT_SECONDS = 5.0
"""How long a session goes by what the environment said about proxies and certificates."""
ENVIRONMENT_HOSTS = 20
"""For how many hosts it is remembered."""


class BasicAuth:
    """HTTP Basic credentials that do not show in a repr or a traceback's variables."""

    def __init__(self, user: str, password: str) -> None:
        # What no encoding takes must not raise: the error would quote it.
        credentials = f"{user}:{password}".encode(errors="replace")
        self._header = "Basic " + b64encode(credentials).decode()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request

    def __repr__(self) -> str:
        return "BasicAuth(***)"


class BearerAuth:
    """A bearer token that shows as little."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request

    def __repr__(self) -> str:
        return "BearerAuth(***)"


def anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """The `auth` of a request without any: given none, requests would look into ~/.netrc."""
    return request


class _Session(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        self._surroundings: dict[Hashable, tuple[float, dict[str, Any]]] = {}

    def merge_environment_settings(
        self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        """What the environment says, asked every few seconds instead of for every request.

        A look goes through all variables twice, which is a fifth of a message's CPU.
        """
        parts = urlsplit(url)
        if proxies or not parts.hostname:
            return super().merge_environment_settings(url, proxies, stream, verify, cert)
        key = (parts.scheme, parts.netloc, stream, verify, cert)
        now = time.monotonic()
        asked, settings = self._surroundings.get(key, (now, {}))
        if not settings or now - asked > ENVIRONMENT_SECONDS:
            if len(self._surroundings) >= ENVIRONMENT_HOSTS:
                self._surroundings.clear()
            found = super().merge_environment_settings(url, proxies, stream, verify, cert)
            settings = dict(found)
            self._surroundings[key] = (now, settings)
        return {**settings, "proxies": dict(settings["proxies"])}

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Whoever a redirect names gets no credentials, those of ~/.netrc neither."""
        prepared_request.headers.pop("Authorization", None)


def pooled(size: int, block: bool = True) -> requests.Session:
    """A session that keeps `size` connections to a host.

    Whoever needs one more waits, for however long the others take; without `block` it gets one
    for itself.
    """
    session = _Session()
    # Nothing we talk to needs cookies, and the jar is the one part of a Session that threads
    # would share by accident.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = SharedTrustAdapter(pool_connections=2, pool_maxsize=size, pool_block=block)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
