"""The pages about other trackers that report here."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sentry_twilio.projects.creation import create_project
from sentry_twilio.projects.models import AuditEntry, PluginOption, Project
from sentry_twilio.sources import creation, vault
from sentry_twilio.sources.kinds import KINDS
from sentry_twilio.sources.models import Source
from sentry_twilio.sources.processing import process_due
from tests.dashboard.conftest import SOURCES, Browse, said, source_path
from tests.sources import sentry_bodies as bodies
from tests.sources.conftest import Tracker


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
    response = admin.post(f"{SOURCES}new/{kind}/", form, follow=True)
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
    assert browser("admin").get(f"{SOURCES}new/pigeon/").status_code == 404


def test_the_schema_to_paste_is_json_with_the_sources_paths(
    source: Source, browser: Browse
) -> None:
    page = said(browser("admin").get(source_path(source)))
    schema = json.loads(page.split("<pre><code>")[1].split("</code>")[0])
    assert schema["elements"][0]["settings"]["uri"].startswith("/hooks/sentry/")


def test_secrets_are_stored_encrypted_and_never_shown_again(
    source: Source, browser: Browse
) -> None:
    admin = browser("admin")
    form = entered(secret="a client secret", token="an auth token")
    page = said(admin.post(source_path(source), form, follow=True))
    stored = vault.read(source)
    assert (stored["secret"], stored["token"]) == ("a client secret", "an auth token")
    assert "a client secret" not in page
    assert "an auth token" not in page
    assert "stored; leave empty to keep it" in page
    for row in PluginOption.objects.all():
        assert "a client secret" not in row.ciphertext
    admin.post(source_path(source), entered())
    assert vault.read(source)["secret"] == "a client secret"
    assert not AuditEntry.objects.filter(action__contains="a client secret").exists()


@pytest.mark.parametrize(
    "url",
    [
        "sentry.example.com",
        "ftp://x.example",
        "https://a@x.example",
        "http://[",
    ],
)
def test_what_is_no_address_is_refused(url: str, source: Source, browser: Browse) -> None:
    page = said(browser("admin").post(source_path(source), entered(base_url=url)))
    assert "Enter the address as your browser shows it" in page
    source.refresh_from_db()
    assert source.base_url == "https://sentry.example.com"


def test_of_an_address_that_was_copied_from_a_page_the_host_is_kept(
    project: Project, browser: Browse
) -> None:
    address = "http://bugs.example.com:8000/issues/1/?page=2#event"
    browser("admin").post(f"{SOURCES}new/bugsink/", {"name": "Bugs", "base_url": address})
    assert Source.objects.get().base_url == "http://bugs.example.com:8000"


@pytest.mark.parametrize("kind", KINDS)
def test_only_who_reports_an_end_is_asked_whether_to_tell_it(
    kind: str, project: Project, browser: Browse
) -> None:
    page = said(browser("admin").get(f"{SOURCES}new/{kind}/"))
    assert ("Text when it is over" in page) is (kind in ("sentry", "glitchtip", "generic"))


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
    browser("admin").post(source_path(source), entered(name="Changed"))
    source.refresh_from_db()
    assert (source.name, source.calls) == ("Changed", 7)


def test_a_new_url_ends_the_old_one(source: Source, browser: Browse, client: Client) -> None:
    old = creation.url(source)
    tracker = Tracker(client)
    assert tracker.post(source, bodies.installation(), "installation").status_code == 202
    browser("admin").post(source_path(source, "rotate/"))
    assert creation.url(source) != old
    old_path = old.removeprefix("https://alerts.example.com")
    assert client.post(old_path, b"{}", content_type="application/json").status_code == 404
    again = bodies.installation("deleted")
    assert tracker.post(source, again, "installation").status_code == 202


def test_calls_to_the_old_url_are_shown(source: Source, browser: Browse, client: Client) -> None:
    admin = browser("admin")
    old_path = creation.url(source).removeprefix("https://alerts.example.com")
    old_action = old_path + "action/"
    page = said(admin.get(source_path(source)))
    assert "old URL" not in page.partition("A new URL, or an end")[0]
    admin.post(source_path(source, "rotate/"))
    answer = client.post(old_path, b"{}", content_type="application/json")
    assert (answer.status_code, "has a new URL" in answer.json()["detail"]) == (404, True)
    assert client.post(old_action, b"{}", content_type="application/json").status_code == 404
    other = old_path.replace("/hooks/sentry/", "/hooks/bugsink/")
    assert "no such source" in client.post(other, b"{}", "application/json").json()["detail"]
    assert "Called at its old URL 2 times" in said(admin.get(source_path(source)))
    admin.post(source_path(source, "rotate/"))
    assert "Called at its old URL" not in said(admin.get(source_path(source)))


def test_the_old_url_cannot_keep_the_database_busy(
    source: Source, client: Client, settings: Any, clock: SimpleNamespace
) -> None:
    settings.HOOKS_PER_MINUTE = 2
    old_path = creation.url(source).removeprefix("https://alerts.example.com")
    creation.rotate(source)
    for _ in range(4):
        assert client.post(old_path, b"{}", content_type="application/json").status_code == 404
    source.refresh_from_db()
    assert source.old_calls == 2


@pytest.mark.parametrize(
    ("more", "asked"),
    [
        ("rotate/", "The schema of the alert rule action holds the URL too"),
        ("remove/", "This cannot be undone."),
    ],
)
def test_what_cannot_be_undone_is_asked_first(
    more: str, asked: str, source: Source, browser: Browse
) -> None:
    admin = browser("admin")
    assert f'href="{source_path(source, more)}"' in said(admin.get(source_path(source)))
    assert f'action="{source_path(source, more)}"' not in said(admin.get(source_path(source)))
    before = creation.url(source)
    assert asked in said(admin.get(source_path(source, more)))
    assert creation.url(Source.objects.get()) == before


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("sentry", "Enter it in the tracker now and paste the schema again, too."),
        ("generic", "Enter it in the tracker now and sign with the new secret."),
        ("bugsink", "Enter it in the tracker now."),
    ],
)
def test_a_new_url_says_what_else_has_to_be_entered_again(
    kind: str, told: str, configured: Project, browser: Browse
) -> None:
    row = creation.create(configured, kind)
    assert told in said(browser("admin").post(source_path(row, "rotate/"), follow=True))


def test_a_removed_source_takes_its_secrets_along(source: Source, browser: Browse) -> None:
    browser("admin").post(source_path(source, "remove/"))
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
    page = said(admin.get(source_path(source)))
    assert "Not mapped" in page
    assert "1 call waits now." in page
    assert "Foreign" not in page
    page = said(admin.post(source_path(source, f"map/{row.pk}/"), {"to": back.pk}, follow=True))
    assert "1 call that waited is looked at again." in page
    admin.post(source_path(source, f"map/{row.pk}/"), {"to": foreign.pk})
    row.refresh_from_db()
    assert row.project == back
    admin.post(source_path(source, f"map/{row.pk}/"), {"to": "nobody"})
    row.refresh_from_db()
    assert (row.project, row.is_ignored) == (None, True)


def test_what_waits_to_be_mapped_comes_here_once_unmapped_projects_do(
    source: Source, browser: Browse, client: Client
) -> None:
    Source.objects.update(takes_unmapped=False)
    Tracker(client).tell(source, bodies.event_alert(), "event_alert")
    assert source.inbox.get().state == "unmapped"
    browser("admin").post(source_path(source), entered())
    assert process_due() == 0
    browser("admin").post(source_path(source), entered(takes_unmapped="on"))
    assert process_due() == 1
    assert source.inbox.get().state == "done"
