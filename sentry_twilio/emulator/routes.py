"""Twilio's paths, and what each does."""

from __future__ import annotations

from sentry_twilio.emulator import account_operations as about_account
from sentry_twilio.emulator import operations as messages
from sentry_twilio.emulator import subresources
from sentry_twilio.emulator.call import Answer, Call, Operation
from sentry_twilio.emulator.problems import Problem


def wrong_method(call: Call) -> Answer | Problem:
    return Problem(20004)


def unknown_path(call: Call) -> Answer | Problem:
    return Problem(20404)


ACCOUNT = "/2010-04-01/Accounts/{account}"
MESSAGE = f"{ACCOUNT}/Messages/{{sid}}"
# Method and path, the kind that faults and statistics call it, and what it does.
ROUTES: tuple[tuple[str, str, str, Operation], ...] = (
    ("POST", f"{ACCOUNT}/Messages.json", "create", messages.create),
    ("GET", f"{ACCOUNT}/Messages.json", "list", messages.list_),
    ("GET", f"{MESSAGE}.json", "fetch", messages.fetch),
    ("POST", f"{MESSAGE}.json", "update", messages.update),
    ("DELETE", f"{MESSAGE}.json", "delete", messages.delete),
    ("GET", f"{MESSAGE}/Media.json", "media", subresources.media_list),
    ("GET", f"{MESSAGE}/Media/{{part}}.json", "media", subresources.media),
    ("DELETE", f"{MESSAGE}/Media/{{part}}.json", "media", subresources.delete_media),
    ("POST", f"{MESSAGE}/Feedback.json", "feedback", subresources.feedback),
    ("GET", f"{ACCOUNT}.json", "account", about_account.account),
    ("GET", f"{ACCOUNT}/Balance.json", "balance", about_account.balance),
    ("GET", f"{ACCOUNT}/IncomingPhoneNumbers.json", "numbers", about_account.numbers),
    ("GET", f"{ACCOUNT}/IncomingPhoneNumbers/{{sid}}.json", "numbers", about_account.number),
)
