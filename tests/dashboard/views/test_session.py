from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sentry_twilio.projects.models import AuditEntry
from tests.dashboard.conftest import PASSWORD, Browse, said


def log_in(client: Client, password: str = PASSWORD, **extra: str):
    return client.post("/login/", {"username": "member", "password": password}, **extra)


def test_it_logs_in_and_goes_where_one_wanted_to(project: object, client: Client) -> None:
    response = client.post(
        "/login/",
        {"username": "member", "password": PASSWORD, "next": "/projects/web-shop/deliveries/"},
    )
    assert response.headers["Location"] == "/projects/web-shop/deliveries/"


def test_it_leads_to_no_other_site(people: dict[str, User], client: Client) -> None:
    credentials = {"username": "member", "password": PASSWORD, "next": "https://evil.example.com/"}
    assert client.post("/login/", credentials).headers["Location"] == "/"


def test_it_says_why_a_log_in_failed(people: dict[str, User], client: Client) -> None:
    response = log_in(client, "wrong")
    assert "do not belong together" in said(response)
    assert "_auth_user_id" not in client.session


def test_it_refuses_even_the_right_password_after_too_many_wrong_ones(
    people: dict[str, User], client: Client, settings: object, clock: SimpleNamespace
) -> None:
    settings.LOGINS_PER_QUARTER = 2
    assert [log_in(client, "wrong").status_code for _ in range(2)] == [200, 200]
    clock.now += 60
    response = log_in(client)
    assert response.status_code == 429
    assert "try again in 14 minutes" in said(response)
    assert "_auth_user_id" not in client.session
    clock.now += 14 * 60
    assert log_in(client).status_code == 302


def test_it_counts_only_failures(
    people: dict[str, User], client: Client, settings: object, clock: SimpleNamespace
) -> None:
    settings.LOGINS_PER_QUARTER = 2
    for _ in range(5):
        assert log_in(client).status_code == 302
        client.post("/logout/")


@pytest.mark.parametrize(
    ("guesser", "neighbour", "shares"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::2", True),  # one connection has a whole /64
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
    ],
)
def test_it_counts_by_address(
    guesser: str,
    neighbour: str,
    shares: bool,
    people: dict[str, User],
    client: Client,
    settings: object,
    clock: SimpleNamespace,
) -> None:
    settings.LOGINS_PER_QUARTER = 1
    log_in(client, "wrong", REMOTE_ADDR=guesser)
    assert log_in(client, REMOTE_ADDR=neighbour).status_code == (429 if shares else 302)


def test_it_logs_out(people: dict[str, User], browser: Browse) -> None:
    client = browser("member")
    client.post("/logout/")
    assert client.get("/").status_code == 302


def test_it_changes_a_password(people: dict[str, User], browser: Browse, client: Client) -> None:
    other, changing = browser("member"), browser("member")
    new = "another battery staple"
    response = changing.post(
        "/password/",
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
        follow=True,
    )
    assert "Your password is changed" in said(response)
    assert other.get("/").status_code == 302
    assert log_in(client, new).status_code == 302
    assert AuditEntry.objects.get().action == "Changed their password"


def test_it_wants_the_old_password_first(people: dict[str, User], browser: Browse) -> None:
    new = "another battery staple"
    response = browser("member").post(
        "/password/", {"old_password": "wrong", "new_password1": new, "new_password2": new}
    )
    assert "old password was entered incorrectly" in said(response)
    people["member"].refresh_from_db()
    assert people["member"].check_password(PASSWORD)
