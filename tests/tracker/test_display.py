"""An event as a page shows it."""

from __future__ import annotations

from typing import Any

import pytest

from sentry_twilio.tracker.display import describe
from sentry_twilio.tracker.redact import HIDDEN, is_secret
from tests.tracker.captures import load


def test_it_shows_the_stack_with_its_source() -> None:
    shown = describe(load("py_exception-1").event())
    (raised,) = shown.exceptions
    assert (raised.type, raised.value, raised.handled) == (
        "ZeroDivisionError",
        "division by zero",
        True,
    )
    frame = raised.frames[-1]
    assert (frame.filename, frame.function, frame.lineno, frame.in_app) == (
        "app.py",
        "charge",
        20,
        True,
    )
    assert [line.number for line in frame.lines] == list(range(15, 26))
    assert [line.text for line in frame.lines if line.is_current] == [
        '    return total / order["items"]'
    ]
    assert dict(frame.vars)["total"].strip("'\"") == "10"
    assert shown.sdk == "sentry.python 2.75.0"
    assert "runtime" in dict(shown.contexts)


def test_it_shows_what_raven_sent() -> None:
    shown = describe(load("raven_message-1").event())
    assert (shown.title, shown.message, shown.level) == (
        "hello from raven",
        "hello from raven",
        "error",
    )
    assert len(shown.breadcrumbs) == 3
    assert shown.breadcrumbs[1].category == "requests"
    assert dict(shown.breadcrumbs[1].data)["method"] == "POST"


@pytest.mark.parametrize("name", ["py_exception-1", "pyold_exception-1", "raven_message-1"])
def test_it_hides_no_ordinary_value(name: str) -> None:
    assert HIDDEN not in repr(describe(load(name).event()))


SECRETS: list[dict[str, Any]] = [
    {"request": {"url": "https://x.example/?a=1&api_key=s3cret"}},
    {"request": {"url": "/", "query_string": "token=s3cret&a=1"}},
    {"request": {"url": "/", "query_string": [["token", "s3cret"]]}},
    {"request": {"url": "/", "headers": {"Authorization": "Bearer s3cret"}}},
    {"request": {"url": "/", "headers": [["Cookie", "s3cret"]]}},
    {"request": {"url": "/", "cookies": {"a": "s3cret"}}},
    {"request": {"url": "/", "data": {"user": {"password": "s3cret"}}}},
    {"request": {"url": "/", "data": '{"password": "s3cret"}'}},
    {"request": {"url": "/", "data": "name=a&password=s3cret"}},
    {"extra": {"aws_secret": "s3cret"}},
    {"user": {"id": 7, "auth_token": "s3cret"}},
    {"contexts": {"app": {"dsn": "s3cret"}}},
    {"exception": [{"type": "E", "stacktrace": {"frames": [{"vars": {"passwd": "s3cret"}}]}}]},
    {"breadcrumbs": [{"data": {"session_id": "s3cret"}}]},
    {"tags": {"csrf": "s3cret"}},
]


@pytest.mark.parametrize("data", SECRETS)
def test_it_hides_secrets(data: dict[str, Any]) -> None:
    assert "s3cret" not in repr(describe(data))


@pytest.mark.parametrize("name", ["author", "path", "cards", "total"])
def test_it_does_not_hide_what_is_none(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize("data", [None, 7, "x", [], {}, {"exception": {"values": None}}])
def test_it_shows_nothing_where_there_is_nothing(data: Any) -> None:
    shown = describe(data)
    assert shown.exceptions == ()
    assert shown.request is None
    assert shown.title
