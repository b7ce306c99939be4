"""Phone numbers and other senders, as people write them and as Twilio wants them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

DEFAULT_REGION = "US"
"""Whose national numbers are meant where no country code is given (ISO 3166-1 alpha-2)."""

_SEPARATORS = re.compile(r"[,\r\n]+")
# Anything else is no part of a number; `phonenumbers` would skip it and read on.
_LOOKS_LIKE_A_NUMBER = re.compile(r"[\d+\uff0b()\[\]./\s\u00a0\u2010-\u2015\u2212-]+")
_SHORT_CODE = re.compile(r"[0-9]{5,6}")
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")


@dataclass(frozen=True, slots=True)
class Recipients:
    """What was read from a list of numbers: E.164, each once, sorted; and what is no number."""

    numbers: tuple[str, ...]
    leftovers: tuple[str, ...] = ()


def read_number(text: str, region: str = DEFAULT_REGION) -> str | None:
    """The E.164 form of one valid number, national to `region` or international; else None."""
    if not _LOOKS_LIKE_A_NUMBER.fullmatch(text):
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def read_recipients(text: str, region: str = DEFAULT_REGION) -> Recipients:
    """Read numbers that are separated by commas, lines, or, where unambiguous, by blanks."""
    numbers: set[str] = set()
    leftovers: list[str] = []
    for piece in _SEPARATORS.split(text):
        found, rest = _read_piece(piece.strip(), region)
        numbers.update(found)
        leftovers += rest
    return Recipients(tuple(sorted(numbers)), tuple(dict.fromkeys(leftovers)))


def _read_piece(piece: str, region: str) -> tuple[list[str], list[str]]:
    """The numbers in a piece without separators, and the words between them."""
    whole = read_number(piece, region)
    if whole:
        return [whole], []
    tokens = piece.split()
    numbers: list[str] = []
    leftovers: list[list[str]] = [[]]
    start = 0
    while start < len(tokens):
        number, end = _longest_number(tokens, start, region)
        if number:
            numbers.append(number)
            leftovers.append([])
        else:
            leftovers[-1].append(tokens[start])
        start = end
    return numbers, [" ".join(words) for words in leftovers if words]


def _longest_number(tokens: list[str], start: int, region: str) -> tuple[str | None, int]:
    """The number of most tokens that begins at `start`, and where the next token is."""
    # E.164 has at most 15 digits, so no number has more tokens than that.
    for end in range(min(len(tokens), start + 15), start, -1):
        number = read_number(" ".join(tokens[start:end]), region)
        if number:
            return number, end
    return None, start + 1


def read_sender(text: str, region: str = DEFAULT_REGION) -> str | None:
    """A sender in Twilio's form: E.164, a short code of 5 or 6 digits, or a name of up to 11
    letters, digits and blanks with a letter among them. None for anything else.

    https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id
    """
    text = text.strip()
    if _SHORT_CODE.fullmatch(text) or _ALPHANUMERIC.fullmatch(text):
        return text
    return read_number(text, region)


def mask(number: str) -> str:
    """A number fit for a log, such as `+1415•••••44`."""
    hidden_from = min(5, max(0, len(number) - 7))
    return number[:hidden_from] + "•" * max(0, len(number) - hidden_from - 2) + number[-2:]
