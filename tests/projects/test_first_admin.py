"""The first account of an empty host."""

import re

import pytest
from django.contrib.auth.models import User

from sentry_twilio.projects import first_admin


def test_the_code_is_the_same_for_every_process_of_a_host_and_no_other(settings):
    code = first_admin.setup_code()
    assert re.fullmatch("[A-Z2-7]{4}(-[A-Z2-7]{4}){3}", code)
    assert first_admin.setup_code() == code
    settings.SECRET_KEY = "of another host"
    assert first_admin.setup_code() != code


@pytest.mark.django_db
@pytest.mark.parametrize("written", [str, str.lower, lambda code: f" {code}\n"])
def test_the_right_code_makes_an_admin(written):
    assert first_admin.is_needed()
    user = first_admin.create(written(first_admin.setup_code()), "ada", "analytical engine")
    assert user.is_superuser
    assert user.check_password("analytical engine")
    assert not first_admin.is_needed()


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA-AAAA", "zürich"])
def test_a_wrong_code_makes_nobody(code):
    assert first_admin.create(code, "eve", "x") is None
    assert first_admin.is_needed()


@pytest.mark.django_db
def test_the_code_works_once():
    code = first_admin.setup_code()
    assert first_admin.create(code, "ada", "x")
    assert first_admin.create(code, "eve", "x") is None
    assert list(User.objects.values_list("username", flat=True)) == ["ada"]


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_becomes_admin(at_once):
    code = first_admin.setup_code()
    results = at_once(4, lambda number: first_admin.create(code, f"user{number}", "x"))
    assert sum(isinstance(result, User) for result in results) == 1
    assert sum(result is None for result in results) == 3
    assert User.objects.count() == 1
