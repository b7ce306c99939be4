"""What stops everything that an account sends, until a person has mended it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sentry_twilio.core import Refused

CODES = frozenset({
    20003,  # credentials that are wrong or were deleted, or an account that is not active
    20005,  # the account is not active
    20006,  # the credentials may not use this account
    20008,  # test credentials
    20403,  # the account may not use the API: suspended or closed
    20404,  # only the account's SID is in the path
    70051,  # an API key that is not active, or not for messages
})  # fmt: skip
"""Refusals that every message to every recipient would meet, because of who asks: the
credentials, their permissions or the account's state. Their pages say so
(https://www.twilio.com/docs/api/errors/20003 and so on). What a sender or a Messaging Service is
refused for is not here: it may do for another recipient."""

_STOPPED_ACCOUNTS = {
    "suspended": "The Twilio account is suspended. Look at its balance and Twilio's e-mails, then "
    "ask Twilio's support.",
    "closed": "The Twilio account is closed for good. Enter the SID and the credentials of "
    "another one.",
}


def of_account(account: Mapping[str, Any]) -> Refused | None:
    """Why an account takes no messages, from what Twilio says of it; None where it may.

    https://www.twilio.com/docs/iam/api/account#account-status-values
    """
    reason = _STOPPED_ACCOUNTS.get(str(account.get("status")))
    return Refused(None, "config", reason, halts=True) if reason else None
