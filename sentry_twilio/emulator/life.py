"""The life of a message after it was taken: one status after the other, at a settable pace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from sentry_twilio.emulator.addresses import pool_number
from sentry_twilio.emulator.callbacks import Callbacks
from sentry_twilio.emulator.effects import DeliveryResult
from sentry_twilio.emulator.faults import Faults
from sentry_twilio.emulator.messages import Message, MessageStore, now
from sentry_twilio.twilio.segments import measure

# What follows a status when all goes well.
NEXT_STATUS = {
    "scheduled": "accepted",
    "accepted": "queued",
    "queued": "sending",
    "sending": "sent",
    "sent": "delivered",
}
# A failed message never left Twilio, an undelivered one came back from the network.
ENDS_INSTEAD_OF = {"failed": "sent", "undelivered": "delivered"}
DEFAULT_CODES = {"failed": 30008, "undelivered": 30003}
PRICE_PER_SEGMENT = 0.0079
VALIDITY_EXPIRED = 30036


class Life:
    """Moves messages on. `pace` is seconds from one status to the next."""

    def __init__(
        self, store: MessageStore, callbacks: Callbacks, faults: Faults, pace: Callable[[], float]
    ) -> None:
        self._store = store
        self._callbacks = callbacks
        self._faults = faults
        self._pace = pace
        self._stopped = False

    def stop(self) -> None:
        """Leave every message where it is."""
        self._stopped = True

    def begin(self, message: Message) -> None:
        """Start the life of a message that the store just took."""
        self._plan(message, self._faults.for_delivery(message.to))

    def _plan(self, message: Message, result: DeliveryResult | None) -> None:
        wait = self._pace()
        if message.status == "scheduled" and message.send_at is not None:
            wait = max(0.0, (message.send_at - now()).total_seconds())
        asyncio.get_running_loop().call_later(wait, self._step, message, result)

    def _step(self, message: Message, result: DeliveryResult | None) -> None:
        if self._stopped or message.forgotten or message.is_final:
            return
        status = NEXT_STATUS[message.status]
        if status == "sent" and _has_expired(message):
            result = DeliveryResult("failed", VALIDITY_EXPIRED)
        if result is not None and ENDS_INSTEAD_OF.get(result.status) == status:
            status = result.status
            message.error_code = result.code or DEFAULT_CODES[status]
        self._enter(message, status)
        if not message.is_final and not (result is not None and result.status == status):
            self._plan(message, result)

    def _enter(self, message: Message, status: str) -> None:
        if status == "queued" and message.messaging_service_sid:
            message.sender = message.sender or pool_number(message.messaging_service_sid)
            message.segments = measure(message.body).count
        if status == "sent":
            message.sent_at = now()
            message.price = f"-{PRICE_PER_SEGMENT * message.segments:.5f}"
        self._store.move(message, status)
        self._callbacks.report(message)


def _has_expired(message: Message) -> bool:
    began = message.send_at or message.created_at
    return now() - began > timedelta(seconds=message.validity_period)
