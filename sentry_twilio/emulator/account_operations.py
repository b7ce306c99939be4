"""What an account tells of itself: its resource, its balance and its phone numbers."""

from __future__ import annotations

from typing import Any

from sentry_twilio.emulator import resources
from sentry_twilio.emulator.accounts import Account
from sentry_twilio.emulator.addresses import normalise
from sentry_twilio.emulator.call import Answer, Call
from sentry_twilio.emulator.paging import page_of
from sentry_twilio.emulator.problems import Problem
from sentry_twilio.emulator.standing import Number


def account(call: Call) -> Answer | Problem:
    return Answer(200, resources.account(call.account))


def balance(call: Call) -> Answer | Problem:
    left = f"{call.account.standing.balance:.2f}"
    return Answer(200, {"account_sid": call.account.sid, "balance": left, "currency": "USD"})


def numbers(call: Call) -> Answer | Problem:
    """The account's numbers; `PhoneNumber` may be a part of one, as with Twilio."""
    part = normalise(call.query.get("PhoneNumber", ""))
    owned = [n for n in call.account.standing.owned() if part in n.phone_number]
    rows = [_resource(call.account, number) for number in owned]
    page = page_of(_uri(call.account) + ".json", call.query, "incoming_phone_numbers", rows)
    return page if isinstance(page, Problem) else Answer(200, page)


def number(call: Call) -> Answer | Problem:
    for owned in call.account.standing.owned():
        if owned.sid == call.sid:
            return Answer(200, _resource(call.account, owned))
    return Problem(20404, f"IncomingPhoneNumbers/{call.sid}")


def _uri(account: Account) -> str:
    return f"{resources.account_uri(account.sid)}/IncomingPhoneNumbers"


def _resource(account: Account, number: Number) -> dict[str, Any]:
    """As Twilio's API shows it (`api.v2010.account.incoming_phone_number`)."""
    created = resources.rfc2822(account.created_at)
    can = {name: name in number.capabilities for name in ("voice", "sms", "mms")}
    return {
        "account_sid": account.sid,
        "address_requirements": "none",
        "address_sid": None,
        "api_version": resources.API_VERSION,
        "beta": False,
        "bundle_sid": None,
        "capabilities": {**can, "fax": False},
        "date_created": created,
        "date_updated": created,
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "emergency_status": "Inactive",
        "friendly_name": number.phone_number,
        "identity_sid": None,
        "origin": "twilio",
        "phone_number": number.phone_number,
        "sid": number.sid,
        "sms_application_sid": "",
        "sms_fallback_method": "POST",
        "sms_fallback_url": "",
        "sms_method": "POST",
        "sms_url": "",
        "status": "in-use",
        "status_callback": "",
        "status_callback_method": "POST",
        "trunk_sid": None,
        "uri": f"{_uri(account)}/{number.sid}.json",
        "voice_application_sid": "",
        "voice_caller_id_lookup": False,
        "voice_fallback_method": "POST",
        "voice_fallback_url": "",
        "voice_method": "POST",
        "voice_url": "",
    }
