"""What states, rules and caps are called on a page, and what they mean for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from django.conf import settings

from sentry_twilio.delivery.cap import Caps
from sentry_twilio.delivery.models import FallbackTarget
from sentry_twilio.delivery.states import State
from sentry_twilio.tracker.models import Rule

Tone = Literal["good", "busy", "bad", "quiet"]

PAUSES: dict[str, tuple[str, timedelta]] = {
    "hour": ("1 hour", timedelta(hours=1)),
    "day": ("1 day", timedelta(days=1)),
    "week": ("1 week", timedelta(weeks=1)),
}
"""For how long an issue can be muted, or a rule snoozed, by the value of the button."""


@dataclass(frozen=True, slots=True)
class Word:
    """A state in words. `tone` chooses its colour, `meaning` is a sentence."""

    tone: Tone
    meaning: str


STATES: dict[str, Word] = {
    State.PENDING: Word(
        "busy", "It is written down and leaves as soon as a running worker is free."
    ),
    State.SENDING: Word("busy", "The provider is being asked to send it right now."),
    State.UNKNOWN: Word(
        "busy",
        "The provider's answer was lost. Before anything is sent again, the provider is asked "
        "whether it has the message already.",
    ),
    State.ACCEPTED: Word("busy", "The provider took it and is passing it to the carrier."),
    State.DELIVERED: Word("good", "The carrier says that it arrived."),
    State.UNDELIVERED: Word("bad", "The provider took it, but the carrier did not deliver it."),
    State.REFUSED: Word("bad", "The provider refused it, and trying again would not help."),
    State.EXPIRED: Word(
        "bad", "It could not be sent while it was of use, so it was not sent any more."
    ),
    State.HELD: Word("busy", "It waits, and leaves in a digest as soon as it may."),
    State.DIGESTED: Word("quiet", "It did not get a message of its own: a digest named it."),
    State.SUPPRESSED: Word("quiet", "This recipient does not get it."),
}

ISSUE_TONES: dict[str, Tone] = {"unresolved": "bad", "resolved": "good", "muted": "quiet"}

FALLBACK_TONES: dict[str, Tone] = {
    FallbackTarget.State.PENDING: "busy",
    FallbackTarget.State.SENT: "good",
    FallbackTarget.State.FAILED: "bad",
}

_TRIGGERS = {
    Rule.Trigger.NEW: "When an issue is new",
    Rule.Trigger.REGRESSED: "When a resolved issue comes back",
    Rule.Trigger.NEW_OR_REGRESSED: "When an issue is new or comes back",
    Rule.Trigger.REAPPEARED: "When an issue is seen again after its mute ended",
    Rule.Trigger.FREQUENT: "When an issue is seen more than {threshold} times in {window}",
    Rule.Trigger.EVERY: "At every event",
}


def rule_sentence(rule: Rule) -> str:
    """A rule as somebody would say it."""
    parts = [
        _TRIGGERS[Rule.Trigger(rule.trigger)].format(
            threshold=rule.threshold, window=rule.get_window_display()
        ),
        "of any level" if rule.level == "debug" else f"of level {rule.level} or worse",
    ]
    if rule.environment:
        parts.append(f"in {rule.environment}")
    if rule.tag:
        parts.append(f"with {rule.tag}")
    parts.append(
        f"at most every {_minutes(rule.interval)} per issue" if rule.interval else "each time"
    )
    return ", ".join(parts) + "."


@dataclass(frozen=True, slots=True)
class Limit:
    """A cap of the whole host. `setting` is the name under which its operator changes it."""

    what: str
    caps: str
    setting: str


def host_limits() -> list[Limit]:
    """The caps that hold for all projects of this host."""
    segments = settings.ACCOUNT_SEGMENTS_A_DAY
    return [
        Limit("Alerts to one recipient", caps_phrase(settings.RECIPIENT_CAPS), "RECIPIENT_CAPS"),
        Limit(
            "The worst alerts to one recipient: fatal errors, critical metrics, sites down",
            caps_phrase(settings.WORST_CAPS),
            "WORST_CAPS",
        ),
        Limit("Digests to one recipient", caps_phrase(settings.DIGEST_CAPS), "DIGEST_CAPS"),
        Limit(
            "Segments of one account",
            f"{segments} in 24 hours" if segments else "no limit",
            "ACCOUNT_SEGMENTS_A_DAY",
        ),
    ]


def caps_phrase(caps: Caps) -> str:
    """Caps as somebody would say them: `1 a minute, 5 in 15 minutes`."""
    return ", ".join(f"{cap.count} {_per(cap.seconds)}" for cap in caps) or "no limit"


def after_test() -> str:
    """What a test message means to the alerts after it; "" where no cap counts it."""
    caps: Caps = settings.RECIPIENT_CAPS
    if not caps:
        return ""
    full = [cap.seconds for cap in caps if cap.count == 1]
    if not full:
        return f"Test messages count towards what a recipient may get: {caps_phrase(caps)}."
    span = _per(max(full)).removeprefix("in ")
    return (
        f"An alert to the same recipient within {span} of a test message waits, since test "
        "messages count, too. The worst alerts do not wait for it."
    )


def _per(seconds: int) -> str:
    for size, unit, one in ((3600, "hours", "an hour"), (60, "minutes", "a minute")):
        if seconds % size == 0:
            return one if seconds == size else f"in {seconds // size} {unit}"
    return "a second" if seconds == 1 else f"in {seconds} seconds"


def _minutes(count: int) -> str:
    for size, unit in ((1440, "days"), (60, "hours")):
        if count > size and count % size == 0:
            return f"{count // size} {unit}"
    return {1: "minute", 60: "hour", 1440: "day"}.get(count, f"{count} minutes")
