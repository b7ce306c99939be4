"""How the operator's settings are read."""

import traceback

import pytest
from django.core.exceptions import ImproperlyConfigured

from sentry_twilio.server.environment import SETTINGS, value


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for setting in SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_what_is_not_set_or_empty_has_its_default(setting, monkeypatch):
    assert value(setting.name) == setting.default
    monkeypatch.setenv(setting.name, " ")
    assert value(setting.name) == setting.default


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("PHONE_REGION", "CH", "CH"),
        ("LEASE_SECONDS", " 90 ", 90),
        ("EVENTS_PER_MINUTE_KEY", "0", 0),
        ("DEBUG", "Yes", True),
        ("DEBUG", "off", False),
        ("ALLOWED_HOSTS", "a.example.com, b.example.com,", ["a.example.com", "b.example.com"]),
        ("LOG_LEVEL", "debug", "DEBUG"),
    ],
)
def test_each_kind_is_read(monkeypatch, name, text, expected):
    monkeypatch.setenv(name, text)
    assert value(name) == expected
    assert type(value(name)) is type(expected)


@pytest.mark.parametrize("secret", ["$ecret", "$SECRET_KEY", "a=b;c,d#e", r"\$x"])
def test_a_secret_is_taken_as_it_is(monkeypatch, secret):
    monkeypatch.setenv("SECRET_KEY", secret)
    assert value("SECRET_KEY") == secret


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("LEASE_SECONDS", "hunter2", "LEASE_SECONDS must be a whole number."),
        ("DEBUG", "hunter2", "DEBUG must be yes or no."),
        ("LOG_LEVEL", "hunter2", "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR."),
        ("SENDER_THREADS", "0", "SENDER_THREADS must be at least 1."),
        ("EVENTS_PER_MINUTE_KEY", "-1", "EVENTS_PER_MINUTE_KEY must be at least 0."),
        ("USEFUL_SECONDS", "99999999999", "USEFUL_SECONDS must be at most 100000000."),
    ],
)
def test_what_cannot_be_read_is_named_without_its_value(monkeypatch, name, text, expected):
    monkeypatch.setenv(name, text)
    with pytest.raises(ImproperlyConfigured) as caught:
        value(name)
    assert str(caught.value) == expected
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
