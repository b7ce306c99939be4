"""Senders, recipients and URLs as Twilio accepts them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

E164 = re.compile(r"\+[1-9]\d{6,14}")
SHORT_CODE = re.compile(r"\d{3,8}")
ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}")
MESSAGING_SERVICE = re.compile(r"MG[0-9a-f]{32}")
CONTENT = re.compile(r"HX[0-9a-f]{32}")
_PUNCTUATION = str.maketrans("", "", " -.()")
_CHANNELS = ("whatsapp:", "rcs:", "messenger:")


def normalise(address: str) -> str:
    """A number without its punctuation; anything else as it is, without outer blanks."""
    address = address.strip()
    bare = address.translate(_PUNCTUATION)
    return bare if E164.fullmatch(bare) or SHORT_CODE.fullmatch(bare) else address


def channel(address: str) -> str:
    return next((prefix for prefix in _CHANNELS if address.startswith(prefix)), "")


def pool_number(service: str) -> str:
    """The one number in the pool of a Messaging Service, always the same for a service."""
    return f"+1201555{int(service[-8:], 16) % 10_000:04d}"


def is_absolute(url: str) -> bool:
    """Whether it is an http or https URL with a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
