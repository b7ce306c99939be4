from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.views import defaults

from tests.dashboard.conftest import Browse, said


def test_it_says_that_there_is_nothing_at_an_address(people: object, browser: Browse) -> None:
    response = browser("member").get("/nothing/here/")
    assert response.status_code == 404
    assert "There is nothing here" in said(response)
    assert "Log out" in said(response)


def test_it_says_that_something_broke(
    people: object, browser: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("a secret of the server")

    monkeypatch.setattr("sentry_twilio.dashboard.views.projects.visible_to", broken)
    client = browser("member")
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == 500
    assert "Something went wrong on this server" in said(response)
    assert "a secret" not in said(response)


def test_it_says_that_a_request_is_not_understood() -> None:
    response = defaults.bad_request(RequestFactory().get("/"), ValueError("a secret"))
    assert "cannot be understood" in said(response)
    assert "a secret" not in said(response)


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_it_needs_neither_user_nor_database_to_say_it(name: str) -> None:
    assert 'href="/"' in render_to_string(f"{name}.html")


@pytest.mark.django_db
def test_it_allows_no_inline_script_or_style(client: Client) -> None:
    response = client.get("/setup/")
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]


def test_no_page_has_inline_script_or_style(world: object, browser: Browse) -> None:
    for path in ("/", "/projects/web-shop/", "/projects/web-shop/plugins/twilio/"):
        html = said(browser("admin").get(path))
        assert " style=" not in html
        assert "<style" not in html
        assert " onclick=" not in html
        assert html.count("<script") == html.count("<script src=")


@pytest.mark.parametrize("name", ["style.css", "time.js", "poll.js", "copy.js", "icon.svg"])
def test_it_serves_its_files_without_a_log_in(name: str, client: Client, db: None) -> None:
    assert client.get(f"/static/dashboard/{name}").status_code == 200
