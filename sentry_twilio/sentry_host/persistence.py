"""Messages sent and, where they surely were not, sent again, within what Sentry gives a call."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from sentry_twilio.core import ApiError, ApiTimeout, Message, Outcome, Refused, RetryPolicy
from sentry_twilio.core.client import Timeout
from sentry_twilio.twilio import fanout
from sentry_twilio.twilio.client import TwilioApiClient

DEADLINE = 25.0
"""Seconds in which messages and their repetitions are sent. Sentry's workflow engine ends a task
after 30 (`trigger_action` in src/sentry/workflow_engine/tasks/actions.py, since 25.9) and runs it
again; and nginx, before the test button, waits for 30 (`proxy_read_timeout` in self-hosted)."""
TIMEOUT: Timeout = (4.0, 6.0)
"""Seconds to connect to one of Twilio's addresses, and for its answer: less than elsewhere, so that
a message which surely was not sent can be tried again."""
LEAST_TIME = sum(TIMEOUT)
"""Seconds that a further try must have left: with less, a slow answer would become an unknown."""
CROWD_PAUSE = 1.0
"""Seconds before all who got a 429 to the last are tried again; doubled each time."""
CONNECT_PATIENCE = 8.0
"""Seconds after which a connection that timed out is not tried again: by then it is no packet that
got lost but a firewall, and a person may be waiting for the test button's answer."""


def send(
    client: TwilioApiClient, messages: Sequence[Message], deadline: float = DEADLINE
) -> list[Outcome]:
    """A fan-out, and further ones for those whom Twilio had no time for, within the deadline.

    Twilio often says "too many requests" without saying for how long, and a fan-out of its own
    accord stops asking after some two seconds.
    """
    begun = time.monotonic()
    one = _sending(client, begun + CONNECT_PATIENCE)
    at_once = min(fanout.CONCURRENCY, client.pool_size)
    end = begun + deadline
    outcomes = fanout.fan_out(one, messages, TIMEOUT, deadline, at_once)
    pause = CROWD_PAUSE
    while time.monotonic() + pause + LEAST_TIME < end:
        crowded = [n for n, outcome in enumerate(outcomes) if _is_crowded(outcome)]
        if not crowded:
            break
        time.sleep(pause)
        pause *= 2
        left = end - time.monotonic()
        again = fanout.fan_out(one, [messages[n] for n in crowded], TIMEOUT, left, at_once)
        for n, outcome in zip(crowded, again, strict=True):
            outcomes[n] = outcome
    return outcomes


def _sending(client: TwilioApiClient, patient_until: float) -> fanout.Send:
    """What sends one message. `patient_until`, a moment of `time.monotonic()`, is when a
    connection that timed out is no longer taken for a passing trouble."""

    def repeats(error: ApiError) -> bool:
        dropped = isinstance(error, ApiTimeout) and time.monotonic() > patient_until
        return not dropped and fanout.worth_repeating(error)

    def one(message: Message, timeout: Timeout, retry: RetryPolicy) -> Outcome:
        return client.send_message(
            message.to, message.body, timeout=timeout, retry=replace(retry, repeats=repeats)
        )

    return one


def _is_crowded(outcome: Outcome) -> bool:
    # With a time of its own, it is one that was too long to wait for.
    return (
        isinstance(outcome, Refused)
        and outcome.kind == "rate_limited"
        and outcome.retry_after is None
    )
