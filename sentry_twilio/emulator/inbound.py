"""A person writes back on the phone: the webhook hears it, and its TwiML is answered.

https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from xml.etree import ElementTree as ET

from sentry_twilio.emulator.accounts import Account, new_sid
from sentry_twilio.emulator.addresses import MESSAGING_SERVICE, pool_number
from sentry_twilio.emulator.callbacks import Form
from sentry_twilio.emulator.effects import CallbackTrouble
from sentry_twilio.emulator.faults import Faults
from sentry_twilio.emulator.life import Life
from sentry_twilio.emulator.messages import Message, MessageStore
from sentry_twilio.emulator.optouts import OptOuts
from sentry_twilio.emulator.webhook import Answer, Webhook
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
        faults: Faults,
        webhook: Webhook,
        pause: Callable[[float], Awaitable[None]],
        url: Callable[[], str],
    ) -> None:
        self._store = store
        self._life = life
        self._optouts = optouts
        self._faults = faults
        self._webhook = webhook
        self._pause = pause
        self._url = url

    async def receive(self, account: Account, phone: str, number: str, body: str) -> Message:
        """Keep the message from `phone` to `number`, post it and send what is answered.

        `number` is a sender, or the SID of a Messaging Service, for the number in its pool.
        """
        service = self._service(account, phone, number)
        if number == service:
            number = pool_number(service)
        message = self._new(account, phone, number, body, "inbound", "received")
        message.messaging_service_sid = service or None
        self._store.add(message)
        word = self._optouts.hear(number, phone, body)
        if word:
            self._answer(account, phone, number, KEYWORD_ANSWERS[word])
        url = self._url()
        if url:
            form = inbound_form(message, word)
            for answer in twiml_messages(await self._post(url, form, account, message)):
                if not self._optouts.holds(number, phone):
                    self._answer(account, phone, number, answer)
        return message

    def _service(self, account: Account, phone: str, number: str) -> str:
        """The Messaging Service that a number is known to send for, "" for none."""
        if MESSAGING_SERVICE.fullmatch(number):
            return number
        sent = (m for m in self._store.newest_first(account.sid, phone) if m.sender == number)
        return next((m.messaging_service_sid for m in sent if m.messaging_service_sid), "")

    async def _post(self, url: str, form: Form, account: Account, message: Message) -> str:
        """Post it as often as the faults want it; returns what was answered first."""
        trouble = self._faults.for_callback(message.sender or "", "received")
        token = str(uuid.uuid4())
        texts: list[str] = []
        answers: list[Answer] = []
        message.callbacks.append({"status": "received", "answers": answers})
        for wait in _waits(trouble):
            await self._pause(wait)
            answer, text = await self._webhook.post(url, form, account.auth_token, token)
            answers.append(answer)
            texts.append(text)
        return texts[0] if texts else ""

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


def _waits(trouble: CallbackTrouble | None) -> list[float]:
    """How many seconds to wait before each time that it is posted."""
    if trouble is None:
        return [0]
    late = trouble.seconds
    waits: dict[str, list[float]] = {"drop": [], "duplicate": [0, 0], "repeat": [0, late]}
    # A message that came in has no other to change places with.
    return waits.get(trouble.how, [late])


def inbound_form(message: Message, word: str) -> Form:
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
    if message.messaging_service_sid:
        form["MessagingServiceSid"] = message.messaging_service_sid
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
