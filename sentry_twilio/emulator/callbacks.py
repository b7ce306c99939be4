"""Status callbacks: posted to the message's URL, signed, once more if nobody answers the door.

https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urldefrag
from weakref import WeakKeyDictionary

from sentry_twilio.emulator.accounts import Accounts
from sentry_twilio.emulator.faults import Faults
from sentry_twilio.emulator.messages import Message, now
from sentry_twilio.emulator.webhook import Answer, Webhook

logger = logging.getLogger(__name__)

# What the URL's fragment may ask to be repeated after, as `#rc=5&rp=all`,
# https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
RETRY_POLICIES: dict[str, Callable[[Answer], bool]] = {
    "ct": lambda answer: answer == "no connection",
    "rt": lambda answer: answer == "no answer",
    "4xx": lambda answer: isinstance(answer, int) and 400 <= answer < 500,
    "5xx": lambda answer: isinstance(answer, int) and answer >= 500,
    "all": lambda answer: not isinstance(answer, int) or answer >= 400,
}
MOST_RETRIES = 5

Form = list[tuple[str, str]]


@dataclass(slots=True)
class _Line:
    """The callbacks of one message: each waits for `tail`, the one before it."""

    tail: asyncio.Task[None] | None = None
    # Set when the next callback of the message has been posted; "reorder" waits for that.
    overtaken: list[asyncio.Event] = field(default_factory=list)


class Callbacks:
    """Reports each new status of a message to its StatusCallback, in order unless asked."""

    def __init__(self, accounts: Accounts, faults: Faults, webhook: Webhook) -> None:
        self._accounts = accounts
        self._faults = faults
        self._webhook = webhook
        self._lines: WeakKeyDictionary[Message, _Line] = WeakKeyDictionary()
        self._tasks: set[asyncio.Task[None]] = set()

    def report(self, message: Message) -> None:
        """Post the status that the message has now, without waiting for it."""
        if not message.status_callback:
            return
        record: dict[str, Any] = {"status": message.status, "at": now().isoformat(), "answers": []}
        message.callbacks.append(record)
        trouble = self._faults.for_callback(message.to, message.status)
        how = trouble.how if trouble is not None else ""
        if trouble is not None:
            record["trouble"] = how
        if how == "drop":
            return
        form = status_form(message)
        line = self._lines.setdefault(message, _Line())
        if trouble is not None and how in ("delay", "reorder"):
            next_posted = asyncio.Event()
            if how == "reorder":
                line.overtaken.append(next_posted)
            self._start(self._post_late(message, form, record, trouble.seconds, next_posted))
            return
        times = 2 if how == "duplicate" else 1
        line.tail = self._start(
            self._post_in_turn(message, form, record, times, line.tail, line.overtaken)
        )
        line.overtaken = []
        if trouble is not None and how == "repeat":
            never = asyncio.Event()
            self._start(self._post_late(message, form, record, trouble.seconds, never))

    async def close(self) -> None:
        """Give up what has not been posted yet."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _post_in_turn(
        self,
        message: Message,
        form: Form,
        record: dict[str, Any],
        times: int,
        before: asyncio.Task[None] | None,
        overtaken: list[asyncio.Event],
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        for _ in range(times):
            await self._post(message, form, record)
        for waiting in overtaken:
            waiting.set()

    async def _post_late(
        self,
        message: Message,
        form: Form,
        record: dict[str, Any],
        seconds: float,
        next_posted: asyncio.Event,
    ) -> None:
        try:
            await asyncio.wait_for(next_posted.wait(), seconds)
        except TimeoutError:
            logger.debug("A late callback of %s goes out after %s s.", message.sid, seconds)
        await self._post(message, form, record)

    async def _post(self, message: Message, form: Form, record: dict[str, Any]) -> None:
        account = self._accounts.get(message.account_sid)
        if account is None:
            return
        retries, policies = retry_rule(message.status_callback)
        token = str(uuid.uuid4())
        for _ in range(1 + retries):
            answer, _text = await self._webhook.post(
                message.status_callback, form, account.auth_token, token
            )
            record["answers"].append(answer)
            if not any(RETRY_POLICIES[policy](answer) for policy in policies):
                return


def status_form(message: Message) -> Form:
    """The form that reports the message's present status."""
    form = {
        "ApiVersion": "2010-04-01",
        "SmsSid": message.sid,
        "SmsStatus": message.status,
        "MessageSid": message.sid,
        "MessageStatus": message.status,
        "AccountSid": message.account_sid,
        "To": message.to,
        "From": message.sender or "",
    }
    if message.messaging_service_sid:
        form["MessagingServiceSid"] = message.messaging_service_sid
    if message.error_code is not None:
        form["ErrorCode"] = str(message.error_code)
    if message.status in ("delivered", "undelivered"):
        form["RawDlrDoneDate"] = message.updated_at.strftime("%y%m%d%H%M")
    return list(form.items())


def retry_rule(url: str) -> tuple[int, list[str]]:
    """How often to repeat, and after what: by default once, after a failure to connect."""
    asked = parse_qs(urldefrag(url).fragment)
    count = asked.get("rc", ["1"])[-1]
    policies = [name for name in asked.get("rp", ["ct"])[-1].split(",") if name in RETRY_POLICIES]
    retries = min(int(count), MOST_RETRIES) if count.isascii() and count.isdigit() else 1
    return retries, policies or ["ct"]
