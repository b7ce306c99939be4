"""EMAIL_URL as Django's settings for mail."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TIMEOUT = 15
"""Seconds for each step of the talk with the mail server."""
SCHEMES: dict[str, tuple[int, dict[str, bool]]] = {
    "smtp": (25, {}),
    "smtp+tls": (587, {"use_tls": True}),  # STARTTLS, without which nothing is sent
    "smtp+ssl": (465, {"use_ssl": True}),
}
"""The port of each scheme, and how it is encrypted."""

_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
# Before 6.1, Django knows one mail server by settings of its own; from then on several, and
# these names are deprecated: https://docs.djangoproject.com/en/6.1/ref/settings/#mailers
_OLD_NAMES = {
    "host": "EMAIL_HOST",
    "port": "EMAIL_PORT",
    "username": "EMAIL_HOST_USER",
    "password": "EMAIL_HOST_PASSWORD",
    "use_tls": "EMAIL_USE_TLS",
    "use_ssl": "EMAIL_USE_SSL",
    "timeout": "EMAIL_TIMEOUT",
}


def settings_for(url: str, django: tuple[Any, ...]) -> dict[str, Any]:
    """The settings by name, for a version of Django. An empty URL: no mail server.

    Raises ImproperlyConfigured where the URL cannot be read; it is not quoted, as it holds a
    password.
    """
    if not url:
        return {}
    options = _read(url)
    if django >= (6, 1):
        return {"MAILERS": {"default": {"BACKEND": _BACKEND, "OPTIONS": options}}}
    names = {_OLD_NAMES[name]: value for name, value in options.items()}
    return {"EMAIL_BACKEND": _BACKEND, **names}


def _read(url: str) -> dict[str, Any]:
    # Not by django-environ, which reads a "+" in a password as a blank.
    try:
        parts = urlsplit(url)
        port, encryption = SCHEMES[parts.scheme]
        options = {
            "host": parts.hostname,
            "port": parts.port or port,
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "timeout": TIMEOUT,
            **encryption,
        }
    except (LookupError, ValueError):
        raise _unreadable() from None
    # A "/" or "#" in a password ends what urlsplit takes for the host.
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise _unreadable()
    return options


def _unreadable() -> ImproperlyConfigured:
    return ImproperlyConfigured(
        "EMAIL_URL must be like smtp+tls://user:password@host:587 (or smtp+ssl://, or smtp:// "
        "without encryption); special characters in it are percent-encoded."
    )
