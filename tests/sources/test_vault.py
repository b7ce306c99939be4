"""A source's secrets are encrypted, and follow the keys."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet

from sentry_twilio.core import plugins
from sentry_twilio.projects import store
from sentry_twilio.projects.models import PluginOption
from sentry_twilio.sources import doors, vault
from sentry_twilio.tracker.rejected import Rejected
from tests.sources.conftest import Make


def test_no_secret_is_stored_as_it_is(make: Make) -> None:
    source = make("sentry")
    vault.store(source, token="a token")
    stored = vault.read(source)
    assert stored.keys() == {"key", "secret", "token"}
    ciphertexts = " ".join(PluginOption.objects.values_list("ciphertext", flat=True))
    for secret in stored.values():
        assert secret not in ciphertexts
    assert stored["key"] not in source.key_digest


def test_secrets_survive_a_rotation_of_the_keys(make: Make, settings: Any) -> None:
    source = make("generic")
    before = dict(vault.read(source))
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    store.rotate()
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    assert vault.read(source) == before


def test_secrets_are_no_options_of_a_plugin(make: Make) -> None:
    source = make("sentry")
    assert not {"key", "secret"} & plugins.get("twilio").get_options(source.project).keys()


def test_a_door_is_found_without_asking_again(make: Make, django_assert_num_queries: Any) -> None:
    source = make("sentry")
    key = vault.read(source)["key"]
    doors.find("sentry", key)
    with django_assert_num_queries(0):
        assert doors.find("sentry", key).source == source
    assert vault.read(source)["secret"] not in repr(doors.find("sentry", key))


def test_a_change_is_in_effect_at_once_in_its_own_process(make: Make) -> None:
    source = make("sentry")
    key = vault.read(source)["key"]
    doors.find("sentry", key)
    vault.store(source, secret="another")
    assert doors.find("sentry", key).secret == "another"
    source.delete()
    with pytest.raises(Rejected):
        doors.find("sentry", key)
