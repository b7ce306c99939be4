"""EMAIL_URL, in the words of each version of Django."""

from __future__ import annotations

from typing import Any

import django
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection

from sentry_twilio.server.mail import settings_for


def test_no_url_sets_nothing() -> None:
    assert settings_for("", (5, 2)) == settings_for("", (6, 1)) == {}


def test_django_before_6_1_gets_a_setting_for_each() -> None:
    assert settings_for("smtp+tls://ann:a%2Fb+c@mail.example.com", (6, 0)) == {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "mail.example.com",
        "EMAIL_PORT": 587,
        "EMAIL_HOST_USER": "ann",
        "EMAIL_HOST_PASSWORD": "a/b+c",
        "EMAIL_USE_TLS": True,
        "EMAIL_TIMEOUT": 15,
    }


def test_django_from_6_1_gets_a_mailer() -> None:
    assert settings_for("smtp+ssl://ann:pw@mail.example.com:4650", (6, 1, 2, "final", 0)) == {
        "MAILERS": {
            "default": {
                "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "OPTIONS": {
                    "host": "mail.example.com",
                    "port": 4650,
                    "username": "ann",
                    "password": "pw",
                    "use_ssl": True,
                    "timeout": 15,
                },
            }
        }
    }


@pytest.mark.skipif(django.VERSION >= (6, 1), reason="mailers are asked for differently there")
def test_the_django_at_hand_takes_them(settings: Any) -> None:
    for name, value in settings_for("smtp://127.0.0.1", django.VERSION).items():
        setattr(settings, name, value)
    connection = get_connection()
    assert (connection.host, connection.port, connection.timeout) == ("127.0.0.1", 25, 15)
    assert (connection.username, connection.use_tls, connection.use_ssl) == ("", False, False)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "smtps://mail.example.com",  # some mean the one, some the other encryption by it
        "https://mail.example.com",
        "smtp://ann:sesame@",
        "smtp://ann:ses/ame@mail.example.com",
        "smtp://ann:ses#ame@mail.example.com",
        "smtp://ann:sesame@mail.example.com:sesame",
        "smtp://ann:sesame@[mail",
    ],
)
def test_what_cannot_be_read_stops_the_start_without_being_quoted(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL") as raised:
        settings_for(url, (5, 2))
    assert "sesame" not in str(raised.value)
    assert raised.value.__cause__ is None
