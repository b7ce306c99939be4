"""Deliveries as a page shows them: numbers in full only to those who may see the settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sentry_twilio.core import plugins
from sentry_twilio.dashboard.words import STATES, Word
from sentry_twilio.delivery import masked
from sentry_twilio.delivery.masked import mask
from sentry_twilio.delivery.models import Delivery

NOBODY = "nobody"
"""For whom a message is that could not even be written."""


@dataclass(frozen=True, slots=True)
class ShownDelivery:
    """One delivery. `recipient` and `reason` are masked where the viewer is no admin."""

    row: Delivery
    recipient: str
    reason: str
    word: Word

    @property
    def provider(self) -> str:
        return plugin_title(self.row.plugin)


def mask_email(address: str) -> str:
    """The first letter and the domain of an e-mail address."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}•••{at}{domain}"


def show(row: Delivery, in_full: bool) -> ShownDelivery:
    return ShownDelivery(
        row=row,
        recipient=recipient_name(row.recipient, in_full),
        reason=told(row.reason, row, in_full),
        word=STATES[row.state],
    )


def recipient_name(recipient: str, in_full: bool) -> str:
    """A recipient; masked unless `in_full`."""
    if not recipient:
        return NOBODY
    return recipient if in_full else mask(recipient)


def show_all(rows: Iterable[Delivery], in_full: bool) -> list[ShownDelivery]:
    return [show(row, in_full) for row in rows]


def plugin_title(slug: str) -> str:
    """A plugin's title; its slug where it is no longer installed."""
    try:
        return plugins.get(slug).title
    except KeyError:
        return slug


def told(reason: str, row: Delivery, in_full: bool) -> str:
    """A reason; without the number, which providers like to repeat, unless `in_full`."""
    return reason if in_full else masked.told(reason, row.recipient)
