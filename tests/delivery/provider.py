"""A provider for the delivery tests that is not Twilio: delivery may not tell the difference."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sentry_twilio.core import (
    Accepted,
    CannotLookUp,
    Digest,
    Invalid,
    Message,
    Notification,
    NotificationPlugin,
    OptOut,
    Outcome,
    Receipt,
    Refused,
    Reply,
)
from sentry_twilio.core.message import Callback


def sign(url: str, secret: str = "") -> str:
    """The signature header of a request to `url`."""
    return f"signed {url} {secret}".strip()


Script = Callable[[Message, int], Outcome]


class Provider:
    """What the fake sender talks to: it keeps count, and answers as the test says."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.requests: list[Message] = []
        self.validities: list[int | None] = []
        self.callback_urls: list[str | None] = []
        self.accepted: dict[str, Message] = {}
        self.receipts: dict[str, Receipt] = {}
        self.trouble: Refused | None = None
        self.script: Script = lambda message, number: self.accept(message)
        self.find: Callable[[Message, Collection[str]], Any] = self.look
        self.sinces: list[datetime] = []

    def accept(self, message: Message) -> Accepted:
        sid = f"SM{len(self.accepted):032x}"
        self.accepted[sid] = message
        return Accepted(sid, "queued", 1, "RQ1")

    def look(self, message: Message, known: Collection[str]) -> Accepted | None:
        for sid, kept in self.accepted.items():
            if kept == message and sid not in known:
                return Accepted(sid, "sent", 1)
        return None


class Line:
    timeout = 1.0

    def __init__(self, provider: Provider, key: str) -> None:
        self.provider = provider
        self.key = key

    def send(
        self, message: Message, validity: int | None = None, callback_url: str | None = None
    ) -> Outcome:
        with self.provider.lock:
            self.provider.requests.append(message)
            self.provider.validities.append(validity)
            self.provider.callback_urls.append(callback_url)
            number = self.provider.requests.count(message)
        return self.provider.script(message, number)

    def find(
        self, message: Message, since: datetime, known_sids: Collection[str]
    ) -> Accepted | CannotLookUp | None:
        self.provider.sinces.append(since)
        return self.provider.find(message, known_sids)

    def status(self, sid: str) -> Receipt | None:
        return self.provider.receipts.get(sid)

    def check(self) -> Refused | None:
        return self.provider.trouble

    def close(self) -> None:
        pass


class FakePlugin(NotificationPlugin):
    slug = conf_key = "fake"
    title = "Fake"
    signature_header = "X-Fake-Signature"
    secret_options = frozenset({"secret"})
    recipients_option = "to"
    sender_options = ("from", "pool")

    def __init__(self) -> None:
        self.provider = Provider()
        self.callbacks = False
        self.repeats: str | None = None

    def compose(self, notification: Notification, options: Mapping[str, str]) -> list[Message]:
        return [Message(to, notification.alert.title) for to in options["to"].split(",")]

    def compose_digest(self, digest: Digest, options: Mapping[str, str], to: str) -> Message:
        titles = "; ".join(f"{count}x {title}" for title, count in digest.titles)
        return Message(to, f"{digest.alerts} alerts of {digest.issues} issues: {titles}")

    def sender_key(self, options: Mapping[str, str]) -> str:
        # An option that was taken away is not there, rather than empty.
        sender = options["pool"] if "pool" in options else options.get("from", "line")
        return f"fake:{options.get('account', 'account')}:{sender}"

    def connect(self, options: Mapping[str, str]) -> Line:
        return Line(self.provider, self.sender_key(options))

    def clean(self, options: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
        return dict(options), {}

    def is_configured_with(self, options: Mapping[str, str]) -> bool:
        return "to" in options

    def read_callback(
        self,
        url: str,
        params: Sequence[tuple[str, str]],
        signature: str | None,
        body: bytes | None,
        options: Mapping[str, str],
    ) -> Callback:
        fields: dict[str, Any] = dict(params)
        if signature != sign(url, options.get("secret", "")):
            return Invalid("wrong signature")
        if fields.get("account", "account") != options.get("account", "account"):
            return Invalid("another account")
        if "state" in fields:
            return Receipt(
                fields["sid"],
                fields["state"],
                fields["state"],
                int(fields.get("code", 0)) or None,
                fields.get("kind"),
                fields.get("reason", ""),
                opted_out="opted_out" in fields,
            )
        account = options.get("account", "account")
        senders = tuple(f"fake:{account}:{name}" for name in fields["to"].split(","))
        word = fields["body"]
        if word in ("STOP", "START"):
            return OptOut(fields["sid"], senders, fields["from"], word == "STOP")
        return Reply(fields["sid"], senders, fields["from"], word)

    def repetition(self, body: str, receipt: Receipt, options: Mapping[str, str]) -> str | None:
        return self.repeats

    def fan_out(self, sender: Any, messages: Sequence[Message]) -> list[Outcome]:
        return [sender.send(message) for message in messages]

    def configuration_form(self) -> type[Any]:
        raise AssertionError("not asked for in these tests")

    def wants_callback(self, options: Mapping[str, str], public_url: str) -> bool:
        return self.callbacks
