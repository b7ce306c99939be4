from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sentry_twilio.projects.first_admin import setup_code
from tests.dashboard.conftest import PASSWORD, said

pytestmark = pytest.mark.django_db


def entered(**changes: str) -> dict[str, str]:
    return {
        "code": setup_code(),
        "username": "ada",
        "password1": PASSWORD,
        "password2": PASSWORD,
        **changes,
    }


@pytest.mark.parametrize("path", ["/", "/projects/new/", "/projects/any/", "/password/", "/login/"])
def test_it_leads_from_every_page_of_an_empty_host_to_the_set_up(path: str, client: Client) -> None:
    response = client.get(path, follow=True)
    assert response.redirect_chain[-1][0] == "/setup/"
    assert "no account yet" in said(response)


def test_it_makes_the_first_account_and_logs_it_in(client: Client) -> None:
    response = client.post("/setup/", entered(), follow=True)
    assert User.objects.get().is_superuser
    assert response.context["user"].username == "ada"


def test_it_takes_the_code_as_people_type_it(client: Client) -> None:
    client.post("/setup/", entered(code=f" {setup_code().lower()} "))
    assert User.objects.exists()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"code": "AAAA-BBBB-CCCC-DDDD"}, "This is not the code"),
        ({"code": ""}, "This field is required"),
        ({"username": "no blanks"}, "Enter a valid username"),
        ({"password2": "different"}, "password fields didn’t match"),
        ({"password1": "12345678", "password2": "12345678"}, "entirely numeric"),
    ],
)
def test_it_says_what_is_wrong_and_makes_no_account(
    changes: dict[str, str], problem: str, client: Client
) -> None:
    response = client.post("/setup/", entered(**changes))
    assert problem in said(response)
    assert not User.objects.exists()
    assert PASSWORD not in said(response)


def test_it_is_gone_once_there_is_an_account(client: Client) -> None:
    User.objects.create_user("ada")
    assert client.get("/setup/").headers["Location"] == "/login/"
    client.post("/setup/", entered(username="eve"))
    assert not User.objects.filter(username="eve").exists()


def test_it_limits_guesses_even_once_the_code_is_right(
    client: Client, settings: object, clock: SimpleNamespace
) -> None:
    settings.LOGINS_PER_QUARTER = 3
    for _ in range(3):
        assert client.post("/setup/", entered(code="wrong")).status_code == 200
    response = client.post("/setup/", entered())
    assert response.status_code == 429
    assert "too many failed attempts" in said(response)
    assert not User.objects.exists()
    clock.now += 15 * 60
    client.post("/setup/", entered())
    assert User.objects.exists()
