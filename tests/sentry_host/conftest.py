"""Sentry's cache, which its processes share."""

import pytest
from django.core.cache import cache
from django.test import override_settings

BACKEND = "django.core.cache.backends.locmem.LocMemCache"


@pytest.fixture
def shared_cache():
    """An empty one."""
    with override_settings(CACHES={"default": {"BACKEND": BACKEND, "LOCATION": "sentry"}}):
        cache.clear()
        yield cache
