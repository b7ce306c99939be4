"""Any other request to Twilio's API, with the account's credentials."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import requests

from sentry_twilio.core import ApiError, ApiInvalidRequest, ApiResponse, RetryPolicy
from sentry_twilio.core.client import Timeout
from sentry_twilio.twilio import outcome, raw_path
from sentry_twilio.twilio.connection import Connection
from sentry_twilio.twilio.parameters import written

ResponseType = Literal["json", "text", "binary"]
Pairs = Mapping[str, Any] | Sequence[tuple[str, Any]]
FileData = tuple[str, bytes] | tuple[str, bytes, str]
"""File name, content and, where it matters, media type. Bytes, since they can be sent again."""
Files = Mapping[str, FileData] | Sequence[tuple[str, FileData]]

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_IDEMPOTENT = _METHODS - {"POST", "PATCH"}
# The account's credentials, and where and how the request travels, are not the caller's.
_OWN_HEADERS = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "host",
        "proxy-authorization",
        "transfer-encoding",
        "upgrade",
    }
)


_CAP = 30.0
"""Seconds that a wait lasts at most, unless the caller's own delay is longer."""


class RawRequests(Connection):
    """The way to all of Twilio's API that has no method here, e.g. Calls or Usage."""

    def raw_request(
        self,
        path: str,
        method: str = "GET",
        *,
        data: Mapping[str, Any] | Sequence[Any] | str | bytes | None = None,
        form_data: Pairs | None = None,
        file_data: Files | None = None,
        query_params: Pairs | None = None,
        headers: Mapping[str, str] | None = None,
        response_type: ResponseType = "json",
        timeout: float | Timeout | None = None,
        max_retries: int = 0,
        retry_delay_ms: int = 1000,
        retry_on_all_errors: bool = False,
        exponential_backoff: bool = False,
    ) -> ApiResponse:
        """Ask for `path`, relative to `/2010-04-01`; it never leaves the client's host.

        `data` is a body: text and bytes as they are, anything else as JSON. `form_data`,
        with or without `file_data`, is a form, which is what Twilio takes; None leaves a field
        out. `timeout` is seconds, for the connection and the answer each or as a pair.

        The answer's `body` is parsed JSON, text or bytes. It is Twilio's own: an account's
        holds its Auth Token.

        Up to `max_retries` times, what Twilio is too busy for, what never reached it and,
        where the method may be repeated, a broken answer are repeated, after
        `retry_delay_ms` or what Twilio asks for; the delay doubles with
        `exponential_backoff`. A POST that may have been processed is repeated only with
        `retry_on_all_errors`, and may then happen twice.

        Raises a ValueError for arguments that are no request to Twilio, and an `ApiError` for
        every answer of 300 and above, or none.
        """
        method = method.upper()
        _check(method, headers, data is not None, form_data is not None or file_data is not None)
        answers: list[requests.Response] = []

        def authorize(request: requests.PreparedRequest) -> requests.PreparedRequest:
            # The kit's answer holds what it parsed; the text or bytes are on this one.
            request.register_hook("response", keep)  # type: ignore[no-untyped-call]
            return self._authorize(request)

        def keep(answer: requests.Response, **_: object) -> None:
            if response_type == "binary" and answer.status_code < 300:
                # Otherwise the bytes would be searched for what language they might be.
                answer.encoding = "latin-1"
            answers[:] = [answer]

        is_json = data is not None and not isinstance(data, (str, bytes))
        response = self._request(
            method,
            raw_path.absolute(path),
            headers=headers,
            data=_body(data) if data is not None else _fields(form_data),
            params=_fields(query_params) or None,
            files=_files(file_data),
            json=is_json,
            allow_text=response_type != "json",
            auth=authorize,
            timeout=(timeout, timeout) if isinstance(timeout, (int, float)) else timeout,
            retry=_retry(
                method, max_retries, retry_delay_ms, retry_on_all_errors, exponential_backoff
            ),
        )
        if response_type == "json":
            return response
        body = answers[0].content if response_type == "binary" else answers[0].text
        return ApiResponse(response.status, response.headers, body, response.request_id)


def _check(method: str, headers: Mapping[str, str] | None, has_data: bool, has_form: bool) -> None:
    if method not in _METHODS:
        raise ValueError(f"{method!r} is no method of Twilio's API.")
    if has_data and has_form:
        raise ValueError("A request has either data or a form with or without files, not both.")
    own = sorted(name for name in headers or () if name.strip().lower() in _OWN_HEADERS)
    if own:
        raise ValueError(f"The client itself sets the header {own[0]}.")


def _body(data: Any) -> Any:
    return data.encode() if isinstance(data, str) else data


def _fields(pairs: Pairs | None) -> list[tuple[str, str]]:
    items = pairs.items() if isinstance(pairs, Mapping) else pairs or ()
    return [
        (name, written(one))
        for name, value in items
        for one in (value if isinstance(value, (list, tuple)) else (value,))
        if one is not None
    ]


def _files(files: Files | None) -> list[tuple[str, FileData]] | None:
    return list(files.items() if isinstance(files, Mapping) else files) if files else None


class _Steady(RetryPolicy):
    """Waits as long before each try as before the second."""

    def wait(self, tried: int, error: ApiError) -> float | None:
        return super().wait(1, error) if tried < self.tries else None


def _retry(
    method: str, retries: int, delay_ms: int, all_errors: bool, exponential: bool
) -> RetryPolicy:
    if retries < 0 or delay_ms < 0:
        raise ValueError("Retries and their delay cannot be less than none.")
    delay = delay_ms / 1000
    policy = RetryPolicy if exponential else _Steady
    return policy(
        tries=retries + 1,
        delay=delay,
        cap=max(_CAP, delay),
        jitter=0.1 if exponential else 0.0,
        repeats=_repeats(method, all_errors),
    )


def _repeats(method: str, all_errors: bool) -> Callable[[ApiError], bool]:
    def repeats(error: ApiError) -> bool:
        if isinstance(error, ApiInvalidRequest) and error.status is None:
            return False  # it could not even be written, and will not be the next time
        if all_errors:
            return True
        if error.may_have_been_processed and method not in _IDEMPOTENT:
            return False
        if error.status == 429:
            return outcome.code_of(error) in (None, outcome.TOO_MANY_REQUESTS)
        return error.status is None or error.may_have_been_processed

    return repeats
