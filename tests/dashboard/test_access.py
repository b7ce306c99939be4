"""Who gets what from every address: one row each, and none may be missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from sentry_twilio.dashboard import urls
from sentry_twilio.projects.creation import create_project
from sentry_twilio.projects.models import Membership
from tests.dashboard.conftest import World

PEOPLE = ("anonymous", "stranger", "member", "admin", "superuser")
NOT_ALLOWED = 405


@dataclass(frozen=True)
class Page:
    """Who is let in, and what those get for a GET and for an empty POST."""

    audience: Literal["everybody", "users", "members", "admins"]
    get: int = NOT_ALLOWED
    post: int = NOT_ALLOWED


PAGES = {
    "setup": Page("everybody", get=302, post=302),  # there is an account
    "login": Page("everybody", get=200, post=200),
    "logout": Page("users", post=302),
    "password": Page("users", get=200, post=200),
    "invitation": Page("everybody", get=200, post=200),
    "project-list": Page("users", get=200),
    "project-new": Page("users", get=200, post=200),
    "issue-list": Page("members", get=200),
    "project-start": Page("admins", get=200),
    "first-event": Page("admins", get=200),
    "issue": Page("members", get=200),
    "issue-change": Page("members", post=400),
    "issue-upstream": Page("members", post=400),
    "event": Page("members", get=200),
    "event-json": Page("admins", get=200),
    "delivery-list": Page("members", get=200),
    "delivery": Page("members", get=200),
    "digest": Page("members", get=302),
    "project-settings": Page("admins", get=200, post=200),
    "project-delete": Page("admins", get=200, post=200),
    "project-log": Page("admins", get=200),
    "delivery-settings": Page("admins", get=200, post=200),
    "fallback-trial": Page("admins", post=302),
    "fallback-trial-result": Page("admins", get=200),
    "key-list": Page("admins", get=200),
    "key-new": Page("admins", get=200, post=200),
    "key": Page("admins", get=200, post=200),
    "rule-list": Page("admins", get=200),
    "rule-new": Page("admins", get=200, post=200),
    "rule": Page("admins", get=200, post=200),
    "rule-snooze": Page("admins", post=302),
    "rule-delete": Page("admins", post=302),
    "source-list": Page("admins", get=200),
    "source-new": Page("admins", get=200, post=200),
    "source": Page("admins", get=200, post=200),
    "source-called": Page("admins", get=200),
    "source-rotate": Page("admins", get=200, post=302),
    "source-remove": Page("admins", get=200, post=302),
    "source-map": Page("admins", post=302),
    "group-list": Page("admins", get=200, post=200),
    "group-remove": Page("admins", post=302),
    "member-list": Page("admins", get=200),
    "member-invite": Page("admins", post=200),
    "member-uninvite": Page("admins", post=302),
    "member-role": Page("admins", post=302),
    "member-remove": Page("admins", post=302),
    "plugin-list": Page("admins", get=200),
    "plugin": Page("admins", get=200, post=200),
    "plugin-switch": Page("admins", post=302),
    "halt-lift": Page("admins", post=302),
    "opt-out-retry": Page("admins", post=302),
    "plugin-test": Page("admins", post=302),
    "plugin-test-result": Page("admins", get=200),
}
INSIDERS = {"member", "admin", "superuser"}


def expected(name: str, who: str, method: str) -> int:
    page = PAGES[name]
    answer = page.get if method == "get" else page.post
    if who == "anonymous" and page.audience != "everybody":
        return 302
    if name in ("login", "invitation") and who != "anonymous":
        # Already logged in: sent on; and an invitation is accepted at once.
        return 200 if name == "invitation" and method == "get" else 302
    if answer == NOT_ALLOWED:
        return NOT_ALLOWED
    if page.audience in ("members", "admins") and who not in INSIDERS | {"anonymous"}:
        return 404
    if page.audience == "admins" and who == "member":
        return 403
    return answer


@pytest.fixture
def address(world: World) -> Callable[[str], str]:
    values = {
        "slug": world.project.slug,
        "token": world.invitation,
        "invitation_id": world.project.invitations.get().pk,
        "issue_id": world.issue.pk,
        "event_id": world.event.event_id,
        "delivery_id": world.delivery.pk,
        "key_id": world.project.keys.get().pk,
        "rule_id": world.project.rules.get().pk,
        "membership_id": world.project.memberships.get(role="member").pk,
        "plugin_slug": "twilio",
        "notification_id": world.test.pk,
        "message_id": world.trial.pk,
        "opt_out_id": world.opt_out.pk,
        "kind": "bugsink",
        "source_id": world.source.pk,
        "foreign_id": world.source.foreign_projects.get().pk,
    }
    arguments = {pattern.name: names for pattern, names in patterns(urls.urlpatterns)}

    def build(name: str) -> str:
        return reverse(name, kwargs={key: values[key] for key in arguments[name]})

    return build


def patterns(
    entries: Iterable[URLPattern | URLResolver], outer: frozenset[str] = frozenset()
) -> Iterator[tuple[URLPattern, frozenset[str]]]:
    for entry in entries:
        names = outer | entry.pattern.converters.keys()
        if isinstance(entry, URLResolver):
            yield from patterns(entry.url_patterns, names)
        else:
            yield entry, names


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_it_has_a_row_for_every_address() -> None:
    assert {pattern.name for pattern, _ in patterns(urls.urlpatterns)} == PAGES.keys()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", PAGES)
def test_it_lets_in_whom_the_table_names(
    name: str,
    method: str,
    address: Callable[[str], str],
    browser: Callable[[str], Client],
) -> None:
    answers = {}
    for who in PEOPLE:
        with undone():
            answers[who] = getattr(browser(who), method)(address(name)).status_code
    assert answers == {who: expected(name, who, method) for who in PEOPLE}


@pytest.mark.parametrize(
    "name", [name for name, page in PAGES.items() if page.audience != "everybody"]
)
def test_it_sends_strangers_to_the_log_in(
    name: str, address: Callable[[str], str], client: Client
) -> None:
    response = client.get(address(name))
    assert response.headers["Location"] == f"/login/?next={address(name)}"


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if page.post != NOT_ALLOWED])
def test_it_wants_the_forms_token_with_every_change(
    name: str, address: Callable[[str], str], people: dict[str, User]
) -> None:
    client = Client(enforce_csrf_checks=True)
    if PAGES[name].audience != "everybody":
        client.force_login(people["admin"])
    response = client.post(address(name))
    assert response.status_code == 403
    assert "Nothing was changed" in response.content.decode()


@pytest.mark.parametrize(
    "name",
    [
        "issue",
        "delivery",
        "key",
        "rule",
        "plugin-test-result",
        "fallback-trial-result",
        "opt-out-retry",
        "member-role",
        "source",
    ],
)
def test_it_does_not_reach_rows_of_another_project(
    name: str,
    address: Callable[[str], str],
    browser: Callable[[str], Client],
    people: dict[str, User],
) -> None:
    other = create_project("Other", people["stranger"])
    path = address(name).replace("/web-shop/", f"/{other.slug}/")
    if name == "member-role":
        before = list(Membership.objects.values("pk", "role"))
        response = browser("stranger").post(path, {"role": "admin"}, follow=True)
        assert "no longer a member" in response.content.decode()
        assert list(Membership.objects.values("pk", "role")) == before
    elif name == "opt-out-retry":
        assert browser("stranger").post(path).status_code == 404
    else:
        assert browser("stranger").get(path).status_code == 404


def test_it_tells_a_member_who_may_change_settings(
    project: object, browser: Callable[[str], Client]
) -> None:
    response = browser("member").get("/projects/web-shop/settings/")
    assert "Only admins of Web shop" in response.content.decode()
    assert "/settings/" not in browser("member").get("/projects/web-shop/").content.decode()
