"""The rules for a project's Twilio settings, free of Django."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from sentry_twilio.core.options import as_text
from sentry_twilio.twilio import numbers, template
from sentry_twilio.twilio.room import MAX_SEGMENTS, Room

MAX_RECIPIENTS: Final = 10
REQUIRED: Final = "This field is required."
SECRETS: Final = frozenset({"auth_token", "secondary_auth_token", "api_secret"})
NAMES: Final = (
    "account_sid",
    "auth_token",
    "secondary_auth_token",
    "api_key",
    "api_secret",
    "sms_from",
    "messaging_service_sid",
    "sms_to",
    "sms_link",
    "sms_segments",
    "sms_template",
    "sms_plain",
    "sms_trial",
)

_HEX32 = "[0-9a-fA-F]{32}"
_FORMATS: dict[str, tuple[re.Pattern[str], str]] = {
    "account_sid": (
        re.compile("AC" + _HEX32),
        "An Account SID is AC and 32 characters from 0-9 and a-f. Copy it from the first page "
        "of the Twilio Console.",
    ),
    "auth_token": (
        re.compile(_HEX32),
        "An Auth Token is 32 characters from 0-9 and a-f. Copy it from the first page of the "
        "Twilio Console.",
    ),
    "secondary_auth_token": (
        re.compile(_HEX32),
        "An Auth Token is 32 characters from 0-9 and a-f. Leave this empty unless you are "
        "replacing yours.",
    ),
    "api_key": (
        re.compile("SK" + _HEX32),
        "An API key's SID is SK and 32 characters from 0-9 and a-f. Copy it from API keys & "
        "tokens in the Twilio Console.",
    ),
    "api_secret": (
        re.compile(r"[!-~]+"),
        "An API secret has no blanks or special characters. If it is lost, create a new key.",
    ),
    "messaging_service_sid": (
        re.compile("MG" + _HEX32),
        "A Messaging Service's SID is MG and 32 characters from 0-9 and a-f. Copy it from "
        "Messaging, Services in the Twilio Console.",
    ),
}
_TRUE = frozenset({"1", "true", "on", "yes"})
_FALSE = frozenset({"0", "false", "off", "no"})

Values = dict[str, str]


def clean(
    options: Mapping[str, Any],
    region: str = numbers.DEFAULT_REGION,
    max_recipients: int = MAX_RECIPIENTS,
) -> tuple[Values, Values]:
    """What to store for what a person entered, and what to tell them, both by option.

    Only options that are set are among the values. `region` (ISO 3166-1 alpha-2) is whose
    national numbers are meant.
    """
    given = {name: as_text(options.get(name)) for name in NAMES}
    values = {name: value for name, value in given.items() if value}
    errors: Values = {}
    for name, (pattern, sentence) in _FORMATS.items():
        if given[name] and not pattern.fullmatch(given[name]):
            errors[name] = sentence
    for name, sentence in _missing(given):
        errors.setdefault(name, sentence)
    readers: dict[str, Callable[[str], tuple[str, str]]] = {
        "sms_from": lambda text: _read_sender(text, region),
        "sms_to": lambda text: _read_recipients(text, region, max_recipients),
        "sms_link": _read_switch,
        "sms_segments": _read_segments,
        "sms_template": lambda text: _read_template(text, given),
        "sms_plain": _read_plain,
        "sms_trial": _read_switch,
    }
    for name, reader in readers.items():
        if given[name]:
            values[name], error = reader(given[name])
            if error:
                errors.setdefault(name, error)
    return {name: value for name, value in values.items() if value and name not in errors}, errors


def _missing(given: Mapping[str, str]) -> list[tuple[str, str]]:
    """What has to be given with, or instead of, something else."""
    key, secret = given["api_key"], given["api_secret"]
    rules = (
        ("account_sid", not given["account_sid"], REQUIRED),
        ("sms_to", not given["sms_to"], REQUIRED),
        ("auth_token", not (given["auth_token"] or key or secret), REQUIRED),
        ("api_secret", key and not secret, "Enter the secret that belongs to the API key."),
        ("api_key", secret and not key, "Enter the API key that the secret belongs to."),
        ("sms_from", not (given["sms_from"] or given["messaging_service_sid"]), REQUIRED),
        (
            "messaging_service_sid",
            given["messaging_service_sid"] and given["sms_from"],
            "Enter either a sender or a Messaging Service, not both.",
        ),
    )
    return [(name, sentence) for name, applies, sentence in rules if applies]


def _read_sender(text: str, region: str) -> tuple[str, str]:
    sender = numbers.read_sender(text, region)
    if sender:
        return sender, ""
    return "", (
        f"{text} is not a valid phone number. A sender is a phone number, a short code of 5 or 6 "
        "digits, or a name of up to 11 letters, digits and blanks."
    )


def _read_recipients(text: str, region: str, most: int) -> tuple[str, str]:
    read = numbers.read_recipients(text, region)
    if read.leftovers:
        return "", " ".join(f"{piece} is not a valid phone number." for piece in read.leftovers)
    if not read.numbers:
        return "", REQUIRED
    if len(read.numbers) > most:
        return "", f"Max of {most} phone numbers, {len(read.numbers)} were given."
    return ",".join(read.numbers), ""


def _read_switch(text: str) -> tuple[str, str]:
    return ("1" if text.lower() in _TRUE else ""), ""


def _read_segments(text: str) -> tuple[str, str]:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_SEGMENTS:
        return str(int(text)), ""
    return "", f"Enter a number from 1 to {MAX_SEGMENTS}."


def _read_template(text: str, given: Mapping[str, str]) -> tuple[str, str]:
    text = text.replace("\r\n", "\n")
    if error := template.problem(text):
        return "", error
    segments, error = _read_segments(given["sms_segments"] or "1")
    room = Room.of(int(segments or MAX_SEGMENTS), trial=bool(_read_switch(given["sms_trial"])[0]))
    if room.holds(template.parse(text).render({})):
        return text, ""
    return "", (
        "The words around the fields leave no room for the fields themselves. Use fewer words, or "
        "allow more segments a message."
    )


def _read_plain(text: str) -> tuple[str, str]:
    # Plain is what a project has that never chose.
    return ("0" if text.lower() in _FALSE else ""), ""
