"""What an SDK handed in: at most one event, from either of its two endpoints."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from sentry_twilio.tracker.auth import key_of_dsn
from sentry_twilio.tracker.envelope import Limits, parse_envelope
from sentry_twilio.tracker.rejected import Rejected


@dataclass(frozen=True, slots=True)
class Submission:
    """`event` is the event's JSON; `event_id` and `key` are what stood in an envelope's header."""

    event: bytes | None
    event_id: object = None
    key: str | None = None


def read_envelope(body: bytes) -> Submission:
    """The event of an envelope, if there is one: what else it carries is let go.

    Raises `Rejected`: 400 for broken framing or a second event, 413 for too much.
    """
    limits = Limits(
        header=settings.ENVELOPE_MAX_HEADER_BYTES,
        items=settings.ENVELOPE_MAX_ITEMS,
    )
    envelope = parse_envelope(body, limits)
    events = [item.payload for item in envelope.items if item.type == "event"]
    if len(events) > 1:
        raise Rejected(400, "An envelope carries one event at most.")
    return Submission(
        event=_checked(events[0]) if events else None,
        event_id=envelope.header.get("event_id"),
        key=key_of_dsn(envelope.header.get("dsn")),
    )


def read_store(body: bytes) -> Submission:
    """The event that is the whole body; raises `Rejected` (413) where it is too large."""
    return Submission(event=_checked(body))


def _checked(event: bytes) -> bytes:
    if len(event) > settings.EVENT_MAX_BYTES:
        raise Rejected(413, f"The event is larger than {settings.EVENT_MAX_BYTES} bytes.")
    return event
