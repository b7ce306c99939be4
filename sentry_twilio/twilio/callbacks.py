"""What Twilio tells a server: how far a message got, and what its recipient answers.

https://www.twilio.com/docs/messaging/guides/track-outbound-message-status and
https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sentry_twilio.core import Invalid, OptOut, Receipt, Reply
from sentry_twilio.core.message import Callback
from sentry_twilio.twilio import outcome, signature
from sentry_twilio.twilio.sender import sender_key

# https://help.twilio.com/articles/223134027: the whole message, in any case.
_WORDS: dict[str, bool] = {
    **dict.fromkeys(
        ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"), True
    ),
    **dict.fromkeys(("START", "YES", "UNSTOP"), False),
}
# With Advanced Opt-Out an account has words of its own, and Twilio says what they mean.
_OPT_OUT_TYPES: dict[str, bool] = {"STOP": True, "START": False}
_INBOUND = frozenset({"received", "receiving"})
_SID = re.compile("(?:SM|MM)[0-9a-fA-F]{32}")


def read(
    url: str,
    params: Sequence[tuple[str, str]],
    given_signature: str | None,
    body: bytes | None,
    options: Mapping[str, str],
) -> Callback:
    """What a request to `url` (the public one, with its query) says, if Twilio signed it.

    `body`: the raw bytes of a request that is no form. Twilio signs with the Auth Token of the
    account, whatever authenticates our own requests.
    """
    # While a token is replaced, Twilio signs with the old one until the new one is promoted.
    names = ("auth_token", "secondary_auth_token")
    tokens = [options[name] for name in names if options.get(name)]
    if not tokens:
        return Invalid("The project has no Auth Token to check the signature with.")
    fields = dict(params)
    account = options.get("account_sid", "")
    # First, since it costs least: a host may have to ask itself about many accounts.
    if fields.get("AccountSid") != account:
        return Invalid("It is about another account.")
    if not signature.is_valid(url, params, given_signature, tokens, body):
        return Invalid("The signature does not match.")
    sid = fields.get("MessageSid") or fields.get("SmsSid") or ""
    if not _SID.fullmatch(sid):
        return Invalid("It names no message.")
    status = fields.get("MessageStatus") or fields.get("SmsStatus") or ""
    if status in _INBOUND:
        return _inbound(sid, account, fields)
    if not status:
        return Invalid("It names no status.")
    return _receipt(sid, status, fields)


def _receipt(sid: str, status: str, fields: Mapping[str, str]) -> Receipt:
    code = outcome.number(fields.get("ErrorCode"))
    return outcome.receipt(sid, status, code or None, fields.get("ErrorMessage", ""))


def _inbound(sid: str, account: str, fields: Mapping[str, str]) -> OptOut | Reply:
    recipient = fields.get("From", "")
    # An opt-out holds for the whole Messaging Service that the number belongs to
    # (https://help.twilio.com/articles/223134027), and so for projects that send from the
    # number itself.
    names = (fields.get("MessagingServiceSid", ""), fields.get("To", ""))
    senders = tuple(sender_key(account, name) for name in names if name)
    text = fields.get("Body", "")
    if fields.get("OptOutType"):
        opted_out = _OPT_OUT_TYPES.get(fields["OptOutType"].upper())
    else:
        opted_out = _WORDS.get(text.strip().upper())
    if opted_out is None:
        return Reply(sid, senders, recipient, text)
    return OptOut(sid, senders, recipient, opted_out)
