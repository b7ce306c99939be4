"""Fan-out to 50 recipients at 50 ms an answer, beside what one would write without us."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests

from bench.servers import free_port, running
from bench.table import Promise, show
from sentry_twilio import TwilioApiClient
from sentry_twilio.core import Accepted, Message

RECIPIENTS = 50
LATENCY = 0.05
ROUNDS = 5
SID, TOKEN = "AC" + "b" * 32, "c" * 32
SENDER = "+15005550006"
TEXT = "Sentry [Shop] ERROR: PaymentError: card declined"
NUMBERS = [f"+1415555{number:04}" for number in range(RECIPIENTS)]


def form(to: str) -> dict[str, str]:
    return {"To": to, "From": SENDER, "Body": TEXT}


def sequential(base_url: str) -> int:
    url = f"{base_url}/2010-04-01/Accounts/{SID}/Messages.json"
    answers = [requests.post(url, form(to), auth=(SID, TOKEN), timeout=15) for to in NUMBERS]
    return sum(answer.status_code == 201 for answer in answers)


def bare_session(base_url: str) -> int:
    url = f"{base_url}/2010-04-01/Accounts/{SID}/Messages.json"
    with requests.Session() as session, ThreadPoolExecutor(10) as pool:
        session.auth = (SID, TOKEN)
        answers = pool.map(lambda to: session.post(url, form(to), timeout=15), NUMBERS)
        return sum(answer.status_code == 201 for answer in answers)


def ours(base_url: str) -> int:
    with TwilioApiClient(SID, TOKEN, SENDER, base_url=base_url) as client:
        outcomes = client.fan_out([Message(to, TEXT) for to in NUMBERS])
    return sum(isinstance(outcome, Accepted) for outcome in outcomes)


WAYS: dict[str, Callable[[str], int]] = {
    "requests.post, one after the other": sequential,
    "requests.Session, 10 threads": bare_session,
    "TwilioApiClient.fan_out": ours,
}


def measure() -> list[Promise]:
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    environ = {"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN}
    command = ["-m", "sentry_twilio", "emulator", "--port", str(port), "--latency", str(LATENCY)]
    wall: dict[str, list[float]] = {name: [] for name in WAYS}
    cpu: dict[str, list[float]] = {name: [] for name in WAYS}
    opened: dict[str, int] = {}
    with running([*command, "--log-level", "warning"], port, environ):
        for _ in range(ROUNDS):
            for name, way in WAYS.items():
                before = connections(base_url)
                began, cpu_began = time.perf_counter(), time.process_time()
                accepted = way(base_url)
                wall[name].append(time.perf_counter() - began)
                cpu[name].append(time.process_time() - cpu_began)
                if accepted != RECIPIENTS:
                    raise RuntimeError(f"{name}: only {accepted} were accepted.")
                used = connections(base_url) - before
                opened[name] = max(opened.get(name, 0), used)
    show(
        f"Fan-out to {RECIPIENTS} recipients at {LATENCY * 1000:.0f} ms an answer "
        f"(medians of {ROUNDS} rounds)",
        ["", "wall", "CPU per message", "connections"],
        [
            [
                name,
                f"{statistics.median(wall[name]):.3f} s",
                f"{statistics.median(cpu[name]) / RECIPIENTS * 1000:.2f} ms",
                str(opened[name]),
            ]
            for name in WAYS
        ],
    )
    own, other = "TwilioApiClient.fan_out", "requests.Session, 10 threads"
    ratio = statistics.median(wall[own]) / statistics.median(wall[other])
    return [
        Promise("Fan-out beside 10 threads on a bare Session", ratio, 1.2),
        Promise("Connections of a fan-out", opened[own], 10),
    ]


def connections(base_url: str) -> int:
    answer = requests.get(f"{base_url}/emulator/stats", timeout=5)
    return int(answer.json()["connections"])
