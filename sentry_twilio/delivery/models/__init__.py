"""The tables of the outbox, a file for each idea."""

from sentry_twilio.delivery.models.fallback import FallbackMessage, FallbackTarget
from sentry_twilio.delivery.models.numbers import (
    AttemptCount,
    SegmentCount,
    WorkerHeartbeat,
)
from sentry_twilio.delivery.models.outbox import Attempt, Delivery, Notification
from sentry_twilio.delivery.models.people import BadRecipient, OptOut
from sentry_twilio.delivery.models.reports import Callback
from sentry_twilio.delivery.models.sending import Halt, KnownSender

__all__ = [
    "Attempt",
    "AttemptCount",
    "BadRecipient",
    "Callback",
    "Delivery",
    "FallbackMessage",
    "FallbackTarget",
    "Halt",
    "KnownSender",
    "Notification",
    "OptOut",
    "SegmentCount",
    "WorkerHeartbeat",
]
