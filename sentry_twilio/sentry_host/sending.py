"""An alert's messages, sent within one call: Sentry has no outbox to put them into."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from sentry_twilio.core import Alert, Message, Notification, Outcome, Refused, Unknown
from sentry_twilio.sentry_host import once, persistence
from sentry_twilio.sentry_host.persistence import DEADLINE
from sentry_twilio.sentry_host.report import Results
from sentry_twilio.twilio import numbers
from sentry_twilio.twilio.plugin import TwilioPlugin

LIMIT = DEADLINE + 2.0
"""Seconds after which an answer that still trickles in is waited for no longer."""


def send(
    twilio: TwilioPlugin,
    notification: Notification,
    stored: Mapping[str, str],
    deadline: float = DEADLINE,
    limit: float = LIMIT,
) -> Results:
    """Send to each of the stored recipients at once; what is no number counts as refused.

    Repeats only what surely was not sent: a 429 and a failure to connect. Whom an earlier call
    about the same event has texted, or is texting, is not among the results.
    """
    options, leftovers = readable(stored, twilio.default_region)
    results: list[tuple[str, Outcome]] = [
        (text, Refused(None, "config", "This is not a valid phone number.")) for text in leftovers
    ]
    alert = notification.alert
    messages = once.claim(alert, twilio.compose(notification, options))
    if messages:
        outcomes = _fan_out(twilio, options, alert, messages, deadline, limit)
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
    alert: Alert,
    messages: Sequence[Message],
    deadline: float,
    limit: float,
) -> list[Outcome]:
    sender = twilio.connect(options)

    def work() -> list[Outcome]:
        outcomes = persistence.send(sender.client, messages, deadline)
        pairs = zip(messages, outcomes, strict=True)
        # In here, for it must happen even where Sentry has meanwhile ended the task.
        once.release(alert, [message for message, outcome in pairs if isinstance(outcome, Refused)])
        return outcomes

    try:
        outcomes = _within(limit, work)
    finally:
        sender.close()
    late = Unknown(f"Twilio's answer was not complete after {limit:g} seconds.")
    return outcomes if outcomes is not None else [late] * len(messages)


def _within(seconds: float, work: Callable[[], list[Outcome]]) -> list[Outcome] | None:
    """What `work` returns, or None where it takes longer; it is then left to itself.

    Looking a name up has no timeout, and may take any time.
    """
    outcomes: list[list[Outcome]] = []
    thread = threading.Thread(
        target=lambda: outcomes.append(work()), name="twilio-deadline", daemon=True
    )
    thread.start()
    thread.join(seconds)
    return outcomes[0] if outcomes else None
