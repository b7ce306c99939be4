"""An emulator for tests: on a free port, in a thread of this process."""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
import time
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from sentry_twilio.emulator import steering
from sentry_twilio.emulator.accounts import Account
from sentry_twilio.emulator.emulator import Emulator
from sentry_twilio.emulator.reading import read_fault
from sentry_twilio.emulator.server import Server, listen
from sentry_twilio.emulator.settings import Settings

logger = logging.getLogger(__name__)
T = TypeVar("T")
FAST_PACE = 0.01


class RunningEmulator:
    """Started when it is made; `close` it, or use it in a `with` statement.

    `account_sid` and `auth_token` are those of the first account.
    """

    def __init__(
        self,
        accounts: list[Account] | None = None,
        *,
        pace: float = FAST_PACE,
        latency: float = 0.0,
        seed: int | None = None,
        keep: int = 200_000,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._emulator = Emulator(accounts or [], Settings(latency, pace), keep, seed)
        account = self._emulator.accounts.first()
        self.account_sid = account.sid
        self.auth_token = account.auth_token
        self._loop = asyncio.new_event_loop()
        self._server = Server(self._emulator, listen(host, port), tls)
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="twilio-emulator", daemon=True
        )
        self._thread.start()
        self._run(self._server.start())

    @property
    def base_url(self) -> str:
        """As `http://127.0.0.1:PORT`, or https where it has a certificate (`tls`)."""
        return self._server.base_url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it; doing so twice is fine."""
        if self._loop.is_closed():
            return
        self._loop.set_exception_handler(_while_closing)
        self._run(self._server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._end_what_is_left()
        self._loop.close()

    def _end_what_is_left(self) -> None:
        # In this thread, where the loop runs for nothing else: a timer that fires meanwhile may
        # start another task, and a loop that closes over one complains.
        while rest := asyncio.all_tasks(self._loop):
            for task in rest:
                task.cancel()
            self._loop.run_until_complete(asyncio.wait(rest))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())

    def messages(self, to: str = "") -> list[dict[str, Any]]:
        """All messages, oldest first, as `GET /emulator/messages` shows them."""
        return self._call(lambda: steering.messages(self._emulator, to))

    def wait_for(
        self, count: int = 1, status: str = "delivered", to: str = "", timeout: float = 10.0
    ) -> list[dict[str, Any]]:
        """The messages with this status once there are `count` of them.

        Raises `TimeoutError` after `timeout` seconds, naming what there was instead.
        """
        deadline = time.monotonic() + timeout
        while True:
            everything = self.messages(to)
            found = [message for message in everything if message["status"] == status]
            if len(found) >= count:
                return found
            if time.monotonic() > deadline:
                have = [message["status"] for message in everything]
                raise TimeoutError(f"Waited for {count} {status} messages, there are {have}.")
            time.sleep(0.01)

    def stats(self) -> dict[str, Any]:
        """As `GET /emulator/stats` shows them."""
        return self._call(lambda: steering.stats(self._emulator))

    def reset(self) -> None:
        """Forget messages, opt-outs, counts and faults. Settings stay."""
        self._call(self._emulator.reset)
        self.clear_faults()

    def fail(self, effect: str, **fields: Any) -> None:
        """Put a fault in force, with the fields that `POST /emulator/faults` takes.

        Raises `ValueError` for a field that it does not know.
        """
        fault = read_fault({"effect": effect, **fields})
        self._call(lambda: steering.add_faults(self._emulator, [fault]))

    def clear_faults(self) -> None:
        self._call(self._emulator.faults.clear)

    def set(self, **settings: Any) -> None:
        """Change `pace`, `latency`, `inbound_url`, `concurrency` or `retry_after`."""
        self._call(lambda: steering.change_settings(self._emulator, settings))

    def change_account(self, **standing: Any) -> None:
        """Change the first account as `POST /emulator/account` does: `type`, `verified`, …

        Raises `ValueError` for what it does not know.
        """
        self._call(lambda: steering.change_standing(self._emulator, standing))

    def change_token(self, auth_token: str) -> None:
        """Give the first account another Auth Token, of 32 characters from 0-9 and a-f.

        Raises `ValueError` for another one.
        """
        self._call(lambda: steering.change_token(self._emulator, {"auth_token": auth_token}))
        self.auth_token = auth_token

    def reply(self, phone: str, number: str, body: str) -> None:
        """Write `body` on the phone `phone` to `number`, a sender or a Messaging Service's SID.

        Comes back once `inbound_url` has answered.
        """
        account = self._emulator.accounts.first()
        self._run(self._emulator.inbound.receive(account, phone, number, body))

    def _call(self, function: Callable[[], T]) -> T:
        async def call() -> T:
            return function()

        return self._run(call())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)


def _while_closing(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # A connection that comes in at this moment finds no server any more, and nobody minds.
    logger.debug("While closing: %s", context["message"])
