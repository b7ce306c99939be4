"""Who sees and changes what."""

import pytest
from django.contrib.auth.models import AnonymousUser, User

from sentry_twilio.projects.access import is_admin, record, visible_to
from sentry_twilio.projects.creation import create_project
from sentry_twilio.projects.models import AuditEntry, Membership, Role


@pytest.fixture
def blog(bob):
    return create_project("Blog", bob)


@pytest.fixture
def root(db):
    return User.objects.create_superuser("root")


def test_members_see_their_own_projects(shop, blog, ada, bob):
    assert list(visible_to(ada)) == [shop]
    Membership.objects.create(project=shop, user=bob)
    assert list(visible_to(bob)) == [blog, shop]


def test_the_instances_admins_see_everything(shop, blog, root):
    assert list(visible_to(root)) == [blog, shop]
    assert is_admin(root, shop)


def test_nobody_sees_nothing(shop):
    assert list(visible_to(AnonymousUser())) == []
    assert not is_admin(AnonymousUser(), shop)


def test_only_a_projects_admins_change_it(shop, blog, ada, bob):
    membership = Membership.objects.create(project=shop, user=bob, role=Role.MEMBER)
    assert is_admin(ada, shop)
    assert not is_admin(ada, blog)
    assert not is_admin(bob, shop)
    membership.role = Role.ADMIN
    membership.save()
    assert is_admin(bob, shop)


@pytest.mark.parametrize(("by", "actor"), [("ada", "ada"), (None, "system"), ("?", "system")])
def test_it_is_written_down_who_did_what(shop, ada, by, actor):
    user = {"ada": ada, "?": AnonymousUser()}.get(by)
    record(user, "Changed the text" + "!" * 300, shop)
    entry = AuditEntry.objects.first()
    assert (entry.actor, entry.project) == (actor, shop)
    assert entry.user == (ada if actor == "ada" else None)
    assert entry.action.startswith("Changed the text!")
    assert len(entry.action) == 200


def test_what_was_written_down_outlives_the_person(shop, ada):
    record(ada, "Changed the text", shop)
    ada.delete()
    entry = AuditEntry.objects.first()
    assert (entry.user, entry.actor) == (None, "ada")
