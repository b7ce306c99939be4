from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sentry_twilio.projects import invitations
from sentry_twilio.projects.models import Invitation, Membership, Project
from tests.dashboard.conftest import PASSWORD, Browse, said

ACCOUNT = {"username": "carol", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def link(project: Project, people: dict[str, User]) -> str:
    return f"/invite/{invitations.invite(project, 'member', people['admin'])}/"


def test_it_makes_an_account_and_a_member(link: str, client: Client, project: Project) -> None:
    response = client.post(link, ACCOUNT, follow=True)
    assert response.redirect_chain == [("/projects/web-shop/", 302)]
    assert response.context["user"].username == "carol"
    assert Membership.objects.get(user__username="carol").role == "member"


def test_it_shows_who_invites_to_what(link: str, client: Client) -> None:
    text = said(client.get(link))
    assert "Join Web shop" in text
    assert "admin invites you" in text
    assert f"/login/?next={link}" in text


def test_it_lets_an_account_that_exists_join(link: str, browser: Browse) -> None:
    stranger = browser("stranger")
    assert "Join as stranger" in said(stranger.get(link))
    assert stranger.get("/projects/web-shop/").status_code == 404
    stranger.post(link)
    assert stranger.get("/projects/web-shop/").status_code == 200


def test_it_does_not_join_by_looking(link: str, browser: Browse) -> None:
    browser("stranger").get(link)
    assert not Membership.objects.filter(user__username="stranger").exists()


@pytest.mark.parametrize(
    "changes", [{"username": "member"}, {"password2": "different"}, {"username": ""}]
)
def test_it_stays_open_after_a_mistake(changes: dict[str, str], link: str, client: Client) -> None:
    response = client.post(link, ACCOUNT | changes)
    assert response.context["form"].errors
    assert not User.objects.filter(username="carol").exists()
    assert client.post(link, ACCOUNT).status_code == 302


def test_it_opens_once(link: str, client: Client) -> None:
    client.post(link, ACCOUNT)
    second = Client().post(link, ACCOUNT | {"username": "dave"})
    assert second.status_code == 404
    assert "was used already" in said(second)
    assert not User.objects.filter(username="dave").exists()


def test_it_makes_no_account_when_somebody_was_quicker(
    link: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    invitation = Invitation.objects.get()
    monkeypatch.setattr(invitations, "find", lambda token: invitation)
    client.post(link, ACCOUNT)
    Client().post(link, ACCOUNT | {"username": "dave"})
    assert not User.objects.filter(username="dave").exists()


@pytest.mark.django_db
def test_it_says_when_a_link_is_wrong(client: Client) -> None:
    assert client.get("/invite/nonsense/").status_code == 404
