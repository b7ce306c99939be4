"""Was a message accepted although its answer was lost?

Twilio has no idempotency key, so the only way to know is to look. Its list is filtered by
recipient alone: how the other filters treat a message that is still queued is not documented.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from sentry_twilio.core import Accepted, ApiForbidden, CannotLookUp, Message
from sentry_twilio.twilio import outcome
from sentry_twilio.twilio.client import MAX_PAGE_SIZE, TwilioApiClient

TRIAL_PREFIX = "Sent from your Twilio trial account - "
SLACK = timedelta(seconds=60)
"""How much earlier than the attempt a message may seem to have been created."""

_HIDDEN = CannotLookUp("The account hides the texts or numbers of its messages.")


def find(
    client: TwilioApiClient, message: Message, since: datetime, known_sids: Collection[str]
) -> Accepted | CannotLookUp | None:
    """The oldest message like this one, created at `since` (our clock) or later.

    None means that Twilio has no such message, or does not list it yet. `CannotLookUp` means
    that it never will say: the key may not read messages, or they are hidden. Raises an
    `ApiError` where Twilio could not be asked just now.
    """
    try:
        # One page is as many rows as Twilio gives at once.
        response = next(client.pages({"To": message.to}, MAX_PAGE_SIZE))
    except ApiForbidden:
        return CannotLookUp("The API key is not allowed to read messages.")
    earliest = since + _clock_difference(response.headers) - SLACK
    hidden = False
    found: list[tuple[datetime, Mapping[str, Any]]] = []
    for created, row in _candidates(client, response.body, earliest, known_sids):
        if row.get("to") != message.to or (message.body and not row.get("body")):
            hidden = True
        elif _text(row.get("body")) == _text(message.body):
            found.append((created, row))
    if found:
        _, row = min(found, key=lambda entry: entry[0])
        return Accepted(
            sid=str(row["sid"]),
            status=str(row.get("status") or "accepted"),
            segments=outcome.number(row.get("num_segments")) or 0,
            request_id=response.request_id,
        )
    return _HIDDEN if hidden else None


def _candidates(
    client: TwilioApiClient,
    page: Mapping[str, Any],
    earliest: datetime,
    known_sids: Collection[str],
) -> Iterator[tuple[datetime, Mapping[str, Any]]]:
    """The rows that may be the message as far as anything but its text tells."""
    service = client.messaging_service_sid
    for row in page.get("messages") or ():
        created = _moment(row.get("date_created"))
        if (
            row.get("direction") == "outbound-api"
            and row.get("sid")
            and row["sid"] not in known_sids
            and created is not None
            and created >= earliest
            # A sender is not named before one was chosen from the Messaging Service.
            and row.get("messaging_service_sid") in (None, "", service)
            and (service or row.get("from") in (None, client.sms_from))
        ):
            yield created, row


def _clock_difference(headers: Mapping[str, str]) -> timedelta:
    """How far Twilio's clock is ahead of ours, by the answer that has just come."""
    moment = _moment(headers.get("Date"))
    return moment - datetime.now(UTC) if moment else timedelta(0)


def _moment(value: Any) -> datetime | None:
    try:
        moment = parsedate_to_datetime(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(value: Any) -> str:
    """A body without what Twilio adds to it or trims from it."""
    return str(value or "").removeprefix(TRIAL_PREFIX).strip()
