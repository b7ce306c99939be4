"""One account and sender, as the host's outbox uses it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from sentry_twilio.core import (
    Accepted,
    ApiError,
    ApiUnauthorized,
    CannotLookUp,
    Message,
    Outcome,
    Receipt,
    Refused,
)
from sentry_twilio.twilio import halting, lookup, outcome
from sentry_twilio.twilio.client import TwilioApiClient
from sentry_twilio.twilio.constraints import VALIDITY

CALLBACK_REFUSED: Final = 21609
# What a message without sender, text and recipient is refused for.
_INCOMPLETE = frozenset({21602, 21603, 21604, 21619})
# Twilio repeats a callback five times on any failure instead of once on some. A fragment is
# neither sent nor signed: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
_CALLBACK_RETRIES = "#rc=5&rp=all"


def sender_key(account_sid: str, sender: str) -> str:
    """What a rate limit and an opt-out belong to; `sender` may be a Messaging Service's SID."""
    return f"twilio:{account_sid}:{sender}"


class TwilioSender:
    """Implements `sentry_twilio.core.Sender`."""

    def __init__(self, client: TwilioApiClient) -> None:
        self.client = client
        self.key = sender_key(client.account_sid, client.messaging_service_sid or client.sms_from)
        # Twice, for the message that is sent again without its callback.
        self.timeout = 2 * sum(client.timeout)

    def send(
        self, message: Message, validity: int | None = None, callback_url: str | None = None
    ) -> Outcome:
        """One attempt. A callback that Twilio refuses costs the reports, not the message."""
        least, most = VALIDITY
        period = None if validity is None else max(least, min(validity, most))
        callback = f"{callback_url}{_CALLBACK_RETRIES}" if callback_url else None
        result = self._send(message, period, callback)
        if callback and isinstance(result, Refused) and result.code == CALLBACK_REFUSED:
            result = self._send(message, period, None)
            return replace(result, unreported=True) if isinstance(result, Accepted) else result
        return result

    def _send(self, message: Message, period: int | None, callback: str | None) -> Outcome:
        return self.client.send_message(
            message.to, message.body, validity_period=period, status_callback=callback
        )

    def find(
        self, message: Message, since: datetime, known_sids: Collection[str]
    ) -> Accepted | CannotLookUp | None:
        """Look for the message among the recipient's; see `lookup.find`."""
        try:
            return lookup.find(self.client, message, since, known_sids)
        except ApiUnauthorized:
            # Twilio also answers 401 to a good key that asks for what is closed to it.
            if self.client.api_key and self.check() is None:
                return lookup.NOT_ALLOWED
            raise

    def status(self, sid: str) -> Receipt | None:
        """The message's status; None where Twilio could not be asked or does not know it yet."""
        try:
            row = self.client.get_message(sid)
        except ApiError:
            return None
        return outcome.receipt(
            sid,
            str(row.get("status") or ""),
            outcome.number(row.get("error_code")),
            str(row.get("error_message") or ""),
            outcome.number(row.get("num_segments")) or 0,
        )

    def check(self) -> Refused | None:
        """Whether Twilio takes messages with these credentials now; None if so. Sends nothing.

        Raises an `ApiError` where Twilio could not be asked. The account says whether it is
        active (https://www.twilio.com/docs/iam/api/account), but not to every API key
        (https://www.twilio.com/docs/iam/api-keys), nor whether a key may create messages. So
        a message without a recipient is asked for, too: Twilio refuses it, either because of
        who asks, or because of what is missing (21604).
        """
        try:
            account = self.client.get_account()
        except ApiError as error:
            closed_to_keys = self.client.api_key and error.status in {401, 403}
            if not closed_to_keys:
                return _halting(error)
        else:
            if refused := halting.of_account(account):
                return refused
        try:
            self.client.request({"Body": ""})
        except ApiError as error:
            if outcome.code_of(error) in _INCOMPLETE:
                return None
            return _halting(error)
        return None

    def close(self) -> None:
        self.client.close()


def _halting(error: ApiError) -> Refused:
    """What stops the account according to this error. Raises it where it says nothing of that."""
    found = outcome.from_error(error)
    if isinstance(found, Refused) and found.halts:
        return found
    raise error
