"""An alert's messages, sent within one call: Sentry has no outbox to put them into."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence

from sentry_twilio.core import Message, Notification, Outcome, Refused, Unknown
from sentry_twilio.sentry_host.report import Results
from sentry_twilio.twilio import numbers
from sentry_twilio.twilio.client import TwilioApiClient
from sentry_twilio.twilio.plugin import TwilioPlugin

DEADLINE = 40.0
"""Seconds in which messages and their repetitions are begun. Sentry ends the task at 120, and
other plugins have their part of it."""
CROWD_PAUSE = 2.0
"""Seconds before all who got a 429 to the last are tried again; doubled each time."""
LEAST_TIME = 10.0
"""Seconds that a further try must have left: with less, a slow answer would become an unknown."""
LIMIT = 50.0
"""Seconds after which an answer that still trickles in is waited for no longer."""


def send(
    twilio: TwilioPlugin,
    notification: Notification,
    stored: Mapping[str, str],
    deadline: float = DEADLINE,
    limit: float = LIMIT,
) -> Results:
    """Send to each of the stored recipients at once; what is no number counts as refused.

    Repeats only what surely was not sent: a 429 and a failure to connect.
    """
    options, leftovers = readable(stored, twilio.default_region)
    results: list[tuple[str, Outcome]] = [
        (text, Refused(None, "config", "This is not a valid phone number.")) for text in leftovers
    ]
    messages = twilio.compose(notification, options)
    if messages:
        outcomes = _fan_out(twilio, options, messages, deadline, limit)
        results += zip((message.to for message in messages), outcomes, strict=True)
    return results


def readable(stored: Mapping[str, str], region: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """The options with recipients and sender as Twilio wants them, and what is no number.

    Sentry's own plugin stored what a person entered, unread.
    """
    recipients = numbers.read_recipients(stored.get("sms_to", ""), region)
    sender = stored.get("sms_from", "")
    return {
        **stored,
        "sms_to": ",".join(recipients.numbers),
        # Twilio says best what is wrong with a sender that cannot be read.
        "sms_from": numbers.read_sender(sender, region) or sender,
    }, recipients.leftovers


def _fan_out(
    twilio: TwilioPlugin,
    options: Mapping[str, str],
    messages: list[Message],
    deadline: float,
    limit: float,
) -> list[Outcome]:
    sender = twilio.connect(options)
    try:
        outcomes = _within(limit, lambda: _persist(sender.client, messages, deadline))
    finally:
        sender.close()
    late = Unknown(f"Twilio's answer was not complete after {limit:g} seconds.")
    return outcomes if outcomes is not None else [late] * len(messages)


def _persist(
    client: TwilioApiClient, messages: Sequence[Message], deadline: float
) -> list[Outcome]:
    """A fan-out, and further ones for those whom Twilio had no time for, within the deadline.

    Twilio often says "too many requests" without saying for how long, and a fan-out of its own
    accord stops asking after some two seconds.
    """
    end = time.monotonic() + deadline
    outcomes = client.fan_out(messages, deadline=deadline)
    pause = CROWD_PAUSE
    while time.monotonic() + pause + LEAST_TIME < end:
        crowded = [n for n, outcome in enumerate(outcomes) if _is_crowded(outcome)]
        if not crowded:
            break
        time.sleep(pause)
        pause *= 2
        left = end - time.monotonic()
        again = client.fan_out([messages[n] for n in crowded], deadline=left)
        for n, outcome in zip(crowded, again, strict=True):
            outcomes[n] = outcome
    return outcomes


def _is_crowded(outcome: Outcome) -> bool:
    # With a time of its own, it is one that was too long to wait for.
    return (
        isinstance(outcome, Refused)
        and outcome.kind == "rate_limited"
        and outcome.retry_after is None
    )


def _within(seconds: float, work: Callable[[], list[Outcome]]) -> list[Outcome] | None:
    """What `work` returns, or None where it takes longer; it is then left to itself.

    A timeout of `requests` is one between two bytes, so that an answer can take any time.
    """
    outcomes: list[list[Outcome]] = []
    thread = threading.Thread(
        target=lambda: outcomes.append(work()), name="twilio-deadline", daemon=True
    )
    thread.start()
    thread.join(seconds)
    return outcomes[0] if outcomes else None
