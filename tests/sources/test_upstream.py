"""Acting in Sentry with the integration's token, against a stand-in on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sentry_twilio.core import PluginError
from sentry_twilio.sources import upstream, vault
from sentry_twilio.sources.models import ForeignIssue, Source
from sentry_twilio.tracker.models import Issue
from tests.sources import sentry_bodies as bodies
from tests.sources.conftest import Make, Tracker

TOKEN = "sntrys_a_token"


class Sentry:
    """What it was asked, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, str]] = []
        self.status, self.body, self.location = 200, b"{}", ""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                token = self.headers.get("Authorization", "")
                outer.asked.append((self.command, self.path, token, raw.decode()))
                self.send_response(outer.status)
                if outer.location:
                    self.send_header("Location", outer.location)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body)

            do_GET = do_PUT = answer  # noqa: N815

            def log_message(self, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def start() -> Iterator[Callable[[], Sentry]]:
    running: list[Sentry] = []

    def start() -> Sentry:
        running.append(Sentry())
        return running[-1]

    yield start
    for sentry in running:
        sentry.close()


@pytest.fixture
def sentry(start: Callable[[], Sentry]) -> Sentry:
    return start()


@pytest.fixture
def source(make: Make, sentry: Sentry) -> Source:
    source = make("sentry", base_url=sentry.url, organization="acme")
    vault.store(source, token=TOKEN)
    return source


@pytest.fixture
def known(source: Source, tracker: Tracker) -> ForeignIssue:
    tracker.tell(source, bodies.event_alert(), "event_alert")
    return ForeignIssue.objects.select_related("source__project").get()


@pytest.mark.parametrize(
    ("action", "change"),
    [
        ("resolve", {"status": "resolved"}),
        ("archive", {"status": "ignored", "substatus": "archived_until_escalating"}),
    ],
)
def test_it_changes_the_issue_in_sentry(
    action: str, change: dict[str, str], known: ForeignIssue, sentry: Sentry
) -> None:
    upstream.act(known, action)  # type: ignore[arg-type]
    ((method, path, token, body),) = sentry.asked
    assert (method, path) == ("PUT", "/api/0/organizations/acme/issues/1117540176/")
    assert token == f"Bearer {TOKEN}"
    assert json.loads(body) == change


def test_sentrys_own_report_of_it_is_no_news(
    known: ForeignIssue, source: Source, tracker: Tracker
) -> None:
    Source.objects.update(tells_over="always")
    upstream.act(known, "resolve")
    assert tracker.tell(source, bodies.issue("resolved"), "issue") == []


def test_what_was_archived_from_here_is_told_again_once_it_is_open_there(
    known: ForeignIssue, source: Source, tracker: Tracker
) -> None:
    upstream.act(known, "archive", User.objects.create_user("ada"))
    tracker.tell(source, bodies.issue("archived"), "issue")
    assert Issue.objects.get().status == "muted"
    assert len(tracker.tell(source, bodies.issue("unresolved"), "issue")) == 1
    assert Issue.objects.get().status == "unresolved"


def test_the_token_follows_no_redirect(
    known: ForeignIssue, sentry: Sentry, start: Callable[[], Sentry]
) -> None:
    elsewhere = start()
    sentry.status, sentry.location = 307, f"{elsewhere.url}/"
    with pytest.raises(PluginError, match=r"redirected to .*, which is not followed"):
        upstream.act(known, "resolve")
    assert elsewhere.asked == []


def test_the_token_goes_to_the_configured_address_only(
    source: Source, tracker: Tracker, sentry: Sentry, start: Callable[[], Sentry]
) -> None:
    elsewhere = start()
    body = bodies.event_alert(
        web_url=f"{elsewhere.url}/organizations/evil/issues/1/",
        url=f"{elsewhere.url}/api/0/projects/evil/front-end/events/1/",
    )
    tracker.tell(source, body, "event_alert")
    upstream.act(ForeignIssue.objects.select_related("source__project").get(), "resolve")
    assert elsewhere.asked == []
    assert sentry.asked[0][1] == "/api/0/organizations/acme/issues/1117540176/"


@pytest.mark.parametrize("issue_id", ["../../../../evil", "metric:7", "1?x=y"])
def test_what_is_no_number_of_an_issue_is_not_asked_about(
    issue_id: str, source: Source, tracker: Tracker, sentry: Sentry
) -> None:
    tracker.tell(source, bodies.event_alert(issue_id=issue_id), "event_alert")
    known = ForeignIssue.objects.select_related("source__project").get()
    assert not upstream.can_act(known)
    with pytest.raises(PluginError):
        upstream.act(known, "resolve")
    assert sentry.asked == []


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "Enter it anew"),
        (403, "Read & Write"),
        (404, "organisation's slug"),
        (500, "Try again later"),
    ],
)
def test_a_refusal_says_what_to_do_and_changes_nothing(
    status: int, advice: str, known: ForeignIssue, sentry: Sentry
) -> None:
    sentry.status = status
    with pytest.raises(PluginError, match=advice) as caught:
        upstream.act(known, "resolve")
    assert TOKEN not in str(caught.value)
    known.refresh_from_db()
    assert known.state == "open"


def test_without_a_token_nothing_is_asked(known: ForeignIssue, sentry: Sentry) -> None:
    vault.store(known.source, token=None)
    assert not upstream.can_act(known)
    with pytest.raises(PluginError, match="Enter them in its settings"):
        upstream.act(known, "resolve")
    assert sentry.asked == []


def test_a_name_is_looked_up_once_and_remembered(
    known: ForeignIssue, source: Source, sentry: Sentry
) -> None:
    sentry.body = b'{"slug": "front-end", "name": "The front end"}'
    assert upstream.name_projects() == 1
    assert source.foreign_projects.get().name == "The front end"
    assert sentry.asked[0][1] == "/api/0/projects/acme/front-end/"
    assert upstream.name_projects() == 0


def test_a_name_that_sentry_does_not_tell_is_not_asked_for_again(
    known: ForeignIssue, source: Source, sentry: Sentry
) -> None:
    sentry.status = 404
    upstream.name_projects()
    assert source.foreign_projects.get().name == "front-end"
    assert upstream.name_projects() == 0


def test_the_page_of_the_issue_offers_it(
    known: ForeignIssue, sentry: Sentry, client: Client
) -> None:
    client.force_login(User.objects.create_superuser("ada", password="x"))
    base = f"/projects/shop/issues/{known.issue_id}/"
    assert "Resolve in Sentry" in client.get(base).content.decode()
    page = client.post(f"{base}upstream/", {"action": "archive"}, follow=True).content.decode()
    assert "Archived in Sentry, and muted here." in page
    assert Issue.objects.get().status == "muted"
    sentry.status = 500
    page = client.post(f"{base}upstream/", {"action": "resolve"}, follow=True).content.decode()
    assert "Nothing was changed in Sentry." in page
    assert Issue.objects.get().status == "muted"


def test_a_token_shows_in_no_repr() -> None:
    client = upstream.SentryApi("https://sentry.example.com", TOKEN)
    assert TOKEN not in repr(client) + repr(client._auth)
    client.close()
