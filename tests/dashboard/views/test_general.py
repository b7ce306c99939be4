from __future__ import annotations

from collections.abc import Callable

import pytest

from sentry_twilio.projects.access import record
from sentry_twilio.projects.models import AuditEntry, Project
from tests.dashboard.conftest import Browse, World, said

SETTINGS = "/projects/web-shop/settings/"


def test_it_changes_name_and_limit_and_records_it(project: Project, browser: Browse) -> None:
    browser("admin").post(SETTINGS, {"name": "Shop", "event_limit": "5"})
    project.refresh_from_db()
    assert (project.name, project.event_limit, project.slug) == ("Shop", 5, "web-shop")
    entry = project.audit_entries.first()
    assert (entry.actor, entry.action) == ("admin", "Changed the project's name or limit")


@pytest.mark.parametrize(
    ("posted", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "Shop", "event_limit": "-1"}, "event_limit"),
        ({"name": "Shop", "event_limit": "many"}, "event_limit"),
        ({"name": "Shop", "event_limit": "9" * 30}, "event_limit"),
    ],
)
def test_it_shows_a_mistake_beside_its_field_and_saves_nothing(
    posted: dict[str, str], field: str, project: Project, browser: Browse
) -> None:
    response = browser("admin").post(SETTINGS, posted)
    assert set(response.context["form"].errors) == {field}
    assert f'id="id_{field}_error"' in said(response)
    project.refresh_from_db()
    assert (project.name, project.event_limit) == ("Web shop", None)
    assert "Settings · Web shop" in said(response)


def test_it_deletes_a_project_whose_name_was_typed(world: World, browser: Browse) -> None:
    response = browser("admin").post(f"{SETTINGS}delete/", {"name": "Web shop"}, follow=True)
    assert not Project.objects.exists()
    assert "everything that belonged to it is deleted" in said(response)
    assert AuditEntry.objects.get().action == "Deleted the project Web shop"


@pytest.mark.parametrize("typed", ["", "web shop", "Other"])
def test_it_deletes_nothing_for_another_name(typed: str, project: Project, browser: Browse) -> None:
    response = browser("admin").post(f"{SETTINGS}delete/", {"name": typed})
    assert response.context["form"].errors["name"]
    assert Project.objects.exists()


def test_it_shows_the_log_of_this_project_only(project: Project, browser: Browse) -> None:
    record(None, "Did <b>something</b>", project)
    record(None, "Elsewhere", Project.objects.create(name="Other", slug="other"))
    html = browser("admin").get(f"{SETTINGS}log/").content.decode()
    assert "Did &lt;b&gt;something" in html
    assert "Elsewhere" not in html


def test_it_asks_as_much_for_a_long_log_as_for_a_short_one(
    project: Project, browser: Browse, django_assert_num_queries: Callable
) -> None:
    client = browser("admin")
    for number in range(20):
        record(project.members.first(), f"Change {number}", project)
    # Session, user, project, role, count, entries, halts, workers.
    with django_assert_num_queries(8):
        client.get(f"{SETTINGS}log/")
