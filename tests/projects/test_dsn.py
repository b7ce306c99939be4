"""The address for an SDK."""

import pytest
from sentry_sdk.utils import Dsn

from sentry_twilio.projects.dsn import dsn, snippets


@pytest.mark.parametrize(
    ("url", "scheme", "netloc"),
    [
        ("https://alerts.example.com", "https", "alerts.example.com"),
        ("http://127.0.0.1:8000", "http", "127.0.0.1:8000"),
    ],
)
def test_an_sdk_reads_it_as_it_is_meant(shop, settings, url, scheme, netloc):
    settings.PUBLIC_URL = url
    key = shop.keys.get()
    read = Dsn(dsn(key))
    assert (read.scheme, read.netloc) == (scheme, netloc)
    assert (read.public_key, read.project_id) == (key.public_key, str(shop.id))


def test_the_lines_to_paste_hold_it(shop):
    key = shop.keys.get()
    lines = snippets(key)
    assert list(lines) == ["Python", "Node.js", "Browser"]
    assert all(f'"{dsn(key)}"' in text for text in lines.values())


def test_the_python_lines_run(shop, monkeypatch):
    import sentry_sdk

    given = []
    monkeypatch.setattr(sentry_sdk, "init", lambda **options: given.append(options))
    key = shop.keys.get()
    exec(snippets(key)["Python"], {})
    assert given == [{"dsn": dsn(key)}]
