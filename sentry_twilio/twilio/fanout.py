"""Sending several messages at once, within a deadline."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sentry_twilio.core import (
    ApiConnectionError,
    ApiError,
    ApiTimeout,
    Message,
    Outcome,
    Refused,
    RetryPolicy,
    Unknown,
)
from sentry_twilio.core.client import Timeout
from sentry_twilio.twilio import outcome
from sentry_twilio.twilio.numbers import mask

logger = logging.getLogger(__name__)

CONCURRENCY = 10
DEADLINE = 60.0
"""Seconds for all messages together."""

Send = Callable[[Message, Timeout, RetryPolicy], Outcome]


def worth_repeating(error: ApiError) -> bool:
    """Whether a message surely was not processed, and may be in a moment."""
    if error.may_have_been_processed:
        return False
    if error.status is None:
        return isinstance(error, (ApiConnectionError, ApiTimeout))
    return outcome.code_of(error) == outcome.TOO_MANY_REQUESTS


def fan_out(
    send: Send,
    messages: Sequence[Message],
    timeout: Timeout,
    deadline: float = DEADLINE,
    concurrency: int = CONCURRENCY,
) -> list[Outcome]:
    """The outcomes of `send` for each message, in their order, made by several threads.

    `timeout` is shortened so that a first attempt fits into the deadline twice.
    """
    if not messages:
        return []
    shorten = min(1.0, deadline / 2 / sum(timeout))
    timeout = (timeout[0] * shorten, timeout[1] * shorten)
    last_start = time.monotonic() + deadline - sum(timeout)
    retry = RetryPolicy(deadline=last_start, repeats=worth_repeating)

    def attempt(message: Message) -> Outcome:
        if time.monotonic() > last_start:
            return Refused(None, "transient", f"It was not sent within {deadline:g} seconds.")
        try:
            return send(message, timeout, retry)
        except Exception as exc:  # noqa: BLE001  (the other messages' outcomes must not be lost)
            # The exception's own words may quote the text or the number.
            logger.error(  # noqa: TRY400
                "Sending to %s failed unexpectedly: %s", mask(message.to), type(exc).__name__
            )
            return Unknown(f"An unexpected error happened while sending: {type(exc).__name__}.")

    with ThreadPoolExecutor(min(concurrency, len(messages)), "twilio-fan-out") as pool:
        return list(pool.map(attempt, messages))
