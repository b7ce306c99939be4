from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from sentry_twilio.projects.models import AuditEntry, Project
from sentry_twilio.tracker.models import Event, Issue
from tests.dashboard.conftest import NUMBER, Browse, make_delivery, make_digest, make_issue, said

CRASH = {
    "platform": "python",
    "exception": {
        "values": [
            {
                "type": "ValueError",
                "value": "<i>no stock</i>",
                "stacktrace": {
                    "frames": [
                        {"filename": "outer.py", "function": "serve", "lineno": 1, "in_app": True},
                        {"filename": "library.py", "function": "call", "lineno": 2},
                        {
                            "filename": "inner.py",
                            "function": "sell",
                            "lineno": 3,
                            "in_app": True,
                            "context_line": "    raise ValueError(stock)",
                            "vars": {"stock": "<b>0</b>", "password": "hunter2"},
                        },
                    ]
                },
            }
        ]
    },
    "tags": {"server": "web-1"},
    "request": {"method": "POST", "url": "https://shop.example.com/buy"},
    "breadcrumbs": {"values": [{"category": "query", "message": "SELECT 1"}]},
}


def add_event(issue: Issue, event_id: str, data: object = CRASH) -> Event:
    return Event.objects.create(
        project=issue.project,
        issue=issue,
        event_id=event_id,
        title=issue.title,
        level="error",
        occurred_at=timezone.now(),
        data=data,
    )


def path(issue: Issue) -> str:
    return f"/projects/web-shop/issues/{issue.pk}/"


def test_it_shows_the_stack_with_the_innermost_call_first(issue: Issue, browser: Browse) -> None:
    add_event(issue, "a" * 32)
    text = said(browser("member").get(path(issue)))
    assert text.index("inner.py:3") < text.index("library.py:2") < text.index("outer.py:1")
    assert "raise ValueError(stock)" in text
    for part in ("web-1", "POST", "https://shop.example.com/buy", "SELECT 1"):
        assert part in text


def test_it_folds_the_calls_of_libraries(issue: Issue, browser: Browse) -> None:
    add_event(issue, "a" * 32)
    html = browser("member").get(path(issue)).content.decode()
    assert html.count('<details class="frame ours" open>') == 2
    assert html.count('<details class="frame">') == 1


def test_it_escapes_what_came_from_outside_and_hides_secrets(issue: Issue, browser: Browse) -> None:
    add_event(issue, "a" * 32)
    html = browser("member").get(path(issue)).content.decode()
    assert "<i>no stock" not in html
    assert "<b>0</b>" not in html
    assert "hunter2" not in html


@pytest.mark.parametrize(
    "data", [[], "text", 7, {"exception": 1}, {"exception": {"values": [None, {}]}}]
)
def test_it_survives_any_event(data: object, issue: Issue, browser: Browse) -> None:
    add_event(issue, "a" * 32, data)
    assert browser("member").get(path(issue)).status_code == 200


def test_it_says_so_when_no_event_is_kept(issue: Issue, browser: Browse) -> None:
    assert "No event of this issue is kept" in said(browser("member").get(path(issue)))


def test_it_walks_from_event_to_event(issue: Issue, browser: Browse) -> None:
    for letter in "abc":
        add_event(issue, letter * 32)
    newest = browser("member").get(path(issue)).context
    assert (newest["event"].event_id, newest["older"], newest["newer"]) == (
        "c" * 32,
        "b" * 32,
        None,
    )
    middle = browser("member").get(f"{path(issue)}events/{'b' * 32}/").context
    assert (middle["older"], middle["newer"]) == ("a" * 32, "c" * 32)
    assert browser("member").get(f"{path(issue)}events/{'f' * 32}/").status_code == 404


def test_it_gives_admins_the_event_as_it_came(issue: Issue, browser: Browse) -> None:
    add_event(issue, "a" * 32)
    response = browser("admin").get(f"{path(issue)}events/{'a' * 32}/json/")
    assert json.loads(response.content) == CRASH
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "/json/" not in said(browser("member").get(path(issue)))


def test_it_lists_only_the_texts_of_this_issue(
    project: Project, issue: Issue, browser: Browse
) -> None:
    mine = make_delivery(project, issue)
    make_delivery(project, make_issue(project, "Another"))
    shown = browser("admin").get(path(issue)).context["texts"]
    assert [delivery.row for delivery in shown] == [mine]


def test_it_lists_what_was_not_sent_and_the_digest_that_stood_for_it(
    project: Project, issue: Issue, browser: Browse
) -> None:
    make_delivery(project, issue, "suppressed", reason=f"The rule is off, and so is {NUMBER}.")
    digest = make_digest(project, [make_delivery(project, issue)])
    page = said(browser("member").get(path(issue)))
    assert "Not sent on purpose" in page
    assert "The rule is off, and so is ••••••••••23." in page
    assert "In a digest" in page
    assert f'href="/projects/web-shop/deliveries/{digest.pk}/"' in page


def test_it_shows_members_masked_numbers(project: Project, issue: Issue, browser: Browse) -> None:
    make_delivery(project, issue)
    assert NUMBER not in said(browser("member").get(path(issue)))
    assert "••••23" in said(browser("member").get(path(issue)))
    assert NUMBER in said(browser("admin").get(path(issue)))


@pytest.mark.parametrize(
    ("before", "posted", "after"),
    [
        ("unresolved", {"action": "resolve"}, "resolved"),
        ("resolved", {"action": "unresolve"}, "unresolved"),
        ("unresolved", {"action": "mute", "for": "forever"}, "muted"),
        ("muted", {"action": "unmute"}, "unresolved"),
        ("muted", {"action": "resolve"}, "resolved"),
    ],
)
def test_it_changes_the_status_and_records_who_did(
    before: str, posted: dict[str, str], after: str, project: Project, browser: Browse
) -> None:
    issue = make_issue(project, status=before)
    response = browser("member").post(f"{path(issue)}change/", posted, follow=True)
    issue.refresh_from_db()
    assert issue.status == after
    assert response.redirect_chain == [(path(issue), 302)]
    assert AuditEntry.objects.first().actor == "member"


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("hour", timedelta(hours=1)),
        ("day", timedelta(days=1)),
        ("week", timedelta(weeks=1)),
        ("forever", None),
    ],
)
def test_it_mutes_for_as_long_as_the_button_says(
    span: str, expected: timedelta | None, issue: Issue, browser: Browse
) -> None:
    browser("member").post(f"{path(issue)}change/", {"action": "mute", "for": span})
    issue.refresh_from_db()
    if expected is None:
        assert issue.muted_until is None
    else:
        assert abs(issue.muted_until - timezone.now() - expected) < timedelta(minutes=1)


@pytest.mark.parametrize("posted", [{}, {"action": "explode"}, {"action": "mute", "for": "never"}])
def test_it_refuses_actions_that_do_not_exist(
    posted: dict[str, str], issue: Issue, browser: Browse
) -> None:
    assert browser("member").post(f"{path(issue)}change/", posted).status_code == 400
    issue.refresh_from_db()
    assert issue.status == "unresolved"


def test_it_asks_as_much_for_many_texts_as_for_one(
    project: Project, issue: Issue, browser: Browse, django_assert_num_queries: Callable
) -> None:
    client = browser("member")
    add_event(issue, "a" * 32)
    for _ in range(8):
        make_delivery(project, issue)
    # session, user, project, role, issue, event, older, newer, texts, halts, origin
    with django_assert_num_queries(12):
        client.get(path(issue))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "When it was new, text messages were not set up yet"),
        ({"status": "muted"}, "It is muted, so nobody is told"),
        ({"status": "muted", "muted_until": timezone.now() - timedelta(hours=1)}, ""),
        ({"status": "resolved"}, ""),
    ],
)
def test_it_says_why_no_text_was_sent_where_that_is_known(
    fields: dict[str, object], reason: str, configured: Project, browser: Browse
) -> None:
    page = said(browser("member").get(path(make_issue(configured, **fields))))
    _, _, after = page.partition("No text message was sent for this issue.")
    why = after.partition("</p>")[0].strip()
    assert why.startswith(reason)
    assert bool(why) is bool(reason)


def test_it_says_that_no_plugin_is_on_and_leads_admins_to_them(
    issue: Issue, browser: Browse
) -> None:
    link = '<a href="/projects/web-shop/plugins/">Set one up</a>'
    admin, member = (said(browser(who).get(path(issue))) for who in ("admin", "member"))
    assert link in admin
    assert link not in member
    assert "No plugin is set up and on" in member


def test_the_texts_are_counted_by_what_became_of_them(
    project: Project, issue: Issue, browser: Browse
) -> None:
    for state in ("delivered", "delivered", "suppressed"):
        make_delivery(project, issue, state)
    assert browser("member").get(path(issue)).context["text_states"] == [
        ("quiet", "Not sent on purpose", 1),
        ("good", "Delivered", 2),
    ]
