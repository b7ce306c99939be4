"""Celery as the engine: a real worker, a real Redis, and what is left when Redis forgets."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sentry_twilio.delivery import chores
from sentry_twilio.delivery.chores import Chore
from sentry_twilio.delivery.engine_celery import QUEUE
from sentry_twilio.emulator.testing import RunningEmulator

UNUSED_PORT = "redis://127.0.0.1:1/0"
ENQUEUE = """
import time
from sentry_twilio.core import Alert, plugins
from sentry_twilio.core.alert import Project as AlertProject
from sentry_twilio.delivery import engine_celery
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.projects.models import Project
project, made = Project.objects.get_or_create(name="Shop", slug="shop")
for name, value in {options!r}.items():
    plugins.get("twilio").set_option(name, value, project)
enqueue(project, Alert(project=AlertProject.of(project), group="issue:1", title={title!r}))
time.sleep(1)  # the hint is on its way in a thread
"""


@pytest.fixture
def redis_url() -> Iterator[str]:
    url = os.environ.get("TEST_REDIS_URL", "")
    if not url:
        pytest.skip("TEST_REDIS_URL is not set: `.ci/services redis` starts a Redis")
    redis = pytest.importorskip("redis")
    client = redis.Redis.from_url(url, socket_connect_timeout=3)
    try:
        client.flushdb()
    except redis.RedisError:
        pytest.skip(f"No Redis answers at {url}: `.ci/services redis` starts one")
    yield url
    client.flushdb()
    client.close()


@pytest.fixture
def twilio() -> Iterator[RunningEmulator]:
    with RunningEmulator() as twilio:
        yield twilio


class Host:
    """Processes on one SQLite database."""

    def __init__(self, folder: Path, twilio: RunningEmulator) -> None:
        self.folder, self.twilio = folder, twilio
        unwanted = ("SECRET_KEY", "ENCRYPTION_KEYS", "DJANGO_SETTINGS_MODULE", "DATABASE_URL")
        self.environ = {k: v for k, v in os.environ.items() if k not in unwanted} | {
            "DATA_DIR": str(folder / "data"),
            "KEYS_DIR": str(folder / "keys"),
            "TWILIO_BASE_URL": twilio.base_url,
            "RECIPIENT_CAPS": "off",
            "LOG_LEVEL": "WARNING",
        }
        self.started: list[subprocess.Popen[bytes]] = []
        self.run("manage", "migrate", "-v", "0")

    def run(self, *arguments: str, broker: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "sentry_twilio", *arguments],
            env=self.environ | {"CELERY_BROKER_URL": broker},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )

    def enqueue(self, title: str, broker: str) -> subprocess.CompletedProcess[str]:
        options = {
            "account_sid": self.twilio.account_sid,
            "auth_token": self.twilio.auth_token,
            "sms_from": "+15005550006",
            "sms_to": "+14155550123",
        }
        script = ENQUEUE.format(options=options, title=title)
        return self.run("manage", "shell", "-v", "0", "-c", script, broker=broker)

    def start_worker(self, broker: str) -> subprocess.Popen[bytes]:
        worker = subprocess.Popen(
            [sys.executable, "-m", "sentry_twilio", "worker"],
            env=self.environ | {"CELERY_BROKER_URL": broker},
        )
        self.started.append(worker)
        return worker

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.folder / "data" / "db.sqlite3", timeout=20) as connection:
            return connection.execute(statement).fetchall()


@pytest.fixture
def host(tmp_path: Path, twilio: RunningEmulator) -> Iterator[Host]:
    host = Host(tmp_path, twilio)
    yield host
    for process in host.started:
        process.kill()
        process.wait()


def until(true: Callable[[], object], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.1)


def test_a_chore_that_hangs_takes_up_one_thread_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from sentry_twilio.server import celery

    begun, go_on = threading.Event(), threading.Event()
    done: list[str] = []

    def do(chore: Chore) -> None:
        if chore.name == "watch" and not done:
            begun.set()
            assert go_on.wait(15)
        done.append(chore.name)

    monkeypatch.setattr(celery, "do", do)
    hanging = threading.Thread(target=celery.do_chore, args=("watch",))
    hanging.start()
    assert begun.wait(15)
    celery.do_chore("watch")
    celery.do_chore("a chore of another version")
    assert done == []
    go_on.set()
    hanging.join(15)
    celery.do_chore("digests")
    celery.do_chore("watch")
    assert done == ["watch", "digests", "watch"]


def test_each_chore_has_its_beat_and_its_thread() -> None:
    from sentry_twilio.server import celery

    schedule = celery.app.conf.beat_schedule
    named = [chore.name for chore in chores.all_chores()]
    assert sorted(schedule) == sorted(["sweep", *named])
    assert {name: schedule[name]["schedule"] for name in named} == {
        chore.name: chore.every for chore in chores.all_chores()
    }
    assert celery.app.conf.worker_concurrency > len(named) + 1


def test_a_worker_sends_what_another_process_has_enqueued_and_stops_cleanly(
    host: Host, twilio: RunningEmulator, redis_url: str
) -> None:
    worker = host.start_worker(redis_url)
    until(lambda: host.sql("SELECT 1 FROM delivery_workerheartbeat WHERE engine = 'celery'"))
    host.enqueue("It broke", redis_url)
    until(lambda: len(twilio.messages()) == 1)
    # It is told to stop while a request is under way, and waits for the answer.
    twilio.fail("hang", seconds=2, when="after")
    host.enqueue("It broke again", redis_url)
    until(lambda: len(twilio.messages()) == 2)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    rows = host.sql("SELECT state, lease FROM delivery_delivery ORDER BY id")
    assert [lease for _, lease in rows] == ["", ""]
    assert {state for state, _ in rows} <= {"accepted", "delivered"}
    assert host.sql("SELECT * FROM delivery_workerheartbeat") == []


def test_a_hint_waits_in_the_broker_and_a_broker_that_forgets_it_loses_nothing(
    host: Host, twilio: RunningEmulator, redis_url: str
) -> None:
    import redis

    with redis.Redis.from_url(redis_url) as broker:
        host.enqueue("It broke", redis_url)
        assert broker.llen(QUEUE) == 1
        broker.flushdb()
    host.start_worker(redis_url)
    until(lambda: len(twilio.messages()) == 1)


def test_a_broker_that_is_away_breaks_nothing(host: Host, twilio: RunningEmulator) -> None:
    enqueued = host.enqueue("It broke", UNUSED_PORT)
    assert enqueued.stderr.count("does not take hints") == 1
    assert host.sql("SELECT state FROM delivery_delivery") == [("pending",)]
    host.start_worker(broker="")  # threads, which need none
    until(lambda: len(twilio.messages()) == 1)
