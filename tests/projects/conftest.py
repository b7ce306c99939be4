from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.db import connection

from sentry_twilio.projects import keys
from sentry_twilio.projects.creation import create_project


@pytest.fixture
def ada(db):
    return User.objects.create_user("ada", password="analytical engine")


@pytest.fixture
def bob(db):
    return User.objects.create_user("bob", password="difference engine")


@pytest.fixture
def shop(ada):
    return create_project("Shop", ada)


@pytest.fixture
def key_file(tmp_path, settings):
    """The key file in use, with one key in it."""
    folder = tmp_path / "keys"
    keys.ensure(folder)
    settings.KEYS_DIR = folder
    settings.ENCRYPTION_KEYS = []
    settings.ENCRYPTION_KEYS_FILE = folder / keys.ENCRYPTION_KEYS_FILE
    return settings.ENCRYPTION_KEYS_FILE


@pytest.fixture
def lose_the_key(settings):
    """Replaces all encryption keys by another one, as after a restored backup without them."""

    def lose() -> None:
        settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    return lose


@pytest.fixture
def at_once():
    """Calls something in so many threads at the same moment; the results in no order."""

    def run(count: int, function: Callable[[int], Any]) -> list[Any]:
        together = threading.Barrier(count)
        results: list[Any] = []

        def work(number: int) -> None:
            try:
                together.wait(10)
                results.append(function(number))
            except Exception as exc:  # noqa: BLE001  (it is a result)
                results.append(exc)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return results

    return run
