from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from sentry_twilio.projects.models import Project
from tests.dashboard.conftest import Browse, make_issue, said

LIST = "/projects/web-shop/"


def titles(response) -> list[str]:
    return [issue.title for issue in response.context["page"]]


@pytest.fixture
def three(project: Project) -> None:
    now = timezone.now()
    make_issue(project, "Old", last_seen=now - timedelta(days=1))
    make_issue(project, "Fresh", last_seen=now)
    make_issue(project, "Mended", status="resolved", last_seen=now - timedelta(hours=1))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Fresh", "Old"]),
        ("?status=resolved", ["Mended"]),
        ("?status=muted", []),
        ("?status=all", ["Fresh", "Mended", "Old"]),
        ("?status=nonsense", ["Fresh", "Old"]),
        ("?q=fRe", ["Fresh"]),
        ("?status=all&q=e", ["Fresh", "Mended"]),
        ("?q=%25", []),  # a sign, not a wildcard
        ("?page=nonsense", ["Fresh", "Old"]),
        ("?page=99", ["Fresh", "Old"]),
    ],
)
def test_it_filters_and_puts_the_last_seen_first(
    query: str, expected: list[str], three: None, browser: Browse
) -> None:
    assert titles(browser("member").get(LIST + query)) == expected


def test_it_shows_fifty_a_page_and_keeps_the_filter(project: Project, browser: Browse) -> None:
    for number in range(51):
        make_issue(project, f"Bug {number}")
    first = browser("member").get(f"{LIST}?q=bug")
    assert len(titles(first)) == 50
    assert "?q=bug&page=2" in said(first)
    assert len(titles(browser("member").get(f"{LIST}?q=bug&page=2"))) == 1


def test_it_shows_nothing_of_other_projects(project: Project, browser: Browse) -> None:
    make_issue(Project.objects.create(name="Other", slug="other"), "Secret")
    assert "Secret" not in said(browser("member").get(LIST))


def test_it_escapes_titles(project: Project, browser: Browse) -> None:
    make_issue(project, "<script>alert(1)</script>", culprit="<b>here</b>")
    html = browser("member").get(LIST).content.decode()
    assert "<script>alert" not in html
    assert "<b>here" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_it_leads_an_empty_project_to_its_set_up(project: Project, browser: Browse) -> None:
    assert "/projects/web-shop/start/" in said(browser("admin").get(LIST))
    assert "An admin of the project has the lines" in said(browser("member").get(LIST))


def test_it_warns_when_nobody_is_told(three: None, browser: Browse, project: Project) -> None:
    assert "Nobody gets a text message" in said(browser("member").get(LIST))


def test_it_does_not_warn_when_somebody_is(three: None, browser: Browse, configured) -> None:
    assert "Nobody gets a text message" not in said(browser("member").get(LIST))


def test_it_asks_as_much_for_many_issues_as_for_one(
    configured: Project, browser: Browse, django_assert_num_queries: Callable
) -> None:
    client = browser("member")
    for number in range(30):
        make_issue(configured, f"Bug {number}")
    # session, user, project, role, count, issues, options, halts
    with django_assert_num_queries(9):
        client.get(LIST)
