"""What real SDKs sent, taken in as a whole."""

from __future__ import annotations

import pytest
from django.test import Client

from sentry_twilio.projects.models import Project
from sentry_twilio.tracker.models import Event, Issue
from tests.tracker.captures import NAMES, load

PYTHON_ERROR = ("ZeroDivisionError: division by zero", "__main__ in charge", "error")

# Title, culprit and level of those that carry an event.
EVENTS = {
    "browser_error-3": (
        "TypeError: Cannot read properties of undefined (reading 'length')",
        "/",
        "error",
    ),
    "node_attachment-2": ("with attachment", "?(app)", "info"),
    "node_exception-2": (
        "TypeError: Cannot read properties of undefined (reading 'toFixed')",
        "charge(app)",
        "error",
    ),
    "node_fingerprint-2": ("TypeError: bad tenant", "?(app)", "error"),
    "node_message-2": ("queue depth high", "Object.message(app)", "warning"),
    "py_attachment-1": PYTHON_ERROR,
    "py_exception-1": PYTHON_ERROR,
    "py_fingerprint_custom-1": ("database timed out after 31 s", "", "fatal"),
    "py_group-1": ("ExceptionGroup: batch failed", "__main__ in s_group", "error"),
    "py_logging-1": ("Payment 77 failed for user bob", "", "error"),
    "py_message-1": ("disk almost full on /var", "", "warning"),
    "pybr_exception-1": PYTHON_ERROR,
    "pyold_exception-1": ("ZeroDivisionError: division by zero", "app in charge", "error"),
    "raven_message-1": ("hello from raven", "", "error"),
}


@pytest.mark.parametrize("name", NAMES)
def test_it_takes_in_what_an_sdk_sent(name: str, client: Client, project: Project) -> None:
    response = load(name).post(client, project.pk)
    assert response.status_code == 200, response.content
    event = Event.objects.select_related("issue").first()
    if name not in EVENTS:
        assert event is None
        assert response.json() == {}
        return
    assert event is not None
    assert response.json() == {"id": event.event_id}
    assert event.event_id == load(name).event()["event_id"]
    assert (event.issue.title, event.issue.culprit, event.issue.level) == EVENTS[name]
    assert event.data == load(name).event()
    assert event.environment == "production"
    assert event.release in ("shop@1.4.2", "web@2.0.0", "spa@0.3.0")


def test_it_joins_the_same_error_whatever_the_encoding(client: Client, project: Project) -> None:
    load("py_exception-1").post(client, project.pk)
    load("pybr_exception-1").post(client, project.pk)
    assert Issue.objects.get().times_seen == 2


def test_it_keeps_different_errors_apart(client: Client, project: Project) -> None:
    for name in EVENTS:
        load(name).post(client, project.pk)
    assert Issue.objects.count() == len(EVENTS) - 1  # gzip and brotli are one
