"""The pages about other trackers that report here."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sentry_twilio.dashboard.views.sources import CALLS_SHOWN
from sentry_twilio.projects.creation import create_project
from sentry_twilio.projects.models import AuditEntry, PluginOption, Project
from sentry_twilio.sources import creation, groups, vault
from sentry_twilio.sources.kinds import KINDS
from sentry_twilio.sources.models import Source
from tests.dashboard.conftest import Browse, said
from tests.sources import sentry_bodies as bodies
from tests.sources.conftest import SECRET, Tracker

BASE = "/projects/web-shop/settings/sources/"


@pytest.fixture
def source(configured: Project) -> Source:
    source = creation.create(configured, "sentry", base_url="https://sentry.example.com")
    vault.store(source, secret=SECRET)
    return source


def path(source: Source, more: str = "") -> str:
    return f"{BASE}{source.pk}/{more}"


def entered(**changes: str) -> dict[str, str]:
    """What the form of a Sentry source sends."""
    return {
        "name": "Sentry at work",
        "base_url": "https://sentry.example.com",
        "organization": "acme",
        "tells_over": "always",
        "secret": "",
        "token": "",
        **changes,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_made_and_shows_its_url_and_steps(
    kind: str, project: Project, browser: Browse
) -> None:
    admin = browser("admin")
    form = entered(is_signed="on", base_url="https://bugs.example.com")
    response = admin.post(f"{BASE}new/{kind}/", form, follow=True)
    source = Source.objects.get()
    assert (source.kind, source.name) == (kind, "Sentry at work")
    page = said(response)
    key = vault.read(source)["key"]
    assert f"https://alerts.example.com/hooks/{kind}/{key}/" in page
    assert "Waiting for the first call" in page
    assert ("must be signed as well" in page) is (KINDS[kind].verify is not None)
    if KINDS[kind].makes_own_secret:
        assert vault.read(source)["secret"] in page


def test_an_unknown_kind_is_a_404(project: Project, browser: Browse) -> None:
    assert browser("admin").get(f"{BASE}new/pigeon/").status_code == 404


def test_the_schema_to_paste_is_json_with_the_sources_paths(
    source: Source, browser: Browse
) -> None:
    page = said(browser("admin").get(path(source)))
    schema = json.loads(page.split("<pre><code>")[1].split("</code>")[0])
    assert schema["elements"][0]["settings"]["uri"].startswith("/hooks/sentry/")


def test_secrets_are_stored_encrypted_and_never_shown_again(
    source: Source, browser: Browse
) -> None:
    admin = browser("admin")
    form = entered(secret="a client secret", token="an auth token")
    page = said(admin.post(path(source), form, follow=True))
    stored = vault.read(source)
    assert (stored["secret"], stored["token"]) == ("a client secret", "an auth token")
    assert "a client secret" not in page
    assert "an auth token" not in page
    assert "stored; leave empty to keep it" in page
    for row in PluginOption.objects.all():
        assert "a client secret" not in row.ciphertext
    admin.post(path(source), entered())
    assert vault.read(source)["secret"] == "a client secret"
    assert not AuditEntry.objects.filter(action__contains="a client secret").exists()


@pytest.mark.parametrize(
    "url",
    [
        "sentry.example.com",
        "ftp://x.example",
        "https://a@x.example",
        "https://x.example/a",
        "http://[",
    ],
)
def test_an_address_is_scheme_and_host(url: str, source: Source, browser: Browse) -> None:
    page = said(browser("admin").post(path(source), entered(base_url=url)))
    assert "Enter scheme and host, and no more" in page
    source.refresh_from_db()
    assert source.base_url == "https://sentry.example.com"


def test_saving_does_not_undo_what_was_counted_meanwhile(
    source: Source, browser: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sentry_twilio.dashboard.views import sources

    real = sources._find

    def find(*args: object) -> Source:
        row = real(*args)  # type: ignore[arg-type]
        Source.objects.update(calls=7)
        return row

    monkeypatch.setattr(sources, "_find", find)
    browser("admin").post(path(source), entered(name="Changed"))
    source.refresh_from_db()
    assert (source.name, source.calls) == ("Changed", 7)


def test_waiting_turns_into_it_came(source: Source, browser: Browse, client: Client) -> None:
    admin = browser("admin")
    part = said(admin.get(path(source, "called/")))
    assert "Waiting for the first call" in part
    assert "data-poll" in part
    Tracker(client).tell(source, bodies.installation(), "installation")
    part = said(admin.get(path(source, "called/")))
    assert "It came." in part
    assert "data-poll" not in part
    assert "installation.created: 1" in said(admin.get(path(source)))


def test_a_bad_call_is_shown_while_it_waits(
    source: Source, browser: Browse, client: Client
) -> None:
    Tracker(client).post(source, b"{}", **{"Sentry-Hook-Signature": "wrong"})
    assert "The signature is wrong." in said(browser("admin").get(path(source, "called/")))
    assert "The signature is wrong." in said(browser("admin").get(BASE))


def test_a_new_url_ends_the_old_one(source: Source, browser: Browse, client: Client) -> None:
    old = creation.url(source)
    tracker = Tracker(client)
    assert tracker.post(source, bodies.installation(), "installation").status_code == 202
    browser("admin").post(path(source, "rotate/"))
    assert creation.url(source) != old
    old_path = old.removeprefix("https://alerts.example.com")
    assert client.post(old_path, b"{}", content_type="application/json").status_code == 404
    again = bodies.installation("deleted")
    assert tracker.post(source, again, "installation").status_code == 202


def test_a_removed_source_takes_its_secrets_along(source: Source, browser: Browse) -> None:
    browser("admin").post(path(source, "remove/"))
    assert not Source.objects.exists()
    assert not PluginOption.objects.filter(conf_key__startswith="source:").exists()


def test_a_project_of_the_tracker_is_mapped(
    source: Source, browser: Browse, people: dict[str, User], client: Client
) -> None:
    back = create_project("Back office", people["admin"])
    foreign = create_project("Foreign", people["stranger"])
    Source.objects.update(takes_unmapped=False)
    Tracker(client).tell(source, bodies.event_alert(), "event_alert")
    row = source.foreign_projects.get()
    admin = browser("admin")
    page = said(admin.get(path(source)))
    assert "Not mapped" in page
    assert "1 call waits now." in page
    assert "Foreign" not in page
    page = said(admin.post(path(source, f"map/{row.pk}/"), {"to": back.pk}, follow=True))
    assert "1 call that waited is looked at again." in page
    admin.post(path(source, f"map/{row.pk}/"), {"to": foreign.pk})
    row.refresh_from_db()
    assert row.project == back
    admin.post(path(source, f"map/{row.pk}/"), {"to": "nobody"})
    row.refresh_from_db()
    assert (row.project, row.is_ignored) == (None, True)


def test_no_more_than_the_newest_calls_are_shown(
    source: Source, browser: Browse, client: Client
) -> None:
    tracker = Tracker(client)
    for number in range(CALLS_SHOWN + 2):
        tracker.tell(source, bodies.envelope("created", {"n": number}), "comment")
    page = said(browser("admin").get(path(source)))
    assert page.count("comment.created is no alert") == CALLS_SHOWN


def test_a_group_is_made_and_removed(configured: Project, browser: Browse) -> None:
    admin = browser("admin")
    base = "/projects/web-shop/settings/groups/"
    entered = {"what": "recipients", "name": "Nights", "value": "(415) 555-0124"}
    assert "“Nights” can be chosen now." in said(admin.post(base, entered, follow=True))
    assert groups.read(configured, "recipients") == {"Nights": "(415) 555-0124"}
    page = said(admin.post(base, {**entered, "value": "911"}))
    assert "911 is not a valid phone number." in page
    admin.post(f"{base}remove/", {"what": "recipients", "name": "Nights"})
    assert groups.read(configured, "recipients") == {}
