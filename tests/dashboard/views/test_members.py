from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sentry_twilio.projects import invitations
from sentry_twilio.projects.creation import create_project
from sentry_twilio.projects.models import Invitation, Membership, Project
from tests.dashboard.conftest import Browse, said

MEMBERS = "/projects/web-shop/settings/members/"


def membership(name: str) -> Membership:
    return Membership.objects.get(user__username=name)


def test_it_shows_an_invitations_link_once_and_the_link_works(
    project: Project, browser: Browse, client: Client
) -> None:
    admin = browser("admin")
    text = said(admin.post(f"{MEMBERS}invite/", {"role": "admin"}))
    link = re.search(r"https://alerts\.example\.com(/invite/[\w-]+/)", text)
    assert link is not None
    assert Invitation.objects.get().role == "admin"
    assert client.get(link[1]).status_code == 200
    assert "/invite/" not in said(admin.get(MEMBERS)).replace(f"{MEMBERS}invite/", "")
    assert "Open invitations" in said(admin.get(MEMBERS))


def test_it_withdraws_an_open_invitation(
    project: Project, people: dict[str, User], browser: Browse, client: Client
) -> None:
    token = invitations.invite(project, "admin", people["admin"])
    path = f"{MEMBERS}invite/{Invitation.objects.get().pk}/withdraw/"
    browser("admin").post(path)
    assert client.get(f"/invite/{token}/").status_code == 404
    assert project.audit_entries.first().action == "Withdrew an invitation"
    assert "not open any more" in said(browser("admin").post(path, follow=True))


def test_it_withdraws_no_invitation_of_another_project(
    project: Project, people: dict[str, User], browser: Browse
) -> None:
    create_project("Other", people["stranger"])
    invitations.invite(project, "admin", people["admin"])
    path = f"{MEMBERS}invite/{Invitation.objects.get().pk}/withdraw/"
    browser("stranger").post(path.replace("web-shop", "other"))
    assert Invitation.objects.exists()


def test_it_invites_to_no_role_that_does_not_exist(project: Project, browser: Browse) -> None:
    response = browser("admin").post(f"{MEMBERS}invite/", {"role": "owner"})
    assert response.context["form"].errors["role"]
    assert not Invitation.objects.exists()


def test_it_changes_a_role_and_records_it(project: Project, browser: Browse) -> None:
    browser("admin").post(f"{MEMBERS}{membership('member').pk}/role/", {"role": "admin"})
    assert membership("member").role == "admin"
    assert project.audit_entries.first().action == "Made member an admin"


def test_it_knows_no_other_roles(project: Project, browser: Browse) -> None:
    path = f"{MEMBERS}{membership('member').pk}/role/"
    response = browser("admin").post(path, {"role": "owner"}, follow=True)
    assert "does not exist" in said(response)
    assert membership("member").role == "member"


def test_it_removes_a_member(project: Project, browser: Browse) -> None:
    browser("admin").post(f"{MEMBERS}{membership('member').pk}/remove/")
    assert not Membership.objects.filter(user__username="member").exists()
    assert User.objects.filter(username="member").exists()
    assert project.audit_entries.first().action == "Removed member"


@pytest.mark.parametrize(("action", "posted"), [("role", {"role": "member"}), ("remove", {})])
@pytest.mark.parametrize("who", ["admin", "superuser"])
def test_it_never_leaves_a_project_without_an_admin(
    who: str, action: str, posted: dict[str, str], project: Project, browser: Browse
) -> None:
    path = f"{MEMBERS}{membership('admin').pk}/{action}/"
    response = browser(who).post(path, posted, follow=True)
    assert membership("admin").role == "admin"
    assert "is the project's last admin" in said(response)
    assert "Make another member an admin first" in said(response)


@pytest.mark.parametrize(
    ("action", "posted", "leads_to"),
    [("role", {"role": "member"}, "/projects/web-shop/"), ("remove", {}, "/")],
)
def test_it_lets_an_admin_step_down_once_there_is_another(
    action: str, posted: dict[str, str], leads_to: str, project: Project, browser: Browse
) -> None:
    Membership.objects.filter(user__username="member").update(role="admin")
    path = f"{MEMBERS}{membership('admin').pk}/{action}/"
    assert browser("admin").post(path, posted).headers["Location"] == leads_to


def test_it_asks_as_much_for_many_members_as_for_one(
    project: Project, browser: Browse, django_assert_num_queries: Callable
) -> None:
    client = browser("admin")
    for number in range(10):
        project.memberships.create(user=User.objects.create_user(f"user{number}"))
    # session, user, project, role, members, invitations, halts
    with django_assert_num_queries(8):
        client.get(MEMBERS)
