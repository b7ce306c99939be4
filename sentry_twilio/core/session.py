"""The session that a client's requests share: pooled, without cookies, and discreet."""

from __future__ import annotations

from base64 import b64encode
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter


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


def anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """The `auth` of a request without any: given none, requests would look into ~/.netrc."""
    return request


class _Session(requests.Session):
    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Whoever a redirect names gets no credentials, those of ~/.netrc neither."""
        prepared_request.headers.pop("Authorization", None)


def pooled(size: int) -> requests.Session:
    """A session of at most `size` connections to a host; whoever needs one more waits."""
    session = _Session()
    # Nothing we talk to needs cookies, and the jar is the one part of a Session that threads
    # would share by accident.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=2, pool_maxsize=size, pool_block=True)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
