"""Letting a person in by a link."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from sentry_twilio.projects import invitations
from sentry_twilio.projects.models import AuditEntry, Invitation, Membership, Role


def role_of(user, project):
    return Membership.objects.get(user=user, project=project).role


def test_whoever_has_the_link_becomes_a_member(shop, ada, bob):
    token = invitations.invite(shop, "member", ada)
    invitation = invitations.find(token)
    assert invitation.project == shop
    assert invitations.accept(invitation, bob)
    assert role_of(bob, shop) == Role.MEMBER
    assert AuditEntry.objects.first().action == "Joined as member"


def test_the_token_is_not_kept(shop, ada):
    token = invitations.invite(shop, "member", ada)
    assert len(token) >= 32
    assert token not in str(Invitation.objects.values().get())
    assert token not in str(list(AuditEntry.objects.values()))


def test_another_token_opens_nothing(shop, ada):
    token = invitations.invite(shop, "member", ada)
    for other in ("", token + "x", token[:-1], "zürich"):
        assert invitations.find(other) is None


def test_a_link_works_once(shop, ada, bob):
    token = invitations.invite(shop, "member", ada)
    first, second = invitations.find(token), invitations.find(token)
    assert invitations.accept(first, bob)
    assert invitations.find(token) is None
    carol = User.objects.create_user("carol")
    assert not invitations.accept(second, carol)
    assert not Membership.objects.filter(user=carol).exists()


def test_a_link_works_for_a_week(shop, ada, bob):
    token = invitations.invite(shop, "member", ada)
    invitation = invitations.find(token)
    left = invitation.expires_at - timezone.now()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert invitations.find(token) is None
    # The page may have been open since before.
    assert not invitations.accept(invitation, bob)
    assert not Membership.objects.filter(user=bob).exists()


@pytest.mark.parametrize(
    ("has", "invited_as", "becomes"),
    [("member", "admin", "admin"), ("admin", "member", "admin"), ("member", "member", "member")],
)
def test_a_role_is_raised_and_never_lowered(shop, ada, bob, has, invited_as, becomes):
    Membership.objects.create(project=shop, user=bob, role=has)
    token = invitations.invite(shop, invited_as, ada)
    assert invitations.accept(invitations.find(token), bob)
    assert role_of(bob, shop) == becomes


def test_there_is_no_invitation_to_an_unknown_role(shop, ada):
    with pytest.raises(ValueError, match="owner"):
        invitations.invite(shop, "owner", ada)
    assert not Invitation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_several_who_open_a_link_at_once_one_gets_in(shop, ada, at_once):
    people = [User.objects.create_user(f"guest{number}") for number in range(4)]
    invitation = invitations.find(invitations.invite(shop, "member", ada))
    results = at_once(4, lambda number: invitations.accept(invitation, people[number]))
    assert sorted(map(str, results)) == ["False", "False", "False", "True"]
    assert shop.memberships.exclude(user=ada).count() == 1
