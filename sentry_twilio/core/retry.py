"""Repeating a request within one call, for callers that have nowhere to remember it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from sentry_twilio.core.errors import ApiError, ApiInvalidRequest


def surely_not_processed(error: ApiError) -> bool:
    """Whether repeating cannot double anything, and might help: no connection, or a 429."""
    if isinstance(error, ApiInvalidRequest):
        return False
    return not error.may_have_been_processed and error.status in (None, 429)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long to repeat what `repeats` allows.

    `deadline` is a moment of `time.monotonic()`: no wait goes beyond it. A `Retry-After` is
    never shortened: where it is longer than `cap`, the error is the answer. The numbers are
    Twilio's own advice for a 429: 100 ms doubling, ±10 % jitter, 30 s cap, 5 tries.
    """

    tries: int = 5
    delay: float = 0.1
    cap: float = 30.0
    jitter: float = 0.1
    deadline: float | None = None
    repeats: Callable[[ApiError], bool] = surely_not_processed

    def wait(self, tried: int, error: ApiError) -> float | None:
        """Seconds until try number `tried + 1`, or None when `error` is the answer."""
        if tried >= self.tries or not self.repeats(error):
            return None
        seconds = error.retry_after
        if seconds is None:
            seconds = self.delay * 2 ** (tried - 1)
            seconds *= 1 + random.uniform(-self.jitter, self.jitter)  # noqa: S311  (not a secret)
            seconds = min(seconds, self.cap)
        if seconds > self.cap:
            return None
        if self.deadline is not None and time.monotonic() + seconds > self.deadline:
            return None
        return seconds
