"""The parts of one emulator, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from sentry_twilio.emulator.accounts import (
    DEFAULT_ACCOUNT_SID,
    DEFAULT_AUTH_TOKEN,
    Account,
    Accounts,
)
from sentry_twilio.emulator.callbacks import Callbacks
from sentry_twilio.emulator.crowd import Crowd
from sentry_twilio.emulator.faults import Faults
from sentry_twilio.emulator.inbound import Inbound
from sentry_twilio.emulator.life import Life
from sentry_twilio.emulator.messages import MessageStore
from sentry_twilio.emulator.optouts import OptOuts
from sentry_twilio.emulator.settings import Settings
from sentry_twilio.emulator.stats import Stats
from sentry_twilio.emulator.webhook import Webhook

KEEP_MESSAGES = 200_000


class Emulator:
    """Everything but HTTP. Lives in one event loop and is not safe from other threads."""

    def __init__(
        self,
        accounts: Sequence[Account] = (),
        settings: Settings | None = None,
        keep: int = KEEP_MESSAGES,
        seed: int | None = None,
    ) -> None:
        self.accounts = Accounts(
            list(accounts) or [Account(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN)]
        )
        self.settings = settings or Settings()
        self.store = MessageStore(keep)
        self.faults = Faults(seed)
        self.optouts = OptOuts()
        self.stats = Stats()
        self.crowd = Crowd()
        self._closing = asyncio.Event()
        self.webhook = Webhook()
        self.callbacks = Callbacks(self.accounts, self.faults, self.webhook)
        self.life = Life(self.store, self.callbacks, self.faults, lambda: self.settings.pace)
        self.inbound = Inbound(
            self.store,
            self.life,
            self.optouts,
            self.faults,
            self.webhook,
            self.pause,
            lambda: self.settings.inbound_url,
        )

    def reset(self) -> None:
        """Forget messages, opt-outs and counts. Faults and settings stay."""
        self.store.clear()
        self.optouts.clear()
        self.stats.reset()

    async def pause(self, seconds: float) -> None:
        """Wait for so long, or until the emulator closes: nobody waits for an answer then."""
        if not seconds:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)

    async def close(self) -> None:
        """Stop where it is: what hangs ends now, and nothing is posted any more."""
        self._closing.set()
        self.life.stop()
        await self.callbacks.close()
        await self.webhook.close()
