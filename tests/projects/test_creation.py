"""What a new project has from its first minute."""

import re

import pytest
from django.db import transaction

from sentry_twilio.projects.creation import create_project, project_created
from sentry_twilio.projects.models import AuditEntry, Project, Role


def test_it_has_a_key_an_admin_and_an_entry_in_the_log(ada):
    project = create_project("My Shop", ada)
    assert project.slug == "my-shop"
    key = project.keys.get()
    assert re.fullmatch("[0-9a-f]{32}", key.public_key)
    assert key.is_active
    assert project.memberships.get().role == Role.ADMIN
    assert list(project.members.all()) == [ada]
    assert AuditEntry.objects.get(project=project).action == "Made the project My Shop"


def test_slugs_that_are_taken_are_numbered(ada):
    names = ["Shop", "Shop", "shop!", "Shop 2", "項目", "項目", "x" * 80, "x" * 80]
    slugs = [create_project(name, ada).slug for name in names]
    assert slugs[:6] == ["shop", "shop-2", "shop-3", "shop-2-2", "project", "project-2"]
    assert slugs[6:] == ["x" * 70, "x" * 70 + "-2"]


def test_a_slug_that_begins_like_another_is_not_taken(ada):
    create_project("Shopping", ada)
    assert create_project("Shop", ada).slug == "shop"


@pytest.mark.django_db(transaction=True)
def test_projects_that_are_made_at_once_get_different_slugs(ada, at_once):
    slugs = at_once(4, lambda _: create_project("Shop", ada).slug)
    assert sorted(map(str, slugs)) == ["shop", "shop-2", "shop-3", "shop-4"]


@pytest.mark.django_db(transaction=True)
def test_other_rooms_take_part_in_the_same_transaction(ada):
    seen = []

    def fail(project, **_):
        seen.append((project.name, transaction.get_connection().in_atomic_block))
        raise RuntimeError

    project_created.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            create_project("Shop", ada)
    finally:
        project_created.disconnect(fail)
    assert seen == [("Shop", True)]
    assert not Project.objects.exists()


def test_a_name_that_is_a_page_of_the_dashboard_gets_another_slug(ada):
    assert create_project("New", ada).slug == "new-2"
