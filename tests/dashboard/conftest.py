"""A project with one of everything, and one browser for each kind of person."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from sentry_twilio.core import Alert, ApiError, options
from sentry_twilio.core import Project as AlertProject
from sentry_twilio.delivery import fallback
from sentry_twilio.delivery.lanes import Lane
from sentry_twilio.delivery.models import (
    Attempt,
    Delivery,
    FallbackMessage,
    Notification,
    OptOut,
)
from sentry_twilio.delivery.states import State
from sentry_twilio.projects import invitations, quota
from sentry_twilio.projects.creation import create_project
from sentry_twilio.projects.models import Membership, Project
from sentry_twilio.sources import creation, vault
from sentry_twilio.sources.models import Source
from sentry_twilio.tracker.models import Event, Issue
from sentry_twilio.twilio.sender import TwilioSender
from tests.sources.conftest import SECRET

PASSWORD = "correct horse battery"
TOKEN = "0123456789abcdef0123456789abcdef"
NUMBER = "+14155550123"
WEBHOOK = "https://chat.example.com/hooks/s3cr3t"
SOURCES = "/projects/web-shop/settings/sources/"
OPTIONS = {
    "account_sid": "AC" + "a" * 32,
    "auth_token": TOKEN,
    "sms_from": "+15005550006",
    "sms_to": NUMBER,
}


SENDER_KEY = f"twilio:{OPTIONS['account_sid']}:{OPTIONS['sms_from']}"

Browse = Callable[[str], Client]


@dataclass(frozen=True)
class World:
    project: Project
    issue: Issue
    event: Event
    delivery: Delivery
    test: Notification
    invitation: str
    opt_out: OptOut
    trial: FallbackMessage
    source: Source


@pytest.fixture
def people(db: None) -> dict[str, User]:
    make = User.objects.create_user
    people = {name: make(name, password=PASSWORD) for name in ("stranger", "member", "admin")}
    people["superuser"] = User.objects.create_superuser("superuser", password=PASSWORD)
    return people


@pytest.fixture(autouse=True)
def twilio_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """No page asks the real one; some tests have an emulator instead."""

    def check(sender: TwilioSender) -> None:
        raise ApiError("Twilio could not be reached.")

    monkeypatch.setattr(TwilioSender, "check", check)


@pytest.fixture
def project(people: dict[str, User]) -> Project:
    project = create_project("Web shop", people["admin"])
    Membership.objects.create(project=project, user=people["member"])
    return project


@pytest.fixture
def configured(project: Project) -> Project:
    """The project, with Twilio set up."""
    options.installed().set(project, "twilio", OPTIONS)
    return project


@pytest.fixture
def issue(project: Project) -> Issue:
    return make_issue(project)


@pytest.fixture
def world(configured: Project, issue: Issue, people: dict[str, User]) -> World:
    event = Event.objects.create(
        project=configured,
        issue=issue,
        event_id="e" * 32,
        title=issue.title,
        level="error",
        occurred_at=timezone.now(),
        data={"message": issue.title},
    )
    delivery = make_delivery(configured, issue)
    Attempt.objects.create(delivery=delivery, number=1, seconds=0.25, outcome="accepted")
    return World(
        project=configured,
        issue=issue,
        event=event,
        delivery=delivery,
        test=make_delivery(configured, None, State.DELIVERED).notification,
        invitation=invitations.invite(configured, "member", people["admin"]),
        opt_out=OptOut.objects.create(
            sender_key=SENDER_KEY, recipient=NUMBER, source=OptOut.Source.MESSAGE
        ),
        trial=try_fallback(configured),
        source=make_source(configured),
    )


@pytest.fixture
def browser(people: dict[str, User]) -> Browse:
    """`browser("member")` is logged in as that person, `browser("anonymous")` as nobody."""

    def open_browser(who: str) -> Client:
        client = Client()
        if who != "anonymous":
            client.force_login(people[who])
        return client

    return open_browser


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time by which quotas are counted; it stands still until a test moves `now`."""
    clock = SimpleNamespace(now=1_800_000_000.0)
    monkeypatch.setattr(quota, "time", SimpleNamespace(time=lambda: clock.now))
    return clock


def make_source(project: Project) -> Source:
    source = creation.create(project, "sentry")
    source.foreign_projects.create(foreign_id="1", slug="front-end")
    return source


@pytest.fixture
def source(configured: Project) -> Source:
    source = creation.create(configured, "sentry", base_url="https://sentry.example.com")
    vault.store(source, secret=SECRET)
    return source


def source_path(source: Source, more: str = "") -> str:
    return f"{SOURCES}{source.pk}/{more}"


def make_issue(project: Project, title: str = "ValueError: no stock", **fields: object) -> Issue:
    fields.setdefault("fingerprint", f"{project.issues.count():064}")
    return Issue.objects.create(project=project, title=title, **fields)


def make_delivery(
    project: Project, issue: Issue | None, state: str = State.PENDING, **fields: object
) -> Delivery:
    title = issue.title if issue else "A test"
    alert = Alert(
        project=AlertProject.of(project), group=issue.group if issue else "test", title=title
    )
    notification = Notification.objects.create(
        project=project,
        plugin="twilio",
        group=alert.group,
        title=title,
        level="error",
        reason="new" if issue else "test",
        alert=alert.as_json(),
    )
    now = timezone.now()
    values = {
        "recipient": NUMBER,
        "body": f"Sentry [WEB SHOP] ERROR: {title}",
        "created_at": now,
        "expires_at": now + timedelta(hours=1),
    }
    if state == State.DELIVERED:
        values |= {"due_at": None, "finished_at": now, "accepted_at": now, "segments": 1}
    return Delivery.objects.create(
        notification=notification, project=project, plugin="twilio", state=state, **values | fields
    )


def make_digest(project: Project, members: list[Delivery], **fields: object) -> Delivery:
    """A digest that stands for these deliveries, on its way."""
    digest = make_delivery(project, None, lane=Lane.DIGEST, **fields)
    Notification.objects.filter(pk=digest.notification_id).update(
        reason="digest", group="digest", title=f"{len(members)} alerts of 1 issues"
    )
    rows = Delivery.objects.filter(pk__in=[member.pk for member in members])
    rows.update(state=State.DIGESTED, digest=digest, due_at=None, finished_at=timezone.now())
    return digest


def try_fallback(project: Project) -> FallbackMessage:
    """A trial of the fallback, which is an address and a webhook."""
    options.installed().set(
        project, "delivery", {"emails": "oncall@example.com", "webhook": WEBHOOK}
    )
    message = fallback.try_out(project)
    assert message is not None
    return message


def twilio_form(**changes: str) -> dict[str, str]:
    """What the settings form of a new project sends."""
    return {**OPTIONS, "sms_segments": "1", **changes}


def said(response: HttpResponse) -> str:
    """What a person reads on a page: its HTML, unescaped."""
    return html.unescape(response.content.decode())
