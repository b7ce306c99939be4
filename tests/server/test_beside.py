"""A process that can no longer send ends, so that its supervisor starts it again."""

from __future__ import annotations

import pytest

from tests.chaos.stage import free_port

from .processes import UNUSED_PORT, Broker, Host

OURS = ("sentry_twilio",)
CELERYS_OWN = ("celery", "-A", "sentry_twilio.server.celery", "--quiet", "worker")
CRIPPLED = """
import runpy, sys, threading

real = threading.Thread.start

def start(thread):
    if thread.name == "caretaker":
        raise RuntimeError("can't start new thread")
    real(thread)

threading.Thread.start = start
sys.argv.pop(0)
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


@pytest.fixture
def crippled(host: Host) -> Host:
    """One where `python -m crippled MODULE …` gets no thread for its chores."""
    (host.folder / "crippled.py").write_text(CRIPPLED)
    host.environ["PYTHONPATH"] = str(host.folder)
    return host


def test_a_host_that_cannot_send_ends(crippled: Host) -> None:
    process = crippled.start("crippled", *OURS, "serve", "--port", str(free_port()), broker="")
    assert process.wait(40) == 1


def test_a_worker_that_cannot_send_ends(crippled: Host) -> None:
    assert crippled.start("crippled", *OURS, "worker", broker="").wait(40) == 1


def test_a_worker_of_celery_that_cannot_send_ends_though_the_broker_is_away(
    crippled: Host,
) -> None:
    pytest.importorskip("celery")
    process = crippled.start("crippled", *OURS, "worker", broker=UNUSED_PORT)
    assert process.wait(40) == 1


@pytest.mark.parametrize(
    "command",
    [
        pytest.param((*OURS, "worker"), id="ours"),
        pytest.param((*CELERYS_OWN, "--pool", "prefork", "--concurrency", "2"), id="processes"),
    ],
)
def test_a_worker_of_celery_that_cannot_send_ends(
    command: tuple[str, ...], crippled: Host, broker: Broker
) -> None:
    process = crippled.start("crippled", *command, broker=broker.url)
    assert process.wait(40) == 1
