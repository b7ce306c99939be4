"""Who a call is from, proved by a secret that both sides know."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping

Verify = Callable[[str, bytes, Mapping[str, str]], str]
"""From the secret, the raw body and the headers to what is wrong, "" for nothing."""

TOLERANCE = 300
"""Seconds that a generic call's clock may be off; an older one may be a copy."""
SENTRY_HEADERS = ("Sentry-Hook-Signature", "Sentry-App-Signature")
GENERIC_TIMESTAMP, GENERIC_SIGNATURE = "X-Hook-Timestamp", "X-Hook-Signature"

_NOT_SIGNED = "The call is not signed: it has no header {}."
_WRONG = "The signature is wrong. Is the secret the one that is stored here?"


def digest(secret: str, body: bytes) -> str:
    """Hex HMAC-SHA256, as Sentry and most others write it."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def of_sentry(secret: str, body: bytes, headers: Mapping[str, str]) -> str:
    """Over the raw body. Webhooks bear the one header, calls of the rule's form the other.

    https://docs.sentry.io/integrations/integration-platform/webhooks/
    """
    given = [value for name in SENTRY_HEADERS if (value := headers.get(name))]
    if not given:
        return _NOT_SIGNED.format(" or ".join(SENTRY_HEADERS))
    expected = digest(secret, body)
    return "" if any(_equal(value, expected) for value in given) else _WRONG


def of_generic(secret: str, body: bytes, headers: Mapping[str, str]) -> str:
    """Over the timestamp, a dot and the raw body, so that a copy is of no use later."""
    timestamp = headers.get(GENERIC_TIMESTAMP, "").strip()
    signature = headers.get(GENERIC_SIGNATURE, "").strip().removeprefix("sha256=")
    for name, value in ((GENERIC_TIMESTAMP, timestamp), (GENERIC_SIGNATURE, signature)):
        if not value:
            return _NOT_SIGNED.format(name)
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        return f"The header {GENERIC_TIMESTAMP} is no whole number of seconds since 1970."
    if not _equal(signature.lower(), digest(secret, timestamp.encode() + b"." + body)):
        return _WRONG
    if abs(time.time() - int(timestamp)) > TOLERANCE:
        return (
            f"The call's clock is more than {TOLERANCE} s away from this host's. "
            "Set the clocks, or sign each call when it is sent."
        )
    return ""


def _equal(given: str, expected: str) -> bool:
    # Bytes, since a str with other characters than ASCII would raise.
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
