"""One answer to what an address of the web is."""

from __future__ import annotations

import pytest

from sentry_twilio.core.addresses import web_address


@pytest.mark.parametrize(
    "text",
    [
        "https://alerts.example.com",
        "HTTP://127.0.0.1:8000/path?query#fragment",
        "https://user:password@[::1]:8443/",
        "https://bücher.example/ü",
    ],
)
def test_http_and_https_with_a_host_are_the_web(text: str) -> None:
    parts = web_address(text)
    assert parts is not None
    assert parts.hostname


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alerts.example.com",
        "/path",
        "httpx://alerts.example.com",
        "ftp://alerts.example.com",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://:8000",
        "https://alerts.example.com:0",
        "https://alerts.example.com:port",
        "https://alerts.example.com:70000",
        "https://[alerts",
        "https://alerts.example.com/a b",
        " https://alerts.example.com",
        "https://alerts.exam\nple.com",
        "https://alerts.example.com/\t",
        "https://alerts.example.com/\u202egnp",
    ],
)
def test_anything_else_is_not(text: str) -> None:
    assert web_address(text) is None
