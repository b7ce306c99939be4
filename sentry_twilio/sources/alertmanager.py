"""Prometheus' Alertmanager, whose webhook has a body of its own and cannot sign it.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from __future__ import annotations

from typing import Any

from sentry_twilio.core import Alert, Level
from sentry_twilio.sources.hook import NotUnderstood, Reported, foreign_project
from sentry_twilio.tracker import shape

LEVELS: dict[str, Level] = {
    "critical": "error",
    "page": "error",
    "error": "error",
    "warning": "warning",
    "info": "info",
    "none": "info",
}
"""By the label `severity`, which is a custom and no rule."""
_WORST = frozenset({"critical", "page"})
"""What somebody is to be woken for: a metric that became critical, in our words."""


def is_one(data: dict[str, Any]) -> bool:
    """Whether a body is Alertmanager's."""
    return "groupKey" in data and "receiver" in data


def read(data: dict[str, Any]) -> list[Alert]:
    """One alert each. A group is sent anew whenever one of its alerts changes, and every few
    hours besides: an alert is told when it begins and when it ends.

    `startsAt` names the incident. Of two Alertmanagers that share their work the second may send
    "firing" when the first has sent "resolved" already, up to a minute late: that is kept back.
    But one that heard nothing of Prometheus for some minutes takes its alerts for over, and fires
    them anew under the same `startsAt` once it hears of them again: after two minutes this is
    told, since what people were told to be over is not.
    """
    given = data.get("alerts")
    alerts = shape.values(given) if isinstance(given, list) else []
    if not alerts:
        raise NotUnderstood("`alerts` is missing, or an empty list.")
    return [_alert(alert) for alert in alerts]


def _alert(alert: dict[str, Any]) -> Reported:
    labels, notes = shape.mapping(alert.get("labels")), shape.mapping(alert.get("annotations"))
    name = shape.first_line(labels.get("alertname"), 200)
    title = shape.first_line(notes.get("summary"), 500) or name
    if not title:
        raise NotUnderstood("`alerts[].labels.alertname` is missing, or no text.")
    is_over = shape.text(alert.get("status")) == "resolved"
    severity = shape.text(labels.get("severity")).lower()
    level = LEVELS.get(severity, "error")
    is_worst = severity in _WORST
    began = shape.text(alert.get("startsAt"), 50)
    return Reported(
        project=foreign_project(slug=labels.get("job"), name=labels.get("job")),
        group=shape.text(alert.get("fingerprint"), 100) or title[:100],
        title=f"Resolved: {title}" if is_over else title,
        level="info" if is_over else level,
        reason="resolved" if is_over else "metric" if is_worst else "new",
        knows_reason=is_over or is_worst,
        change="resolved" if is_over else "opened",
        turn=f"began:{began}",
        incident=began,
        may_go_on=True,
        is_watched=True,
        culprit=shape.first_line(labels.get("instance"), 300),
        environment=shape.text(labels.get("environment") or labels.get("env"), 64),
        url=shape.first_line(alert.get("generatorURL")),
        rule=name,
        source="generic",
    )
