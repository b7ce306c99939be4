"""The parameters of a new message, in Twilio's names.

https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

PARAMETERS = frozenset(
    {
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
        "MediaUrl",
        "MessagingServiceSid",
        "PersistentAction",
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
)

DEFAULTS = {
    # Twilio's protection against SMS pumping may silently drop an alert that resembles the
    # one before; its recipients are the project's own, so there is nothing to protect.
    "RiskCheck": "disable",
}


def form(options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The form fields for options named as Twilio does (`StatusCallback`) or `status_callback`.

    None leaves an option out, a list repeats it, a datetime with time zone becomes UTC. Raises
    a ValueError for a parameter that Twilio does not have.
    """
    fields: dict[str, Any] = dict(DEFAULTS)
    for name, value in options.items():
        parameter = _parameter(name)
        if parameter not in PARAMETERS:
            raise ValueError(f"A Twilio message has no parameter {name!r}.")
        fields[parameter] = value
    return [
        (name, _text(one))
        for name, value in fields.items()
        if value is not None
        for one in (value if isinstance(value, (list, tuple)) else (value,))
    ]


def _parameter(name: str) -> str:
    if name[:1].isupper():
        return name
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)
