"""What a project's messages look like and cost, before one is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sentry_twilio.core import Alert, Digest, Message
from sentry_twilio.twilio import segments, text
from sentry_twilio.twilio.room import Room


@dataclass(frozen=True, slots=True)
class Preview:
    """One message as a phone shows it, a trial account's prefix and all.

    `cost` is that of one message to one recipient, in the currency of the price, None where no
    price is known.
    """

    text: str
    encoding: segments.Encoding
    segments: int
    cost: Decimal | None = None


def body(alert: Alert, options: Mapping[str, str]) -> str:
    """The text of an alert's message with these options of a project."""
    budget = options.get("sms_segments", "")
    return text.compose(
        alert,
        budget=int(budget) if budget.isascii() and budget.isdigit() else 1,
        link=options.get("sms_link") == "1",
        own=options.get("sms_template", ""),
        plain=options.get("sms_plain") != "0",
        smart=has_smart_encoding(options),
        trial=options.get("sms_trial") == "1",
    )


def has_smart_encoding(options: Mapping[str, str]) -> bool:
    """Whether Twilio may replace characters: a new Messaging Service does, a number never."""
    return bool(options.get("messaging_service_sid"))


def of(alert: Alert, options: Mapping[str, str], price: Decimal | None = None) -> Preview:
    """The message about `alert` with these options. `price`: of one segment.

    Prices differ by country and carrier: https://www.twilio.com/sms/pricing
    """
    shown = Room.of(1, trial=options.get("sms_trial") == "1").lead + body(alert, options)
    # Smart Encoding can make a message longer, and is not always on: the dearer is the answer.
    cost = max(
        (segments.measure(shown, smart) for smart in {False, has_smart_encoding(options)}),
        key=lambda measure: measure.count,
    )
    return Preview(shown, cost.encoding, cost.count, None if price is None else price * cost.count)


def message(to: str, body: str, options: Mapping[str, str]) -> Message:
    """The message to one recipient, with what Twilio will charge for it."""
    shown = Room.of(1, trial=options.get("sms_trial") == "1").lead + body
    smart = has_smart_encoding(options)
    return Message(to, body, max(segments.measure(shown, s).count for s in {False, smart}))


def digest_body(digest: Digest, options: Mapping[str, str]) -> str:
    """The text of a digest with these options of a project."""
    return body(_as_alert(digest), options)


def _as_alert(digest: Digest) -> Alert:
    titles = "; ".join(f"{count}x {title}" for title, count in digest.titles)
    return Alert(
        project=digest.project,
        group="digest",
        title=f"{digest.alerts} alerts of {digest.issues} issues since {digest.since:%H:%M} UTC: "
        + titles,
        level=digest.level,
        reason="digest",
        url=digest.url,
    )
