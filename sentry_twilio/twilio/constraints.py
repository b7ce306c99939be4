"""What Twilio is known to refuse in a new message, told without asking it.

https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource. Only
rules that need no knowledge of the account: whether a number exists or may be written to is
Twilio's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sentry_twilio.core import Kind, Refused
from sentry_twilio.twilio import codes, shapes
from sentry_twilio.twilio.segments import MAX_BODY

MAX_MEDIA = 10
VALIDITY = (1, 36_000)
"""Seconds that Twilio may keep trying: the least and the most that it takes."""

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Value:
    """A rule for each value of one parameter; `code` is Twilio's, where it has one."""

    holds: Callable[[str], bool]
    rule: str
    code: int | None = None
    kind: Kind = "config"


@dataclass(frozen=True, slots=True)
class _Together:
    """A rule for a message's parameters together."""

    broken: Callable[[Fields], bool]
    reason: str
    code: int | None = None
    kind: Kind = "config"


_FLAG = _Value(shapes.one_of("true", "false"), "is either true or false.")

_VALUES: dict[str, _Value] = {
    "Body": _Value(
        lambda text: len(text) <= MAX_BODY,
        f"is longer than the {MAX_BODY:,} characters that Twilio takes. Shorten it.",
        21617,
        "message",
    ),
    "MediaUrl": _Value(shapes.is_url, "must be an absolute http or https URL.", 21620, "message"),
    "StatusCallback": _Value(
        shapes.is_callback,
        "must be an absolute http or https URL without an underscore in its host.",
        21609,
    ),
    "ValidityPeriod": _Value(
        shapes.whole(*VALIDITY), f"is a whole number of seconds from 1 to {VALIDITY[1]:,}.", 21624
    ),
    "Attempt": _Value(shapes.whole(1, 10**9), "is a whole number, 1 for the first attempt."),
    "SendAt": _Value(shapes.is_time, "must be a time as in ISO 8601: 2030-01-31T08:00:00Z.", 35114),
    "ScheduleType": _Value(shapes.one_of("fixed"), "can only be fixed."),
    "RiskCheck": _Value(shapes.one_of("enable", "disable"), "is either enable or disable."),
    "TrafficType": _Value(shapes.one_of("free"), "can only be free."),
    "ContentRetention": _Value(shapes.one_of("retain", "discard"), "is retain or discard.", 30029),
    "AddressRetention": _Value(
        shapes.one_of("retain", "obfuscate"), "is retain or obfuscate.", 30030
    ),
    "MessagingServiceSid": _Value(
        shapes.sid("MG"),
        "must be MG and 32 of the characters 0-9 and a-f, as Twilio shows it.",
        21705,
    ),
    "ApplicationSid": _Value(
        shapes.sid("AP"),
        "must be AP and 32 of the characters 0-9 and a-f, as Twilio shows it.",
        21218,
    ),
    "ContentSid": _Value(
        shapes.sid("HX"),
        "must be HX and 32 of the characters 0-9 and a-f, as Twilio shows it.",
        21655,
        "message",
    ),
    "ContentVariables": _Value(shapes.is_json_object, "must be a JSON object.", 21656, "message"),
    "MaxPrice": _Value(shapes.is_price, "must be a number, such as 0.05.", 21627),
    **dict.fromkeys(
        ("ForceDelivery", "ProvideFeedback", "SendAsMms", "ShortenUrls", "SmartEncoded"), _FLAG
    ),
}


def _has_service(fields: Fields) -> bool:
    # Twilio takes a service's SID for a sender, too.
    return "MessagingServiceSid" in fields or fields.get("From", [""])[0].startswith("MG")


_TOGETHER: tuple[_Together, ...] = (
    _Together(
        lambda fields: "To" not in fields,
        "The message has no recipient. Name one in To.",
        21604,
        "recipient",
    ),
    _Together(
        lambda fields: not fields.keys() & {"From", "MessagingServiceSid"},
        "The message has no sender. Set a sender number or a Messaging Service.",
        21603,
    ),
    _Together(
        lambda fields: not fields.keys() & {"Body", "MediaUrl", "ContentSid"},
        "The message is empty. Give it a text, a media URL or a content template.",
        21619,
        "message",
    ),
    _Together(
        lambda fields: len(fields.get("MediaUrl", ())) > MAX_MEDIA,
        f"The message has more than {MAX_MEDIA} media files. Send the rest in another one.",
        21623,
        "message",
    ),
    _Together(
        lambda fields: "ContentVariables" in fields and "ContentSid" not in fields,
        "ContentVariables belong to a content template. Name it in ContentSid.",
        21654,
        "message",
    ),
    _Together(
        lambda fields: fields.get("ShortenUrls") == ["true"] and not _has_service(fields),
        "Only a Messaging Service shortens links. Send from one, or leave out ShortenUrls.",
    ),
    _Together(
        lambda fields: "ScheduleType" in fields and "SendAt" not in fields,
        "A scheduled message needs a time. Name it in SendAt.",
        35111,
    ),
    _Together(
        # Twilio would send it at once.
        lambda fields: "SendAt" in fields and "ScheduleType" not in fields,
        "A message with SendAt is scheduled only with ScheduleType. Set that to fixed.",
    ),
    _Together(
        lambda fields: "ScheduleType" in fields and not _has_service(fields),
        "Only a Messaging Service schedules messages. Send from one, or without a time.",
        35118,
    ),
    _Together(
        lambda fields: "FallbackFrom" in fields and not _has_service(fields),
        "FallbackFrom is for a Messaging Service with an RCS sender. Send from one.",
        21666,
    ),
    _Together(
        lambda fields: "FallbackFrom" in fields and "From" in fields,
        "FallbackFrom cannot be used beside From. Leave one of them out.",
        21664,
    ),
)


def refusal(form: Sequence[tuple[str, str]]) -> Refused | None:
    """What Twilio would refuse about this form, as it would; None: nothing known here."""
    fields: dict[str, list[str]] = {}
    for parameter, text in form:
        fields.setdefault(parameter, []).append(text)
        value = _VALUES.get(parameter)
        if value and not value.holds(text):
            return _refused(value, f"{_called(parameter)} {value.rule}")
    for rule in _TOGETHER:
        if rule.broken(fields):
            return _refused(rule, rule.reason)
    return None


def _refused(rule: _Value | _Together, reason: str) -> Refused:
    """With the kind that Twilio's own answer of that code would have."""
    known = codes.find(rule.code)
    return Refused(rule.code, known.kind if known else rule.kind, reason)


def _called(parameter: str) -> str:
    return "The text" if parameter == "Body" else parameter
