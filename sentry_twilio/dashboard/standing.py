"""What stands between a plugin of a project and its recipients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from sentry_twilio.core import NotificationPlugin, account_of
from sentry_twilio.dashboard import people
from sentry_twilio.delivery import allowance, gate
from sentry_twilio.delivery.models import BadRecipient, KnownSender, OptOut
from sentry_twilio.projects.models import Project


@dataclass(frozen=True, slots=True)
class Standing:
    """What the settings page tells of a plugin that is set up.

    `opt_outs`: each with the number that the recipient writes START to; '' where the settings do
    not name it. `inbound_url`: '' where the provider could not call it. `unproved_at`: when a
    message came that was not acted on. `segments` were let go within the last 24 hours by the
    sender's account, for all its projects; `most` is its cap, 0 for none. `paused_until` is
    aware; None while the provider asks for no pause.
    """

    opt_outs: list[tuple[OptOut, str]]
    bad_recipients: list[BadRecipient]
    inbound_url: str
    inbound_at: datetime | None
    unproved_at: datetime | None
    segments: int
    most: int
    paused_until: datetime | None
    now: datetime

    @property
    def segments_are_short(self) -> bool:
        return bool(self.most) and self.segments >= allowance.WARN_AT * self.most


def standing(
    project: Project, plugin: NotificationPlugin, options: Mapping[str, str], now: datetime
) -> Standing:
    """Of a plugin that is configured with these options. A handful of statements."""
    key = plugin.sender_key(options)
    account = account_of(key)
    known = KnownSender.objects.filter(key=key).first()
    hears = plugin.wants_callback(options, settings.PUBLIC_URL)
    inbound_path = reverse("delivery-inbound", args=[plugin.slug])
    recipients = people.of(project, plugin, options).recipients
    bad = project.bad_recipients.filter(plugin=plugin.slug, recipient__in=recipients)
    opt_outs = people.opt_outs(project, plugin, options).order_by("recipient", "sender_key")
    return Standing(
        opt_outs=[(row, _number(row.sender_key)) for row in opt_outs],
        bad_recipients=list(bad.order_by("recipient")),
        inbound_url=settings.PUBLIC_URL + inbound_path if hears else "",
        inbound_at=known.inbound_at if known else None,
        unproved_at=known.unproved_at if known else None,
        segments=allowance.used([account], now)[account],
        most=settings.ACCOUNT_SEGMENTS_A_DAY,
        paused_until=_paused_until(known, now),
        now=now,
    )


def _paused_until(known: KnownSender | None, now: datetime) -> datetime | None:
    until = known.closed_until if known else None
    # One that lasts longer than any may was written before the clock was set back.
    return until if until and now < until <= now + gate.LONGEST_PAUSE else None


def _number(sender_key: str) -> str:
    # A key ends with a number, or with the name of something that has several.
    name = sender_key.split(":", 2)[-1]
    return name if name.startswith("+") else ""
