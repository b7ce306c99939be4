"""From what Twilio answered, or did not answer, to what became of a message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sentry_twilio.core import (
    Accepted,
    ApiError,
    ApiInvalidRequest,
    ApiResponse,
    Kind,
    Outcome,
    Receipt,
    Refused,
    Unknown,
)
from sentry_twilio.core.message import ReceiptState
from sentry_twilio.twilio import codes

# What a refusal means by its HTTP status, where Twilio's code is missing or not in our table.
# The code decides first: a 429 may be a crowd (20429) or a day's limit (63038).
_BY_STATUS: dict[int, tuple[Kind, str]] = {
    401: ("config", "Twilio did not accept the credentials."),
    403: ("config", "The credentials are not allowed to send messages."),
    404: ("config", "Twilio found no such account."),
    407: ("transient", "A proxy on the way to Twilio wants credentials."),
    429: ("transient", "Twilio takes no more messages for the moment."),
}
_REDIRECTED: tuple[Kind, str] = ("transient", "Something between here and Twilio redirected it.")
_OTHER: tuple[Kind, str] = ("message", "Twilio refused the message.")

# https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
_STATES: dict[str, ReceiptState] = {
    "delivered": "delivered",
    "read": "delivered",
    "partially_delivered": "delivered",
    "undelivered": "undelivered",
    "failed": "undelivered",
    "canceled": "undelivered",
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def from_response(response: ApiResponse) -> Outcome:
    """What an answer below 300 to a new message says. Without a SID it says nothing."""
    body = response.body
    sid = body.get("sid") if isinstance(body, Mapping) else None
    if not isinstance(sid, str) or not sid:
        return Unknown("Twilio answered without naming the message.", response.request_id)
    return Accepted(
        sid=sid,
        status=str(body.get("status") or "accepted"),
        segments=number(body.get("num_segments")) or 0,
        request_id=response.request_id,
    )


def from_error(error: ApiError) -> Outcome:
    """What a failed attempt to create a message says."""
    if error.may_have_been_processed:
        return Unknown(str(error), error.request_id)
    if error.status is None:
        kind: Kind = "config" if isinstance(error, ApiInvalidRequest) else "transient"
        return Refused(None, kind, str(error))
    code = code_of(error)
    known = codes.find(code)
    if known:
        kind, reason = known.kind, known.explanation
    else:
        fallback = _REDIRECTED if error.status < 400 else _OTHER
        kind, reason = _BY_STATUS.get(error.status, fallback)
        reason += _quoted(error.body, code, error.status)
    return Refused(code, kind, reason, error.retry_after, error.request_id)


def receipt(
    sid: str, status: str, code: int | None = None, message: str = "", segments: int = 0
) -> Receipt:
    """What a status that Twilio reported later says; `message` is Twilio's own explanation."""
    state = _STATES.get(status, "accepted")
    if state != "undelivered":
        return Receipt(sid, state, status, segments=segments)
    known = codes.find(code)
    if known:
        return Receipt(sid, state, status, code, known.kind, known.explanation, segments)
    if status == "canceled":
        reason = "The message was canceled before it was sent."
    elif code is None:
        reason = "The message was not delivered, and no reason was given."
    else:
        quoted = f": {_plain(message)}" if message else ""
        reason = f"The message was not delivered{quoted} (Twilio error {code}, {codes.page(code)})"
    return Receipt(sid, state, status, code, None, reason, segments)


def code_of(error: ApiError) -> int | None:
    """Twilio's own code in an error's body, if there is one."""
    return number(error.body.get("code")) if isinstance(error.body, Mapping) else None


def number(value: Any) -> int | None:
    """A number that Twilio may have sent as a string or not at all."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _quoted(body: Any, code: int | None, status: int) -> str:
    message = body.get("message") if isinstance(body, Mapping) else None
    words = f" It says: “{_plain(message)}”" if isinstance(message, str) and message else ""
    return words + (f" (Twilio error {code})" if code else f" (HTTP status {status})")


def _plain(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()[:300]
