"""What stands between a plugin of a project and its recipients."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from sentry_twilio.core import Notification, NotificationPlugin, account_of
from sentry_twilio.delivery import caps, gate
from sentry_twilio.delivery.models import BadRecipient, KnownSender, OptOut
from sentry_twilio.projects.models import Project

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the settings page tells of a plugin that is set up.

    `sender_number`: where a recipient writes START to; '' where the settings do not name it.
    `inbound_url`: '' where the provider could not call it. `segments` were let go within the
    last 24 hours by the sender's account, for all its projects; `most` is its cap, 0 for none.
    `paused_until` is aware; None while the provider asks for no pause.
    """

    sender_number: str
    opt_outs: list[OptOut]
    bad_recipients: list[BadRecipient]
    inbound_url: str
    inbound_at: datetime | None
    segments: int
    most: int
    paused_until: datetime | None
    now: datetime

    @property
    def segments_are_short(self) -> bool:
        return bool(self.most) and self.segments >= caps.WARN_AT * self.most


def standing(
    project: Project, plugin: NotificationPlugin, options: Mapping[str, str], now: datetime
) -> Standing:
    """Of a plugin that is configured with these options. Four statements."""
    key = plugin.sender_key(options)
    account = account_of(key)
    known = KnownSender.objects.filter(key=key).first()
    hears = plugin.wants_callback(options, settings.PUBLIC_URL)
    inbound_path = reverse("delivery-inbound", args=[plugin.slug])
    recipients = _recipients(project, plugin, options)
    bad = project.bad_recipients.filter(plugin=plugin.slug, recipient__in=recipients)
    return Standing(
        sender_number=_number(key),
        opt_outs=list(opt_outs(project, plugin, options).order_by("recipient")),
        bad_recipients=list(bad.order_by("recipient")),
        inbound_url=settings.PUBLIC_URL + inbound_path if hears else "",
        inbound_at=known.inbound_at if known else None,
        segments=caps.segments_of([account], now)[account],
        most=settings.ACCOUNT_SEGMENTS_A_DAY,
        paused_until=_paused_until(known, now),
        now=now,
    )


def opt_outs(
    project: Project, plugin: NotificationPlugin, options: Mapping[str, str]
) -> QuerySet[OptOut]:
    """Those of the project's recipients; another project's may be none of its business."""
    return OptOut.objects.filter(
        sender_key=plugin.sender_key(options),
        recipient__in=_recipients(project, plugin, options),
    )


def _recipients(
    project: Project, plugin: NotificationPlugin, options: Mapping[str, str]
) -> list[str]:
    """To whom a message would go."""
    test = Notification(alert=plugin.test_alert(project))
    try:
        return [message.to for message in plugin.compose(test, options)]
    except Exception:
        # A plugin's mistake may not close the very page where its settings are changed.
        logger.exception("The plugin %s could not compose a message.", plugin.slug)
        return []


def _paused_until(known: KnownSender | None, now: datetime) -> datetime | None:
    until = known.closed_until if known else None
    # One that lasts longer than any may was written before the clock was set back.
    return until if until and now < until <= now + gate.LONGEST_PAUSE else None


def _number(sender_key: str) -> str:
    # A key ends with a number, or with the name of something that has several.
    name = sender_key.split(":", 2)[-1]
    return name if name.startswith("+") else ""
