"""A plugin whose provider is a list: enough of one to test what plugins inherit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sentry_twilio.core import Accepted, Invalid, Message, NotificationPlugin, Refused, Unknown

OUTCOMES = {
    "refused": Refused(None, "recipient", "No such pager."),
    "unknown": Unknown("The line went dead."),
}


class PagerSender:
    key = "pager"
    timeout = 1.0

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


class PagerPlugin(NotificationPlugin):
    slug = conf_key = "pager"
    title = "Pager"
    instance_settings = frozenset({"base_url"})
    base_url = "https://pager.example.com"

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.senders: list[PagerSender] = []

    def compose_digest(self, digest: Any, options: Mapping[str, str], to: str) -> Message:
        return Message(to, f"{digest.alerts} alerts")

    def sender_key(self, options: Mapping[str, str]) -> str:
        return "pager:account:line"

    def compose(self, notification: Any, options: Mapping[str, str]) -> list[Message]:
        title = notification.alert.title
        return [Message(name, title) for name in options["to"].split(",")]

    def connect(self, options: Mapping[str, str]) -> Any:
        self.senders.append(PagerSender())
        return self.senders[-1]

    def clean(self, options: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
        return dict(options), {}

    def is_configured_with(self, options: Mapping[str, str]) -> bool:
        return bool(options.get("to"))

    def read_callback(self, *_: Any) -> Any:
        return Invalid("A pager reports nothing.")

    def fan_out(self, sender: Any, messages: Sequence[Message]) -> list[Any]:
        assert not sender.closed
        self.sent += messages
        return [OUTCOMES.get(message.to, Accepted(sid="P1")) for message in messages]

    def configuration_form(self) -> type[Any]:
        raise NotImplementedError
