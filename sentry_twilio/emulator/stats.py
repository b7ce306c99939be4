"""What went over the wire, for assertions and benchmarks."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from weakref import WeakSet


class Stats:
    """Counts requests to Twilio's API only: looking at the emulator does not change them."""

    def __init__(self) -> None:
        self.active = 0
        self.reset()

    def reset(self) -> None:
        """Count from now on; requests that are being answered stay active."""
        self.requests = 0
        self.peak = self.active
        self.connections = 0
        self.by_kind: Counter[str] = Counter()
        self.by_status: Counter[str] = Counter()
        self._transports: WeakSet[asyncio.BaseTransport] = WeakSet()

    def enter(self, kind: str, transport: asyncio.BaseTransport | None) -> None:
        """A request of this kind begins on this connection."""
        self.requests += 1
        self.by_kind[kind] += 1
        self.active += 1
        self.peak = max(self.peak, self.active)
        if transport is not None and transport not in self._transports:
            self._transports.add(transport)
            self.connections += 1

    def leave(self, outcome: str) -> None:
        """A request ends with this HTTP status, or "reset", or "abandoned"."""
        self.active -= 1
        self.by_status[outcome] += 1

    def describe(self) -> dict[str, Any]:
        return {
            "requests": self.requests,
            "connections": self.connections,
            "active": self.active,
            "peak_concurrency": self.peak,
            "by_kind": dict(self.by_kind),
            "by_status": dict(self.by_status),
        }
