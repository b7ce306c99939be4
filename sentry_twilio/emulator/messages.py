"""Messages, and the store that keeps the newest of them in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

FINAL_STATUSES = frozenset({"delivered", "undelivered", "failed", "canceled", "received", "read"})


def now() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True, eq=False, weakref_slot=True)
class Message:
    """One message. All times are UTC; `history` is each status with the time it began."""

    sid: str
    account_sid: str
    to: str
    body: str
    status: str
    sender: str | None = None
    messaging_service_sid: str | None = None
    direction: str = "outbound-api"
    segments: int = 0
    encoding: str = "GSM-7"
    media: tuple[str, ...] = ()
    status_callback: str = ""
    validity_period: int = 36000
    send_at: datetime | None = None
    error_code: int | None = None
    price: str | None = None
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    sent_at: datetime | None = None
    history: list[tuple[str, datetime]] = field(default_factory=list)
    callbacks: list[dict[str, Any]] = field(default_factory=list)
    forgotten: bool = False

    @property
    def is_final(self) -> bool:
        return self.status in FINAL_STATUSES


class MessageStore:
    """The newest `keep` messages of all accounts, in the order they came."""

    def __init__(self, keep: int = 200_000) -> None:
        self.keep = keep
        self._messages: dict[str, Message] = {}
        self._by_recipient: dict[tuple[str, str], dict[str, Message]] = defaultdict(dict)
        self._listeners: set[Callable[[Message | None], None]] = set()

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, message: Message) -> None:
        """Keep a new message, forgetting the oldest one if there are too many."""
        while len(self._messages) >= self.keep:
            self.remove(next(iter(self._messages.values())))
        message.history.append((message.status, message.created_at))
        self._messages[message.sid] = message
        self._by_recipient[message.account_sid, message.to][message.sid] = message
        self._tell(message)

    def get(self, account_sid: str, sid: str) -> Message | None:
        message = self._messages.get(sid)
        return message if message is not None and message.account_sid == account_sid else None

    def move(self, message: Message, status: str) -> None:
        """Give a message its next status, now."""
        message.status = status
        message.updated_at = now()
        message.history.append((status, message.updated_at))
        self._tell(message)

    def redact(self, message: Message) -> None:
        """Take the text out of a message."""
        message.body = ""
        message.updated_at = now()
        self._tell(message)

    def remove(self, message: Message) -> None:
        message.forgotten = True
        self._messages.pop(message.sid, None)
        key = (message.account_sid, message.to)
        self._by_recipient[key].pop(message.sid, None)
        if not self._by_recipient[key]:
            del self._by_recipient[key]

    def clear(self) -> None:
        """Forget everything; messages on their way stop where they are."""
        for message in self._messages.values():
            message.forgotten = True
        self._messages.clear()
        self._by_recipient.clear()
        self._tell(None)

    def newest_first(self, account_sid: str | None = None, to: str = "") -> Iterator[Message]:
        """The messages of an account (None: of all), to one recipient where `to` is given."""
        if account_sid is not None and to:
            yield from reversed(self._by_recipient.get((account_sid, to), {}).values())
            return
        for message in reversed(self._messages.values()):
            if account_sid in (None, message.account_sid) and to in ("", message.to):
                yield message

    def listen(self, listener: Callable[[Message | None], None]) -> Callable[[], None]:
        """Call `listener` with each message that is new or changed, with None on `clear`.

        Returns the function that ends it.
        """
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    def _tell(self, message: Message | None) -> None:
        for listener in tuple(self._listeners):
            listener(message)
