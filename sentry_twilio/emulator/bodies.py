"""What Twilio makes of a text before it sends it."""

from __future__ import annotations

import re
import secrets

from sentry_twilio.emulator.accounts import Account
from sentry_twilio.emulator.form import Form
from sentry_twilio.emulator.standing import TRIAL_PREFIX
from sentry_twilio.twilio.smart import smart_encode

_LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")
SHORT_DOMAIN = "https://twil.io/"


def as_sent(account: Account, form: Form) -> str:
    """The body of a new message with its links shortened (`ShortenUrls`, of a Messaging Service
    only), its characters replaced (`SmartEncoded`), and a trial account's prefix before it.
    """
    body = form.get("Body")
    if not body:
        return body
    if form.is_true("ShortenUrls") and form.get("MessagingServiceSid"):
        body = _LINK.sub(lambda _: SHORT_DOMAIN + secrets.token_hex(5), body)
    if form.is_true("SmartEncoded"):
        body = smart_encode(body)
    return TRIAL_PREFIX + body if account.standing.type == "Trial" else body
