"""What is derived from the operator's settings."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from sentry_twilio.server import settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in ("TWILIO_BASE_URL", "TWILIO_REGION", "TWILIO_EDGE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("values", "url"),
    [
        ({}, "https://api.twilio.com"),
        ({"TWILIO_BASE_URL": "http://127.0.0.1:8010"}, "http://127.0.0.1:8010"),
        ({"TWILIO_REGION": "ie1", "TWILIO_EDGE": "dublin"}, "https://api.dublin.ie1.twilio.com"),
    ],
)
def test_twilio_is_where_the_operator_says(monkeypatch, values, url):
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert settings._twilio_address() == url


@pytest.mark.parametrize(
    "values",
    [
        {"TWILIO_REGION": "ie1"},
        {"TWILIO_EDGE": "dublin"},
        {"TWILIO_REGION": "ie1", "TWILIO_EDGE": "dublin", "TWILIO_BASE_URL": "http://127.0.0.1"},
    ],
)
def test_half_a_region_stops_the_start_and_names_the_settings(monkeypatch, values):
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match="TWILIO_BASE_URL, TWILIO_REGION, TWILIO_EDGE"):
        settings._twilio_address()
