"""The settings of an alert rule action, wherever Sentry puts them."""

from __future__ import annotations

from typing import Any

from sentry_twilio.tracker import shape

Settings = tuple[tuple[str, str], ...]


def of_issue_alert(data: dict[str, Any]) -> Settings:
    """Of an `event_alert`."""
    return pairs(shape.mapping(data.get("issue_alert")).get("settings"))


def of_metric_alert(action: str, alert: dict[str, Any], body: dict[str, Any]) -> Settings:
    """Of the trigger whose label is the action, and in it of our installation's action.

    There may be none: Sentry's own example has no triggers at all.
    """
    installation = shape.text(shape.mapping(body.get("installation")).get("uuid"))
    rule = shape.mapping(alert.get("alert_rule"))
    triggers = shape.values(rule.get("triggers") or [])
    named = [one for one in triggers if shape.text(one.get("label")) == action]
    for trigger in named or triggers:
        for one in shape.values(trigger.get("actions") or []):
            whose = shape.text(one.get("sentry_app_installation_uuid"))
            if (not whose or not installation or whose == installation) and (
                found := pairs(one.get("settings"))
            ):
                return found
    return ()


def of_activity_alert(data: dict[str, Any]) -> Settings:
    """Of an `activity_alert`."""
    return pairs(shape.mapping(data.get("alert")).get("settings"))


def pairs(value: object) -> Settings:
    """`[{"name": …, "value": …}]` or an object as pairs; empty values are left out."""
    if isinstance(value, dict):
        found = list(value.items())
    else:
        items = shape.values(value) if isinstance(value, list) else []
        found = [(item.get("name"), item.get("value")) for item in items]
    return tuple(
        (shape.text(name, 40), text)
        for name, given in found
        if shape.text(name) and (text := shape.text(given, 500))
    )
