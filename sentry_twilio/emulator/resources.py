"""Twilio's JSON of a message and an account, and the plainer one for tests and the phone."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from typing import Any

from sentry_twilio.emulator.accounts import Account
from sentry_twilio.emulator.messages import Message
from sentry_twilio.emulator.problems import DELIVERY_FAILURES

API_VERSION = "2010-04-01"


def rfc2822(moment: datetime | None) -> str | None:
    return None if moment is None else format_datetime(moment)


def account_uri(account_sid: str) -> str:
    return f"/{API_VERSION}/Accounts/{account_sid}"


def message(message: Message) -> dict[str, Any]:
    """A message as Twilio's API shows it (`api.v2010.account.message`)."""
    uri = f"{account_uri(message.account_sid)}/Messages/{message.sid}"
    return {
        "account_sid": message.account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": rfc2822(message.created_at),
        "date_sent": rfc2822(message.sent_at),
        "date_updated": rfc2822(message.updated_at),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": error_message(message),
        "from": message.sender,
        "messaging_service_sid": message.messaging_service_sid,
        "num_media": str(len(message.media)),
        "num_segments": str(message.segments),
        "price": message.price,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {
            "media": f"{uri}/Media.json",
            "feedback": f"{uri}/Feedback.json",
        },
        "to": message.to,
        "uri": f"{uri}.json",
    }


def error_message(message: Message) -> str | None:
    return None if message.error_code is None else DELIVERY_FAILURES.get(message.error_code)


def account(account: Account) -> dict[str, Any]:
    """An account as Twilio's API shows it: with its Auth Token, as the real one does."""
    uri = account_uri(account.sid)
    created = rfc2822(account.created_at)
    parts = {
        "calls": "Calls",
        "messages": "Messages",
        "balance": "Balance",
        "incoming_phone_numbers": "IncomingPhoneNumbers",
    }
    return {
        "auth_token": account.auth_token,
        "date_created": created,
        "date_updated": created,
        "friendly_name": "Emulated account",
        "owner_account_sid": account.sid,
        "sid": account.sid,
        "status": account.standing.status,
        "subresource_uris": {name: f"{uri}/{path}.json" for name, path in parts.items()},
        "type": account.standing.type,
        "uri": f"{uri}.json",
    }


def state(message: Message) -> dict[str, Any]:
    """A message with all that the emulator knows of it; times are ISO 8601 in UTC."""
    return {
        "sid": message.sid,
        "account_sid": message.account_sid,
        "direction": message.direction,
        "to": message.to,
        "from": message.sender,
        "messaging_service_sid": message.messaging_service_sid,
        "body": message.body,
        "status": message.status,
        "error_code": message.error_code,
        "error_message": error_message(message),
        "segments": message.segments,
        "encoding": message.encoding,
        "media": list(message.media),
        "created_at": message.created_at.isoformat(),
        "updated_at": message.updated_at.isoformat(),
        "history": [{"status": name, "at": at.isoformat()} for name, at in message.history],
        "callbacks": message.callbacks,
    }
