"""GlitchTip's general, Slack-compatible webhook, versions 4 to 6."""

from __future__ import annotations

import re
from typing import Any

from sentry_twilio.core import Alert, Level
from sentry_twilio.core.words import counted
from sentry_twilio.sources.hook import Hook, NotUnderstood, Reported, foreign_project, need_text
from sentry_twilio.tracker import shape

LEVELS: dict[str, Level] = {
    "#e52b50": "error",  # fatal too
    "#e9b949": "warning",
    "#4b60b4": "info",
}
"""The only place where GlitchTip tells a level is the colour."""

_ISSUE = re.compile(r"/issues/(\d+)")
_MORE = re.compile(r"\((\d{1,6}) issues\)")
UPTIME, DOWN, UP = "uptime alert", "gone down", "back up"
TEST = "test notification"


def read(hook: Hook) -> list[Alert]:
    """One alert an attachment, of which GlitchTip sends three at most; what is beyond them is
    counted in the last one's title."""
    text = need_text(hook.data, "text")
    given = hook.data.get("attachments")
    attachments = shape.values(given) if isinstance(given, list) else []
    if TEST in text.lower():
        return [_test(text)]
    if not attachments:
        raise NotUnderstood("`attachments` is missing, or an empty list.")
    if UPTIME in text.lower():
        return [_uptime(attachment) for attachment in attachments]
    alerts = [_issue(attachment) for attachment in attachments]
    found = _MORE.search(text)
    more = int(found[1]) - len(alerts) if found else 0
    if more > 0:
        alerts.append(_beyond(alerts[-1], more))
    return list(alerts)


def _issue(attachment: dict[str, Any]) -> Reported:
    fields = _fields(attachment)
    link = shape.first_line(attachment.get("title_link"))
    title = need_text(attachment, "title", "attachments[].")
    found = _ISSUE.search(link)
    return Reported(
        project=foreign_project(slug=fields.get("project")),
        group=found[1] if found else title[:100],
        title=title,
        level=LEVELS.get(shape.text(attachment.get("color")).lower(), "error"),
        knows_reason=False,
        culprit=shape.first_line(attachment.get("text"), 300),
        environment=fields.get("environment", "")[:64],
        release=fields.get("release", "")[:200],
        url=link,
        source="glitchtip",
    )


def _beyond(last: Reported, more: int) -> Reported:
    """The alert that stands for the issues of which nothing but the number was sent."""
    return Reported(
        project=last.project,
        group="more",
        title=f"{counted(more, 'more issue')} at the same time",
        level=last.level,
        reason="frequent",
        environment=last.environment,
        url=_ISSUE.sub("/issues", last.url),
        source="glitchtip",
    )


def _uptime(attachment: dict[str, Any]) -> Reported:
    said = shape.first_line(attachment.get("text"), 300).lower()
    title = need_text(attachment, "title", "attachments[].")
    link = shape.first_line(attachment.get("title_link"))
    is_up = UP in said
    if not is_up and DOWN not in said:
        raise NotUnderstood("`attachments[].text` says neither that the site is down nor up.")
    return Reported(
        project=foreign_project(slug=_fields(attachment).get("project")),
        group=f"monitor:{link or title}"[:100],
        title=f"{title} is back up" if is_up else f"{title} is down",
        level="info" if is_up else "error",
        reason="resolved" if is_up else "uptime",
        change="resolved" if is_up else "opened",
        is_watched=True,
        url=link,
        source="glitchtip",
    )


def _test(text: str) -> Alert:
    return Alert(
        project=foreign_project(), group="test", title=text, reason="test", source="glitchtip"
    )


def _fields(attachment: dict[str, Any]) -> dict[str, str]:
    given = attachment.get("fields")
    return {
        shape.text(field.get("title")).lower(): shape.first_line(field.get("value"), 300)
        for field in (shape.values(given) if isinstance(given, list) else [])
    }
