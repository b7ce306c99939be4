"""A generic JSON/form API client over one pooled `requests.Session`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import requests

from sentry_twilio.core.errors import ApiError, ApiServerError, error_for_status
from sentry_twilio.core.retry import RetryPolicy
from sentry_twilio.core.session import BasicAuth, anonymous, pooled
from sentry_twilio.core.transport import error_for_exception

if TYPE_CHECKING:
    # Python 3.10 has none of its own, and no type is looked at when this runs.
    from typing_extensions import Self

logger = logging.getLogger(__name__)

Timeout = tuple[float, float]
"""Seconds to connect, and seconds for the whole answer, to its last byte: a long download needs
more than a short word (see `total_time`)."""
Auth = Callable[[requests.PreparedRequest], requests.PreparedRequest]
Data = Mapping[str, Any] | Sequence[tuple[str, Any]] | str | bytes | None

_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """An answer below 300. `body` is parsed JSON, text where that was allowed, or None."""

    status: int
    headers: Mapping[str, str]
    body: Any
    request_id: str = ""


def _may_have_been_processed(status: int, method: str) -> bool:
    """Whether a request that got this status, of 300 and above, may have had its effect."""
    if status < 400:
        # A 307 and a 308 ask for the same again elsewhere. "See there" is how many answer a
        # POST that they have taken.
        return method not in _SAFE and status not in (307, 308)
    # 408 is a timeout that somebody else saw; what happened behind it is not known.
    return status >= 500 or status == 408


class ApiClient:
    """Base for a provider's client. Safe to use from several threads at once.

    A subclass sets the class attributes and adds a method per call; it leaves `_request`
    alone. No call is repeated unless it brings a `RetryPolicy`.
    """

    plugin_name: ClassVar[str] = "undefined"
    allow_redirects: ClassVar[bool | None] = None
    """None: a GET without credentials follows redirects, nothing else does."""
    verify_ssl: ClassVar[bool] = True
    timeout: Timeout = (5.0, 10.0)
    request_id_header: ClassVar[str] = "X-Request-Id"
    pool_size: int = 10
    """Connections kept at most, and so requests under way at once. A further one waits, and its
    `timeout` begins after that; with `pool_block=False` it gets a connection for itself."""

    def __init__(
        self, base_url: str = "", pool_size: int | None = None, *, pool_block: bool = True
    ) -> None:
        if "@" in urlsplit(base_url).netloc:
            # They would be shown wherever the URL is.
            raise ValueError("Credentials do not belong into a base URL.")
        self.base_url = base_url.rstrip("/")
        self.pool_size = pool_size or self.pool_size
        self.session = pooled(self.pool_size, pool_block)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __repr__(self) -> str:
        # One that was not made whole may be printed too, by whoever reports why.
        return f"<{type(self).__name__} {getattr(self, 'base_url', '')}>"

    def close(self) -> None:
        """Give back the pooled connections."""
        self.session.close()

    def _request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        data: Data = None,
        params: Mapping[str, Any] | Sequence[tuple[str, Any]] | None = None,
        auth: Auth | tuple[str, str] | None = None,
        json: bool = True,
        allow_text: bool = False,
        allow_redirects: bool | None = None,
        timeout: Timeout | None = None,
        files: Any = None,
        retry: RetryPolicy | None = None,
    ) -> ApiResponse:
        """Make one request, or as many as `retry` allows, and return its answer.

        `path` is appended to `base_url` unless it is a URL itself. `data` is sent as JSON, or
        as a form where `json` is False or there are `files`. An answer that is not JSON is an
        error unless `allow_text`. A request with credentials never follows a redirect,
        whatever `allow_redirects` says.

        Raises an `ApiError` for everything that is not an answer below 300.
        """
        url = path if path.lower().startswith(("http://", "https://")) else self._url(path)
        if isinstance(auth, tuple):
            auth = BasicAuth(*auth)
        has_credentials = auth is not None or not _CREDENTIALS.isdisjoint(
            name.lower() for name in headers or ()
        )
        if allow_redirects is None:
            allow_redirects = self.allow_redirects
        if allow_redirects is None:
            allow_redirects = method.upper() == "GET"
        arguments: dict[str, Any] = {
            "headers": dict(headers or {}),
            "json" if json and not files else "data": data,
            "params": params,
            "files": files,
            "auth": auth or anonymous,
            "allow_redirects": allow_redirects and not has_credentials,
            "timeout": timeout or self.timeout,
            "verify": self.verify_ssl,
        }
        tried = 0
        while True:
            tried += 1
            try:
                return self._once(method.upper(), url, allow_text, arguments)
            except ApiError as error:
                wait = retry.wait(tried, error) if retry else None
                if wait is None:
                    raise
                time.sleep(wait)

    def _once(
        self, method: str, url: str, allow_text: bool, arguments: dict[str, Any]
    ) -> ApiResponse:
        started = time.monotonic()
        answers: list[requests.Response] = []
        hooks = {"response": lambda response, **_: answers.append(response)}
        try:
            response = self.session.request(method, url, hooks=hooks, **arguments)
        except (requests.RequestException, ValueError) as exc:
            error = error_for_exception(exc, self.plugin_name, answered=bool(answers))
        else:
            self._log(method, url, str(response.status_code), started)
            return self._read(response, method, allow_text)
        self._log(method, url, type(error).__name__, started)
        # Raised out here, without its cause: that one's text holds the whole URL, whose query
        # may name phone numbers, and its frames hold the headers.
        raise error

    def _read(self, response: requests.Response, method: str, allow_text: bool) -> ApiResponse:
        status = response.status_code
        request_id = response.headers.get(self.request_id_header, "")
        body: Any = None
        is_json = True
        if response.content:
            try:
                body = response.json()
            except (ValueError, RecursionError):
                is_json = False
                body = response.text
        details: dict[str, Any] = {
            "status": status,
            "body": body,
            "headers": response.headers,
            "request_id": request_id,
        }
        if status >= 300:
            raise error_for_status(status)(
                self._describe(response),
                may_have_been_processed=_may_have_been_processed(status, method),
                **details,
            )
        if not is_json and not allow_text:
            raise ApiServerError(
                f"{self.plugin_name} answered {status} with something that is not JSON.", **details
            )
        return ApiResponse(status, response.headers, body, request_id)

    def _url(self, path: str) -> str:
        # Without the slash, a path could change the host: "https://host" + ".example.com/".
        return f"{self.base_url}{'' if path.startswith('/') else '/'}{path}"

    def _describe(self, response: requests.Response) -> str:
        if response.is_redirect:
            target = urlsplit(response.headers.get("Location", "")).hostname or "another address"
            return f"{self.plugin_name} redirected to {target}, which is not followed."
        return f"{self.plugin_name} answered with HTTP status {response.status_code}."

    def _log(self, method: str, url: str, result: str, started: float) -> None:
        logger.debug(
            "%s %s %s: %s in %d ms",
            self.plugin_name,
            method,
            urlsplit(url).path,
            result,
            (time.monotonic() - started) * 1000,
        )

    def get(self, path: str, **arguments: Any) -> ApiResponse:
        return self._request("GET", path, **arguments)

    def post(self, path: str, **arguments: Any) -> ApiResponse:
        return self._request("POST", path, **arguments)

    def put(self, path: str, **arguments: Any) -> ApiResponse:
        return self._request("PUT", path, **arguments)

    def patch(self, path: str, **arguments: Any) -> ApiResponse:
        return self._request("PATCH", path, **arguments)

    def delete(self, path: str, **arguments: Any) -> ApiResponse:
        return self._request("DELETE", path, **arguments)
