"""What a project's messages look like and cost, before one is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sentry_twilio.core import Alert, Digest, Message
from sentry_twilio.twilio import digest_text, segments, text
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
    return text.compose(
        alert,
        budget=_budget(options),
        link=options.get("sms_link") == "1",
        own=options.get("sms_template", ""),
        **_style(options),
    )


def digest_body(digest: Digest, options: Mapping[str, str], now: datetime | None = None) -> str:
    """The text of a digest with these options of a project; see `digest_text.compose`.

    It always has its link, whatever the other texts have: it names only some of the alerts.
    """
    return digest_text.compose(
        digest, budget=_budget(options), link=True, now=now, **_style(options)
    )


def _budget(options: Mapping[str, str]) -> int:
    budget = options.get("sms_segments", "")
    return int(budget) if budget.isascii() and budget.isdigit() else 1


def _style(options: Mapping[str, str]) -> dict[str, bool]:
    return {
        "plain": options.get("sms_plain") != "0",
        "smart": has_smart_encoding(options),
        "trial": is_trial(options),
    }


def is_trial(options: Mapping[str, str]) -> bool:
    """Whether Twilio puts a trial account's prefix before each message."""
    return options.get("sms_trial") == "1"


def has_smart_encoding(options: Mapping[str, str]) -> bool:
    """Whether Twilio may replace characters: a new Messaging Service does, a number never."""
    return bool(options.get("messaging_service_sid"))


def of(alert: Alert, options: Mapping[str, str], price: Decimal | None = None) -> Preview:
    """The message about `alert` with these options. `price`: of one segment.

    Prices differ by country and carrier: https://www.twilio.com/sms/pricing
    """
    shown = _shown(body(alert, options), options)
    cost = _measure(shown, options)
    return Preview(shown, cost.encoding, cost.count, None if price is None else price * cost.count)


def message(to: str, body: str, options: Mapping[str, str]) -> Message:
    """The message to one recipient, with the number of segments that Twilio will charge for."""
    return Message(to, body, _measure(_shown(body, options), options).count)


def _shown(body: str, options: Mapping[str, str]) -> str:
    return Room.of(1, trial=is_trial(options)).lead + body


def _measure(shown: str, options: Mapping[str, str]) -> segments.Measure:
    # Smart Encoding can make a message longer, and is not always on: the dearer is the answer.
    return max(
        (segments.measure(shown, smart) for smart in {False, has_smart_encoding(options)}),
        key=lambda measure: measure.count,
    )
