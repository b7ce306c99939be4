from __future__ import annotations

import pytest

from sentry_twilio.twilio import link_flaw


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000",
        "http://127.0.0.1",
        "https://10.1.2.3/x",
        "https://172.16.0.1",
        "https://192.168.178.20:9000",
        "https://169.254.1.1",
        "https://100.64.0.7",
        "https://[::1]:8000",
        "https://[fd00::1]/",
        "https://[fe80::1%25eth0]/",
        "https://sentry",
        "https://sentry.local",
        "https://SENTRY.Corp.INTERNAL.",
        "https://nas.home.arpa/x",
        "https://box.lan",
    ],
)
def test_it_knows_what_a_phone_outside_cannot_open(url: str) -> None:
    assert link_flaw.of(url) == "private"


@pytest.mark.parametrize("url", ["https://bit.ly", "http://BIT.LY/x", "https://www.tinyurl.com/x"])
def test_it_knows_public_shorteners(url: str) -> None:
    assert link_flaw.of(url) == "shortener"


@pytest.mark.parametrize("url", ["http://alerts.example.com", "HTTP://8.8.8.8/"])
def test_it_knows_plain_http(url: str) -> None:
    assert link_flaw.of(url) == "http"


@pytest.mark.parametrize(
    "url",
    [
        "https://alerts.example.com/x",
        "https://8.8.8.8",
        "https://orbit.ly",
        "https://bit.ly.example.com",
        "https://local.example.com",
        "https://[2001:4860:4860::8888]/",
        "",
        "not a url",
        "https://[broken",
    ],
)
def test_it_finds_nothing_wrong_with_others(url: str) -> None:
    assert link_flaw.of(url) is None
