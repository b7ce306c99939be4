from __future__ import annotations

from collections.abc import Callable

import pytest

from sentry_twilio.delivery.models import Halt
from sentry_twilio.projects.models import Project, Role
from tests.dashboard.conftest import Browse, make_issue, said


def test_it_shows_people_only_their_projects(project: Project, browser: Browse) -> None:
    assert "Web shop" in said(browser("member").get("/"))
    assert "Web shop" in said(browser("superuser").get("/"))
    assert "Web shop" not in said(browser("stranger").get("/"))


def test_it_leads_somebody_without_projects_to_the_first(project: object, browser: Browse) -> None:
    assert 'href="/projects/new/"' in said(browser("stranger").get("/"))


def test_it_makes_a_project_and_shows_its_dsn(people: object, browser: Browse) -> None:
    response = browser("stranger").post("/projects/new/", {"name": "Café"}, follow=True)
    project = Project.objects.get(name="Café")
    assert response.redirect_chain == [(f"/projects/{project.slug}/start/", 302)]
    assert f"https://{project.keys.get().public_key}@alerts.example.com/{project.pk}" in said(
        response
    )
    assert project.memberships.get().role == Role.ADMIN


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_it_refuses_a_name_that_is_none(name: str, people: object, browser: Browse) -> None:
    response = browser("stranger").post("/projects/new/", {"name": name})
    assert response.context["form"].errors["name"]
    assert not Project.objects.exists()


def test_it_counts_what_is_unresolved(project: Project, browser: Browse) -> None:
    make_issue(project)
    make_issue(project)
    make_issue(project, status="resolved")
    [row] = browser("member").get("/").context["projects"]
    assert row.unresolved == 2


def test_it_asks_as_much_for_many_projects_as_for_one(
    project: Project, browser: Browse, django_assert_num_queries: Callable
) -> None:
    client = browser("member")
    for number in range(5):
        other = Project.objects.create(name=f"P{number}", slug=f"p{number}")
        other.memberships.create(user=project.memberships.get(role="member").user)
        make_issue(other)
    with django_assert_num_queries(4):  # session, user, projects, workers
        client.get("/")


def test_it_marks_a_project_that_sends_nothing(project: Project, browser: Browse) -> None:
    assert "Sends nothing" not in said(browser("member").get("/"))
    Halt.objects.create(project=project, plugin="twilio", reason="The token is wrong.")
    assert "Sends nothing" in said(browser("member").get("/"))
