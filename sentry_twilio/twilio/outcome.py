"""From what Twilio answered, or did not answer, to what became of a message."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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
from sentry_twilio.twilio import codes, halting
from sentry_twilio.twilio.numbers import mask

# https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
_STATES: dict[str, ReceiptState] = {
    "delivered": "delivered",
    "read": "delivered",
    "partially_delivered": "delivered",
    "undelivered": "undelivered",
    "failed": "undelivered",
    "canceled": "undelivered",
}
TOO_MANY_REQUESTS = 20429
"""The one 429 that waiting a moment cures; others, such as 63038, last for the day."""
# By a word to this sender, by the Compliance Toolkit, or on a channel such as WhatsApp.
_OPTED_OUT = frozenset({21610, 30630, 63033})
_NUMBER = re.compile(r"\+\d{7,15}")
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
    """What a failed attempt to create a message says: the first row of `_DECISIONS` that holds."""
    decide = next(decide for holds, decide in _DECISIONS if holds(error))
    return decide(error)


def receipt(
    sid: str, status: str, code: int | None = None, message: str = "", segments: int = 0
) -> Receipt:
    """What a status that Twilio reported later says; `message` is Twilio's own explanation."""
    state = _STATES.get(status, "accepted")
    if state != "undelivered":
        return Receipt(sid, state, status, segments=segments)
    known = codes.find(code)
    if known:
        return Receipt(
            sid,
            state,
            status,
            code,
            known.kind,
            known.explanation,
            segments,
            opted_out=code in _OPTED_OUT,
        )
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


Decide = Callable[[ApiError], Outcome]


def _unknown(error: ApiError) -> Outcome:
    return Unknown(str(error), error.request_id)


def _by_code(error: ApiError) -> Outcome:
    code = code_of(error)
    known = codes.find(code)
    assert known is not None
    return Refused(
        code,
        known.kind,
        known.explanation,
        error.retry_after,
        error.request_id,
        opted_out=code in _OPTED_OUT,
        halts=code in halting.CODES,
    )


def _unanswered(kind: Kind) -> Decide:
    return lambda error: Refused(None, kind, str(error))


def _answered(kind: Kind, reason: str, halts: bool = False) -> Decide:
    def decide(error: ApiError) -> Outcome:
        code = code_of(error)
        return Refused(
            code,
            kind,
            reason + _quoted(error.body, code, error.status),
            error.retry_after,
            error.request_id,
            halts=halts,
        )

    return decide


def _status(status: int) -> Callable[[ApiError], bool]:
    return lambda error: error.status == status


# From top to bottom; the first row that holds decides. Twilio's code goes before the HTTP
# status: a 429 may be a crowd (20429), which passes, or a day's limit (63038), which does not.
_DECISIONS: tuple[tuple[Callable[[ApiError], bool], Decide], ...] = (
    # A reset, a timeout, a 5xx: whatever it says, the message may be on its way.
    (lambda error: error.may_have_been_processed, _unknown),
    (lambda error: codes.find(code_of(error)) is not None, _by_code),
    # No answer, and surely nothing sent. An address that is none stays none.
    (
        lambda error: error.status is None and isinstance(error, ApiInvalidRequest),
        _unanswered("config"),
    ),
    (lambda error: error.status is None, _unanswered("transient")),
    # No code, or one that is not in our table.
    # A 401 is about credentials, whatever was sent, and a path has nothing but the account.
    # Whoever said so, we ask again until it is over.
    (_status(401), _answered("config", "Twilio did not accept the credentials.", halts=True)),
    (
        lambda error: error.status == 404 and code_of(error) is None,
        _answered("config", "Twilio found no such account.", halts=True),
    ),
    (_status(407), _answered("transient", "A proxy on the way to Twilio wants credentials.")),
    (_status(429), _answered("transient", "Twilio takes no more messages for the moment.")),
    (
        lambda error: (error.status or 0) < 400,
        _answered("transient", "Something between here and Twilio redirected it."),
    ),
    # Twilio gives a reason. A firewall, a proxy or a Wi-Fi's login page that answers instead
    # says nothing about the message, and may let it through in a while.
    (
        lambda error: code_of(error) is None,
        _answered(
            "transient", "Something between here and Twilio refused it: a firewall or a proxy."
        ),
    ),
    # A 403 may be about this message: countries (21408) and recipients (21608) are refused so.
    (_status(403), _answered("config", "Twilio does not allow this message.")),
    (_status(404), _answered("config", "Twilio did not find something that the message names.")),
    (lambda error: True, _answered("message", "Twilio refused the message.")),
)


def _quoted(body: Any, code: int | None, status: int | None) -> str:
    message = body.get("message") if isinstance(body, Mapping) else None
    words = f" It says: “{_plain(message)}”" if isinstance(message, str) and message else ""
    return words + (f" (Twilio error {code})" if code else f" (HTTP status {status})")


def _plain(text: str) -> str:
    """Twilio's own words, whose numbers everybody who may see a reason would see."""
    text = _NUMBER.sub(lambda found: mask(found[0]), text)
    return _CONTROL.sub(" ", text).strip()[:300]
