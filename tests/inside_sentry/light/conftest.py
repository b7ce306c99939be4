"""Real Sentry, set up as its own commands do, without a database or any other service."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

# First, since Sentry's settings put site-packages before PYTHONPATH, by which `make test` names
# the code that lies in the repository.
import sentry_twilio  # noqa: F401

os.environ["_SENTRY_SKIP_CONFIGURATION"] = "1"
os.environ["DJANGO_SETTINGS_MODULE"] = "sentry.conf.server"
warnings.filterwarnings("ignore")  # of Sentry's own age

from django.conf import settings  # noqa: E402
from sentry.runner.initializer import (  # noqa: E402
    bootstrap_options,
    configure_structlog,
    register_plugins,
)

bootstrap_options(settings)
settings.SECRET_KEY = "only for tests"
settings.SENTRY_CACHE = "sentry.cache.django.DjangoCache"
settings.SENTRY_CACHE_OPTIONS = {}
settings.SENTRY_OPTIONS["system.url-prefix"] = "https://sentry.example.com"
configure_structlog()

import django  # noqa: E402

django.setup()
register_plugins(settings, raise_on_plugin_load_failure=True)

from django.core.cache import cache  # noqa: E402
from django.test import override_settings  # noqa: E402
from sentry.eventstore.models import GroupEvent  # noqa: E402
from sentry.models import Group, Organization, Project  # noqa: E402
from sentry.plugins.base import plugins  # noqa: E402

OPTIONS = {
    "account_sid": "AC" + "a" * 32,
    "auth_token": "b" * 32,
    "sms_from": "4158675309",
    "sms_to": "4154444444",
}


@pytest.fixture
def plugin() -> Any:
    """The one that Sentry finds under the slug."""
    return plugins.get("twilio")


@pytest.fixture
def options(plugin: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What is stored for every project."""
    stored: dict[str, Any] = dict(OPTIONS)
    monkeypatch.setattr(type(plugin), "get_option", lambda self, key, *_, **__: stored.get(key))
    return stored


@pytest.fixture
def shared_cache() -> Iterator[None]:
    """An empty one, as self-hosted's sentry.conf.py configures it with memcached."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    with override_settings(CACHES={"default": {"BACKEND": backend}}):
        cache.clear()
        yield


@pytest.fixture
def project() -> Any:
    return SimpleNamespace(id=7, slug="bar", name="Bar")


@pytest.fixture
def event() -> Any:
    """A warning "Hello world" in the project Bar, as a rule gets it, of a row never saved."""
    organization = Organization(id=1, slug="acme", name="Acme")
    bar = Project(id=7, slug="bar", name="Bar", organization=organization)
    group = Group(id=42, project=bar, message="Hello world", level=30, times_seen=3)
    tags = [["level", "warning"], ["environment", "production"]]
    data = {"metadata": {"title": "Hello world"}, "culprit": "shop.views", "tags": tags}
    return GroupEvent(project_id=7, event_id="e" * 32, group=group, data=data)
