"""Keys of sources do not get into logs or into the host's own error reports."""

from __future__ import annotations

import logging

import pytest

from sentry_twilio.server.logs import JsonFormatter, TextFormatter, mask_all
from sentry_twilio.sources import vault
from sentry_twilio.sources.masking import mask_keys


@pytest.mark.parametrize("kind", ["sentry", "sentry-legacy", "generic"])
def test_a_key_in_an_address_is_masked(kind: str) -> None:
    key = vault.new_key()
    masked = mask_keys(f"POST /hooks/{kind}/{key}/action/ failed")
    assert masked == f"POST /hooks/{kind}/{key[:4]}…/action/ failed"


def test_the_addresses_of_a_provider_are_left_as_they_are() -> None:
    assert mask_keys("/hooks/twilio/status/?attempt=1") == "/hooks/twilio/status/?attempt=1"


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
def test_a_line_of_the_log_is_masked_with_its_arguments(formatter: logging.Formatter) -> None:
    key = vault.new_key()
    record = logging.LogRecord(
        "django.request", logging.ERROR, "", 0, "Error: %s", (f"/hooks/bugsink/{key}/",), None
    )
    assert key not in formatter.format(record)


def test_a_report_of_our_own_errors_is_masked() -> None:
    key = vault.new_key()
    url = f"https://alerts.example.com/hooks/bugsink/{key}/"
    event = mask_all({"request": {"url": url}, "transaction": f"/hooks/b/{key}/"})
    assert key not in str(event)
