"""Which accounts exist, and who may speak for them."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sentry_twilio.emulator.standing import Standing

ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")
API_KEY_SID = re.compile(r"SK[0-9a-f]{32}")
AUTH_TOKEN = re.compile(r"[0-9a-f]{32}")

# What the emulator answers to when it is told nothing else. Good for nothing outside of it.
DEFAULT_ACCOUNT_SID = "ACe0000000000000000000000000000000"
DEFAULT_AUTH_TOKEN = "e0000000000000000000000000000000"  # noqa: S105 - documented, see above


@dataclass(slots=True)
class Account:
    """`api_keys` maps a key's SID to its secret.

    `test_credentials`: messages can be created, from the magic number +15005550006 only, and
    go nowhere, as with Twilio's test credentials (https://www.twilio.com/docs/iam/test-credentials).
    """

    sid: str
    auth_token: str = field(repr=False)
    api_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    test_credentials: bool = False
    standing: Standing = field(default_factory=Standing)
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))


def new_sid(prefix: str) -> str:
    """Two letters and 32 random hex digits, as all of Twilio's ids."""
    return prefix + secrets.token_hex(16)


class Accounts:
    """The accounts that the emulator knows, found by their credentials."""

    def __init__(self, accounts: list[Account]) -> None:
        self._by_sid = {account.sid: account for account in accounts}
        self._by_header: dict[str, Account] = {}

    def get(self, sid: str) -> Account | None:
        return self._by_sid.get(sid)

    def first(self) -> Account:
        return next(iter(self._by_sid.values()))

    def change_token(self, account: Account, auth_token: str) -> None:
        """Give an account another Auth Token; the old one opens nothing from now on."""
        account.auth_token = auth_token
        self._by_header.clear()

    def authenticate(self, authorization: str) -> Account | None:
        """The account that an `Authorization` header speaks for, or None."""
        known = self._by_header.get(authorization)
        if known is None:
            known = self._check(*_basic(authorization))
            if known is not None and len(self._by_header) < 1000:
                # The same header comes with every request of a client.
                self._by_header[authorization] = known
        return known

    def _check(self, user: str, password: str) -> Account | None:
        for account in self._by_sid.values():
            secret = account.auth_token if user == account.sid else account.api_keys.get(user)
            if secret and hmac.compare_digest(secret.encode(), password.encode()):
                return account
        return None


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    user, _, password = decoded.partition(":")
    return user, password
