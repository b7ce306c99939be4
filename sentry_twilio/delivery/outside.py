"""Requests to addresses that people entered: a webhook, a heartbeat's."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import requests

from sentry_twilio._version import __version__
from sentry_twilio.core.session import BasicAuth, anonymous, pooled
from sentry_twilio.core.transport import error_for_exception

TIMEOUT = (5.0, 10.0)
"""Seconds to connect, and for the whole answer."""


def request(
    method: Literal["GET", "POST"], url: str, name: str, payload: dict[str, Any] | None = None
) -> str:
    """Make one request; '' where the answer is a success, else why not, in a sentence.

    `name` stands for the address, which is a secret and shows nowhere. The answer's body is
    not read. A redirect is a failure: whoever it names was not chosen by anybody here.
    """
    try:
        with (
            pooled(1) as session,
            session.request(
                method,
                url,
                json=payload,
                headers={"User-Agent": f"sentry_twilio/{__version__}"},
                auth=_auth(url),
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            status = response.status_code
    except (requests.RequestException, ValueError) as exc:
        return str(error_for_exception(exc, name))
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"{name} answered with a redirect ({status}); enter the address it leads to."
    return f"{name} answered with HTTP {status}."


def _auth(url: str) -> Any:
    parts = urlsplit(url)
    if parts.username is None:
        return anonymous
    return BasicAuth(unquote(parts.username), unquote(parts.password or ""))
