"""What is said about settings that cannot work."""

from pathlib import Path

import pytest
from django.core.checks import run_checks

from sentry_twilio.projects import checks, crypto


def ids(found):
    return [message.id for message in found]


def test_all_of_them_are_registered(settings, db):
    settings.PUBLIC_URL = "alerts.example.com"
    settings.ENCRYPTION_KEYS = ["no key"]
    settings.KEYS_DIR = settings.DATA_DIR / "keys"
    settings.SECRET_KEY_IS_TEMPORARY = True
    assert {"sentry_twilio.E001", "sentry_twilio.E002", "sentry_twilio.W002"} <= set(
        ids(run_checks())
    )
    assert "sentry_twilio.W001" in ids(run_checks(include_deployment_checks=True))


@pytest.mark.parametrize(
    "url", ["https://alerts.example.com", "http://127.0.0.1:8000", "http://[::1]:8000"]
)
def test_a_public_url_is_an_origin(settings, url):
    settings.PUBLIC_URL = url
    assert checks.check_public_url() == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "alerts.example.com",
        "ftp://alerts.example.com",
        "https://",
        "https://:8000",
        "https://alerts.example.com/sub",
        "https://alerts.example.com?a=1",
        "https://user:secret@alerts.example.com",
        "https://alerts.example.com:port",
        "https://alerts.example.com:99999",
        "https://[alerts",
    ],
)
def test_anything_else_is_an_error_that_shows_how_it_should_be(settings, url):
    settings.PUBLIC_URL = url
    (error,) = checks.check_public_url()
    assert error.id == "sentry_twilio.E001"
    assert "https://alerts.example.com" in error.hint
    assert "secret" not in str(error)


def test_missing_or_broken_encryption_keys_are_an_error(settings, key_file):
    assert checks.check_encryption_keys() == []
    settings.ENCRYPTION_KEYS = ["hunter2"]
    (error,) = checks.check_encryption_keys()
    assert error.id == "sentry_twilio.E002"
    assert "hunter2" not in str(error)
    settings.ENCRYPTION_KEYS = []
    key_file.unlink()
    crypto._last.clear()  # as in a new process
    assert ids(checks.check_encryption_keys()) == ["sentry_twilio.E002"]


def test_a_key_that_does_not_last_is_a_warning(settings):
    assert checks.check_secret_key() == []
    settings.SECRET_KEY_IS_TEMPORARY = True
    assert ids(checks.check_secret_key()) == ["sentry_twilio.W002"]


@pytest.mark.parametrize(("keys", "warned"), [("data/keys", True), ("data", True), ("keys", False)])
def test_keys_inside_the_data_are_a_warning(settings, tmp_path, keys, warned):
    settings.DATA_DIR = Path(tmp_path / "data")
    settings.KEYS_DIR = tmp_path / keys
    assert bool(checks.check_keys_apart_from_data()) is warned
