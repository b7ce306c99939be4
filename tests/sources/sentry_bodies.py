"""Bodies of Sentry's integrations, as its documentation and its pull requests show them.

https://docs.sentry.io/integrations/integration-platform/webhooks/
https://github.com/getsentry/sentry/pull/118255
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

Body = dict[str, Any]
INSTALLATION = {"uuid": "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"}
TITLE = "ReferenceError: heck is not defined"


def moment(ago: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) - ago).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def envelope(action: str, data: Body) -> Body:
    actor = {"id": "sentry", "name": "Sentry", "type": "application"}
    return {"action": action, "installation": INSTALLATION, "data": data, "actor": actor}


def event_alert(
    event_id: str = "e4874d664c3540c1a32eab185f12c5ab",
    rule: str = "Very important",
    ago: timedelta = timedelta(),
    settings: list[dict[str, str]] | None = None,
    **event: Any,
) -> Body:
    """A rule fired for an event of issue 1117540176."""
    data: Body = {
        "event": {
            "event_id": event_id,
            "title": TITLE,
            "message": "",
            "culprit": "?(<anonymous>)",
            "level": "error",
            "platform": "javascript",
            "project": 1,
            "datetime": moment(ago),
            "release": None,
            "tags": [["level", "error"], ["environment", "production"]],
            "metadata": {"type": "ReferenceError", "value": "heck is not defined"},
            "issue_id": "1117540176",
            "issue_url": "https://sentry.example.com/api/0/issues/1117540176/",
            "url": "https://sentry.example.com/api/0/projects/acme/front-end/events/e4/",
            "web_url": "https://sentry.example.com/organizations/acme/issues/1117540176/events/e4/",
            **event,
        },
        "triggered_rule": rule,
    }
    if settings is not None:
        data["issue_alert"] = {"title": rule, "settings": settings}
    return envelope("triggered", data)


def issue_data(**issue: Any) -> Body:
    return {
        "id": "1117540176",
        "shortId": "FRONT-END-9",
        "title": TITLE,
        "culprit": "?(<anonymous>)",
        "level": "error",
        "status": "unresolved",
        "substatus": "new",
        "count": "1",
        "userCount": 1,
        "firstSeen": moment(),
        "lastSeen": moment(),
        "platform": "javascript",
        "project": {"id": "1", "name": "Front end", "slug": "front-end", "platform": ""},
        "permalink": None,
        "url": "https://sentry.example.com/api/0/organizations/acme/issues/1117540176/",
        "web_url": "https://sentry.example.com/organizations/acme/issues/1117540176/",
        **issue,
    }


def issue(action: str, **changes: Any) -> Body:
    return envelope(action, {"issue": issue_data(**changes)})


def activity(kind: str, settings: list[dict[str, str]] | None = None, **changes: Any) -> Body:
    found = issue_data(**changes)
    found["webUrl"] = found.pop("web_url")
    alert = {
        "id": "3",
        "title": "Issue states",
        "url": "https://sentry.example.com/api/0/organizations/acme/workflows/3/",
        "web_url": "https://sentry.example.com/organizations/acme/monitors/alerts/3/",
        "sentry_app_id": 1,
        "settings": settings or [],
    }
    data = {"issue": found, "activity": {"type": kind, "details": {}}, "alert": alert}
    return envelope("triggered", data)


def metric(action: str, incident: str = "4", triggers: list[Body] | None = None) -> Body:
    rule = {
        "id": "7",
        "name": "Too many errors",
        "aggregate": "count()",
        "environment": None,
        "query": "level:error",
        "time_window": 10,
        "projects": ["front-end"],
        "triggers": triggers or [],
    }
    return envelope(
        action,
        {
            "description_text": "1000 events in the last 10 minutes\nFilter: level:error",
            "description_title": f"{action.title()}: Too many errors",
            "web_url": "https://sentry.example.com/organizations/acme/alerts/1/",
            "metric_alert": {
                "id": incident,
                "identifier": "1",
                "title": "Sacred Marmot",
                "status": 2,
                "projects": ["front-end"],
                "date_started": moment(timedelta(days=2)),
                "date_detected": moment(timedelta(days=2)),
                "date_closed": None,
                "alert_rule": rule,
            },
        },
    )


def installation(action: str = "created") -> Body:
    data = {"installation": {**INSTALLATION, "status": "installed", "app": {"slug": "sms"}}}
    return envelope(action, data)


def legacy(ago: timedelta = timedelta()) -> Body:
    return {
        "id": "1117540176",
        "project": "front-end",
        "project_name": "Front end",
        "project_slug": "front-end",
        "logger": None,
        "level": "error",
        "culprit": "raven.scripts.runner in main",
        "message": "This is an example Python exception",
        "url": "https://sentry.example.com/organizations/acme/issues/1117540176/",
        "triggering_rules": ["Send to SMS"],
        "event": {
            "event_id": "0476467adf8f499ea795a48fcc4bf290",
            "id": "1",
            "title": "This is an example Python exception",
            "timestamp": (datetime.now(UTC) - ago).timestamp(),
            "tags": [["environment", "prod"], ["sentry:release", "shop@1"]],
        },
    }
