"""Was a message accepted although its answer was lost?

Twilio has no idempotency key, so the only way to know is to look. Its list is filtered by
recipient alone: how the other filters treat a message that is still queued is not documented.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from sentry_twilio.core import Accepted, ApiError, CannotLookUp, Message
from sentry_twilio.twilio import outcome, sent_text
from sentry_twilio.twilio.client import TwilioApiClient

MAX_ROWS = 1000
"""How many of the recipient's messages are looked at, the newest first."""
PAGE_SIZE = 200
"""Rows in one answer, which has to come within the time for an answer: 170 KiB. Most recipients
never had more messages, so that one request is enough."""
PATIENCE = 20.0
"""Seconds for which more is read than seems to be needed. Together with an answer that is late it
is less than the shortest lease."""
SLACK = timedelta(seconds=60)
"""How much earlier than we are told to look a message may seem to have been created."""

KEY_IS_RESTRICTED = 70051
NOT_ALLOWED = CannotLookUp("The API key is not allowed to read messages.")
_HIDDEN = CannotLookUp("The account hides the texts or numbers of its messages.")
_TOO_MANY = CannotLookUp(
    f"The recipient has had more than {MAX_ROWS:,} messages since; Twilio's list is too long."
)
_MASKED = re.compile(r"\+?[0-9]*[xX*•][0-9xX*•]*")

Row = Mapping[str, Any]
Resemblance = Literal["same", "hidden", "other"]


@dataclass(slots=True)
class _Seen:
    """What the list has shown so far."""

    earliest: datetime
    request_id: str = ""
    rows: int = 0
    hidden: bool = False
    reached_earlier: bool = False
    same: list[tuple[datetime, Row]] = field(default_factory=list)


def find(
    client: TwilioApiClient, message: Message, since: datetime, known_sids: Collection[str]
) -> Accepted | CannotLookUp | None:
    """The oldest message like this one, created at `since` (our clock) or later.

    None means that Twilio has no such message, or does not list it yet. `CannotLookUp` means
    that it never will say: the key may not read messages, they are hidden, or they are too
    many. Raises an `ApiError` where Twilio could not be asked just now.
    """
    try:
        seen = _look(client, message, since, known_sids)
    except ApiError as error:
        if _is_forbidden(error):
            return NOT_ALLOWED
        raise
    if seen.same:
        _, row = min(seen.same, key=lambda entry: entry[0])
        return Accepted(
            sid=str(row["sid"]),
            status=str(row.get("status") or "accepted"),
            segments=outcome.number(row.get("num_segments")) or 0,
            request_id=seen.request_id,
        )
    if seen.hidden:
        return _HIDDEN
    return _TOO_MANY if seen.rows >= MAX_ROWS and not seen.reached_earlier else None


def _is_forbidden(error: ApiError) -> bool:
    """Whether Twilio, and no firewall on the way to it, does not let these credentials read."""
    code = outcome.code_of(error)
    return code == KEY_IS_RESTRICTED or (error.status == 403 and code is not None)


def _look(
    client: TwilioApiClient, message: Message, since: datetime, known_sids: Collection[str]
) -> _Seen:
    seen: _Seen | None = None
    patient_until = time.monotonic() + PATIENCE
    for page in client.message_pages({"To": message.to}, PAGE_SIZE):
        if seen is None:
            earliest = since + _clock_difference(page.headers) - SLACK
            seen = _Seen(earliest, page.request_id)
        for row in _rows(page.body):
            seen.rows += 1
            created = _moment(row.get("date_created"))
            if created is None or row.get("sid") in known_sids:
                continue
            if created < earliest:
                seen.reached_earlier = True
                continue
            resemblance = _compare(client, message, row)
            if resemblance == "same":
                seen.same.append((created, row))
            seen.hidden = seen.hidden or resemblance == "hidden"
        # The list is sorted by the time of sending, the newest first. Where it has what is not
        # sent yet is not documented, so an old row does not end it unless it is slow to come.
        in_a_hurry = time.monotonic() > patient_until
        if seen.rows >= MAX_ROWS or (seen.reached_earlier and in_a_hurry):
            break
    assert seen is not None  # there is always a first page, or an error
    return seen


def _rows(page: Mapping[str, Any]) -> Iterator[Row]:
    return (row for row in page.get("messages") or () if isinstance(row, Mapping))


def _compare(client: TwilioApiClient, message: Message, row: Row) -> Resemblance:
    """Whether a row is the message, by everything but its time."""
    if row.get("direction") != "outbound-api" or not row.get("sid"):
        return "other"
    service, sender = row.get("messaging_service_sid"), row.get("from")
    # A sender is not named before one was chosen from the Messaging Service.
    if service and service != client.messaging_service_sid:
        return "other"
    if not client.messaging_service_sid and sender and sender != client.sms_from:
        return "hidden" if _MASKED.fullmatch(str(sender)) else "other"
    if row.get("to") != message.to or (message.body and not row.get("body")):
        return "hidden"
    return "same" if sent_text.is_same(str(row.get("body") or ""), message.body) else "other"


def _clock_difference(headers: Mapping[str, str]) -> timedelta:
    """How far Twilio's clock is ahead of ours, by the answer that has just come."""
    moment = _moment(headers.get("Date"))
    return moment - datetime.now(timezone.utc) if moment else timedelta(0)


def _moment(value: Any) -> datetime | None:
    try:
        moment = parsedate_to_datetime(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
