"""The parameters of a new message, in Twilio's names, as the fields of a form.

https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from functools import cache
from typing import Any

REPEATABLE = frozenset({"MediaUrl", "PersistentAction"})
PARAMETERS = REPEATABLE | {
    "AddressRetention",
    "ApplicationSid",
    "Attempt",
    "Body",
    "ContentRetention",
    "ContentSid",
    "ContentVariables",
    "FallbackFrom",
    "ForceDelivery",
    "From",
    "MaxPrice",
    "MessageIntent",
    "MessagingServiceSid",
    "ProvideFeedback",
    "RiskCheck",
    "ScheduleType",
    "SendAsMms",
    "SendAt",
    "ShortenUrls",
    "SmartEncoded",
    "StatusCallback",
    "To",
    "TrafficType",
    "ValidityPeriod",
}

DEFAULTS = {
    # Twilio's protection against SMS pumping may silently drop an alert that resembles the
    # one before; its recipients are the project's own, so there is nothing to protect.
    "RiskCheck": "disable",
}


def form(options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The form fields for options named as Twilio does (`StatusCallback`) or `status_callback`.

    None and an empty text leave an option out, a list repeats `MediaUrl` or
    `PersistentAction`, a datetime becomes UTC. Raises a ValueError for a parameter that Twilio
    does not have, a list where it takes one value, and a datetime without time zone.
    """
    fields: dict[str, Any] = dict(DEFAULTS)
    for option, value in options.items():
        parameter = name(option)
        if parameter not in PARAMETERS:
            raise ValueError(f"A Twilio message has no parameter {option!r}.")
        if isinstance(value, (list, tuple)) and parameter not in REPEATABLE:
            raise ValueError(f"{parameter} takes one value, not several.")
        fields[parameter] = value
    return [
        (parameter, text)
        for parameter, value in fields.items()
        for one in (value if isinstance(value, (list, tuple)) else (value,))
        if one is not None and (text := written(one))
    ]


@cache
def name(option: str) -> str:
    """Twilio's name of an option: `StatusCallback` for `status_callback`, `From` for `from_`."""
    if option[:1].isupper():
        return option
    return "".join(word[:1].upper() + word[1:] for word in option.split("_"))


def written(value: Any) -> str:
    """A value as Twilio reads it. Raises a ValueError for a datetime without time zone."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("A time for Twilio needs a time zone.")
        return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)
