"""Where the outbox is, and what carries its hints."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


class NotHere(Exception):
    """A service is not reachable; the message says which."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """`postgresql`: otherwise SQLite. `celery`: otherwise threads."""

    postgresql: bool = False
    celery: bool = False


SET_UPS = {
    "sqlite-threads": SetUp(),
    "postgresql-threads": SetUp(postgresql=True),
    "postgresql-celery": SetUp(postgresql=True, celery=True),
}
UNWANTED = ("DJANGO_SETTINGS_MODULE", "SECRET_KEY", "ENCRYPTION_KEYS", "SENTRY_DSN")


@contextmanager
def environment(setup: SetUp, folder: Path) -> Iterator[dict[str, str]]:
    """The environment of the set-up's processes, with a new database and an empty broker.

    Raises `NotHere` before anything was started.
    """
    environ = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    environ |= {"DATA_DIR": str(folder / "data"), "KEYS_DIR": str(folder / "keys")}
    environ |= {"CELERY_BROKER_URL": _empty_broker() if setup.celery else "", "DATABASE_URL": ""}
    if not setup.postgresql:
        yield environ
        return
    with _database(f"chaos_{os.getpid()}") as url:
        yield environ | {"DATABASE_URL": url}


def _empty_broker() -> str:
    # Never a guess: whatever it names is emptied.
    url = os.environ.get("TEST_REDIS_URL", "")
    if not url:
        raise NotHere("TEST_REDIS_URL is not set; see .ci/services")
    try:
        import redis
    except ModuleNotFoundError:
        raise NotHere("redis is not installed (the extra celery)") from None
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=3) as client:
            client.flushdb()
    except redis.RedisError:
        raise NotHere(f"Redis does not answer at {urlsplit(url).netloc}") from None
    return url


@contextmanager
def _database(name: str) -> Iterator[str]:
    server = os.environ.get("TEST_DATABASE_URL", "")
    if not server:
        raise NotHere("TEST_DATABASE_URL is not set; see .ci/services")
    try:
        import psycopg
    except ModuleNotFoundError:
        raise NotHere("psycopg is not installed (the extra postgres)") from None
    parts = urlsplit(server)
    try:
        connection = psycopg.connect(server, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError:
        raise NotHere(f"PostgreSQL does not answer at {parts.hostname}:{parts.port}") from None
    with connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield parts._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
