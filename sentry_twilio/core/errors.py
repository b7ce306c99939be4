"""What can go wrong between us and an HTTP API.

Each error says whether the request may have been processed: only one that surely was not
is safe to repeat when the request is not idempotent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any


class ApiError(Exception):
    """A request that brought no usable answer.

    The message is fit for logs and people: no credentials, no query string, no body.

    `status` is None where no answer came. `body` is the parsed JSON, the text, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        request_id: str = "",
        may_have_been_processed: bool = True,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = body
        self.headers: Mapping[str, str] = headers if headers is not None else {}
        self.request_id = request_id
        self.may_have_been_processed = may_have_been_processed

    @property
    def retry_after(self) -> float | None:
        """The seconds asked for by `Retry-After` (a number or an HTTP date), if any."""
        value = self.headers.get("Retry-After", "").strip()
        if not value:
            return None
        try:
            seconds = float(value)
        except ValueError:
            pass
        else:
            return max(0.0, seconds) if math.isfinite(seconds) else None
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())


class ApiUnauthorized(ApiError):
    """401: the credentials are wrong."""


class ApiForbidden(ApiError):
    """403: the credentials are right and not allowed to do this."""


class ApiNotFound(ApiError):
    """404."""


class ApiRateLimited(ApiError):
    """429."""


class ApiInvalidRequest(ApiError):
    """Any other 4xx, a redirect that is not followed, or a URL that is none."""


class ApiServerError(ApiError):
    """5xx, or an answer that cannot be read."""


class ApiTimeout(ApiError):
    """No connection or no answer in time."""


class ApiConnectionError(ApiError):
    """No connection, or one that broke."""


_BY_STATUS: dict[int, type[ApiError]] = {
    401: ApiUnauthorized,
    403: ApiForbidden,
    404: ApiNotFound,
    429: ApiRateLimited,
}


def error_for_status(status: int) -> type[ApiError]:
    """The class of error that an HTTP status of 300 and above stands for."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return ApiServerError if status >= 500 else ApiInvalidRequest


class PluginError(Exception):
    """A plugin could not do what a person asked; the message is for that person."""
