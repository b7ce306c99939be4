"""A person writes back on the phone: the webhook hears it, and its TwiML is answered.

https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from xml.etree import ElementTree as ET

from sentry_twilio.emulator.accounts import Account, new_sid
from sentry_twilio.emulator.life import Life
from sentry_twilio.emulator.messages import Message, MessageStore
from sentry_twilio.emulator.optouts import OptOuts
from sentry_twilio.emulator.webhook import Webhook
from sentry_twilio.twilio.segments import measure

# What Twilio itself answers to a keyword, unless Advanced Opt-Out says otherwise.
KEYWORD_ANSWERS = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages "
    "from this number. Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. "
    "Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


class Inbound:
    """Takes what a phone writes to a number of the account."""

    def __init__(
        self,
        store: MessageStore,
        life: Life,
        optouts: OptOuts,
        webhook: Webhook,
        url: Callable[[], str],
    ) -> None:
        self._store = store
        self._life = life
        self._optouts = optouts
        self._webhook = webhook
        self._url = url

    async def receive(self, account: Account, phone: str, number: str, body: str) -> Message:
        """Keep the message from `phone` to `number`, post it and send what is answered."""
        message = self._new(account, phone, number, body, "inbound", "received")
        self._store.add(message)
        word = self._optouts.hear(number, phone, body)
        if word:
            self._answer(account, phone, number, KEYWORD_ANSWERS[word])
        url = self._url()
        if url:
            status, text = await self._webhook.post(
                url, inbound_form(message, word), account.auth_token, str(uuid.uuid4())
            )
            message.callbacks.append({"status": "received", "answers": [status]})
            for answer in twiml_messages(text):
                if not self._optouts.holds(number, phone):
                    self._answer(account, phone, number, answer)
        return message

    def _answer(self, account: Account, phone: str, number: str, body: str) -> None:
        answer = self._new(account, number, phone, body, "outbound-reply", "queued")
        self._store.add(answer)
        self._life.begin(answer)

    def _new(
        self, account: Account, sender: str, to: str, body: str, direction: str, status: str
    ) -> Message:
        measured = measure(body)
        return Message(
            sid=new_sid("SM"),
            account_sid=account.sid,
            to=to,
            body=body,
            status=status,
            sender=sender,
            direction=direction,
            segments=measured.count,
            encoding=measured.encoding,
        )


def inbound_form(message: Message, word: str) -> list[tuple[str, str]]:
    """The form that Twilio posts for a message that came in."""
    form = {
        "ToCountry": "US",
        "SmsMessageSid": message.sid,
        "NumMedia": str(len(message.media)),
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "FromCountry": "US",
        "Body": message.body,
        "To": message.to,
        "NumSegments": str(message.segments),
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.sender or "",
        "ApiVersion": "2010-04-01",
    }
    if word:
        form["OptOutType"] = word
    return list(form.items())


def twiml_messages(text: str) -> list[str]:
    """The texts of `<Response><Message>…`; none where it is not TwiML."""
    if "<!" in text.replace("<!--", ""):
        # TwiML has no document type, and entities are how XML does harm.
        return []
    try:
        root = ET.fromstring(text)  # noqa: S314 - no document type, see above
    except ET.ParseError:
        return []
    if root.tag != "Response":
        return []
    found = ((message.findtext("Body") or message.text or "") for message in root.iter("Message"))
    return [body.strip() for body in found if body.strip()]
