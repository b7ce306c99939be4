"""Which links of a body may stand in a text."""

from __future__ import annotations

import pytest

from sentry_twilio.sources.links import kept

BASE = "https://bugs.example.com"


@pytest.mark.parametrize(
    ("url", "base"),
    [
        (f"{BASE}/issues/1", BASE),
        ("https://BUGS.example.com./issues/1", BASE),
        (f"{BASE}:443/issues/1", BASE),
        ("https://bugs.example.com/issues/1", "http://bugs.example.com"),
        ("http://127.0.0.1:8003/issues/1", "http://127.0.0.1:8003"),
        ("https://acme.sentry.io/issues/1/", "https://sentry.io"),
    ],
)
def test_it_keeps_a_link_to_the_tracker(url: str, base: str) -> None:
    assert kept(url, base) == url


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://evil.example/issues/1", BASE),
        ("https://bugs.example.com.evil.example/1", BASE),
        ("https://x.bugs.example.com/1", BASE),
        ("https://notsentry.io/1", "https://sentry.io"),
        ("https://bugs.example.com@evil.example/1", BASE),
        ("https://evil.example\\@bugs.example.com/1", BASE),
        ("https://user@bugs.example.com/1", BASE),
        ("http://bugs.example.com/1", BASE),
        (f"{BASE}:8443/1", BASE),
        ("javascript:alert(1)", BASE),
        ("//bugs.example.com/1", BASE),
        (f"{BASE}/a b", BASE),
        (f"{BASE}/{'x' * 600}", BASE),
        ("https://[bugs.example.com/1", BASE),
        (f"{BASE}/1", ""),
        ("", ""),
    ],
)
def test_it_leaves_out_any_other(url: str, base: str) -> None:
    assert kept(url, base) == ""
