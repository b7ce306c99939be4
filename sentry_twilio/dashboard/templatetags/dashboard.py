"""How pages write times and names, and what all of them tell."""

from __future__ import annotations

from datetime import UTC, datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sentry_twilio.dashboard import shown
from sentry_twilio.delivery import worker_heartbeat

register = template.Library()
register.filter("plugin_title", shown.plugin_title)


@register.simple_tag
def some_worker_runs() -> bool:
    """Whether anything sends, as far as this host can tell. One statement on a tiny table."""
    return worker_heartbeat.alive(timezone.now()).exists()


@register.filter
def when(moment: datetime | None) -> str | SafeString:
    """A time in UTC that the script in time.js turns into the viewer's own zone."""
    if moment is None:
        return "-"
    utc = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}">{}</time>',
        # Not strftime(): it writes the year 1 as "1", which no browser reads.
        f"{utc.replace(tzinfo=None).isoformat(timespec='seconds')}Z",
        f"{utc.replace(tzinfo=None).isoformat(' ', 'minutes')} UTC",
    )
