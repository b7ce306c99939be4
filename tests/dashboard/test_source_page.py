"""What the page of a source says of the calls that came."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.test import Client

from sentry_twilio.dashboard.source_page import CALLS_SHOWN
from sentry_twilio.projects.creation import create_project
from sentry_twilio.sources.models import Source
from sentry_twilio.sources.processing import process_due
from tests.dashboard.conftest import SOURCES, Browse, said, source_path
from tests.sources import sentry_bodies as bodies
from tests.sources.conftest import Tracker


def test_waiting_turns_into_it_came(source: Source, browser: Browse, client: Client) -> None:
    admin = browser("admin")
    part = said(admin.get(source_path(source, "called/")))
    assert "Waiting for the first call" in part
    assert "data-poll" in part
    Tracker(client).tell(source, bodies.installation(), "installation")
    part = said(admin.get(source_path(source, "called/")))
    assert "It came." in part
    assert "data-poll" not in part
    assert "installation.created: 1" in said(admin.get(source_path(source)))


def test_it_names_what_came_and_leads_there(
    source: Source, browser: Browse, client: Client
) -> None:
    admin, tracker = browser("admin"), Tracker(client)
    tracker.post(source, bodies.event_alert(title="TypeError: no cart"), "event_alert")
    waiting = said(admin.get(source_path(source, "called/")))
    assert "It came." in waiting
    assert "data-poll" in waiting  # what came is not known yet
    process_due()
    link = f'<a href="/projects/web-shop/issues/{source.project.issues.get().pk}/">'
    came = said(admin.get(source_path(source, "called/")))
    assert f"{link}TypeError: no cart</a>" in came
    assert "data-poll" not in came
    newest = said(admin.get(source_path(source))).partition("Its newest calls")[2]
    assert f"{link}TypeError: no cart</a>" in newest


def test_it_does_not_name_the_issues_of_a_project_that_the_viewer_does_not_see(
    source: Source, browser: Browse, client: Client, people: dict[str, User]
) -> None:
    foreign = create_project("Foreign", people["stranger"])
    Tracker(client).tell(source, bodies.event_alert(), "event_alert")
    source.foreign_projects.update(project=foreign)
    body = bodies.event_alert(issue_id="99", event_id="c" * 32, title="Their secret")
    Tracker(client).post(source, body, "event_alert")
    process_due()
    assert foreign.issues.get().title == "Their secret"
    for page in (source_path(source), source_path(source, "called/")):
        assert "Their secret" not in said(browser("admin").get(page))
        assert "Their secret" in said(browser("superuser").get(page))


def test_a_bad_call_is_shown_while_it_waits(
    source: Source, browser: Browse, client: Client
) -> None:
    Tracker(client).post(source, b"{}", **{"Sentry-Hook-Signature": "wrong"})
    assert "The signature is wrong." in said(browser("admin").get(source_path(source, "called/")))
    assert "The signature is wrong." in said(browser("admin").get(SOURCES))


def test_no_more_than_the_newest_calls_are_shown(
    source: Source, browser: Browse, client: Client
) -> None:
    tracker = Tracker(client)
    for number in range(CALLS_SHOWN + 2):
        tracker.tell(source, bodies.envelope("created", {"n": number}), "comment")
    newest = said(browser("admin").get(source_path(source))).partition("Its newest calls")[2]
    assert newest.count("comment.created is no alert") == CALLS_SHOWN
