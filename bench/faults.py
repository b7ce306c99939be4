"""What becomes of five messages when Twilio, or the way to it, fails."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from bench.emulated import Emulated, emulated
from bench.outbox import outbox, working
from bench.peers import OURS, WAYS, Verdict, Way, requests_retrying
from bench.table import Promise, show

NUMBERS = [f"+1415555{number:04}" for number in range(100, 105)]
LATENCY = 0.02
TIMEOUT = 0.5
HANG = 2.0

Faults = list[dict[str, Any]]


def _each(**fault: Any) -> Faults:
    """The fault for each of the numbers."""
    return [{**fault, "to": number} for number in NUMBERS]


ACCEPTED: dict[str, Faults] = {
    "accepted, then a 500": _each(effect="error", status=500, when="after"),
    "accepted, then a reset": _each(effect="reset", when="after"),
    "accepted, then silence": _each(effect="hang", seconds=HANG, when="after"),
}
BUSY, OPTED_OUT = "429 (20429), twice", "21610 for all"
CASES: dict[str, Faults] = {
    **ACCEPTED,
    BUSY: _each(effect="error", code=20429, times=2),
    OPTED_OUT: _each(effect="error", code=21610, times=None),
}
OUTBOX = "outbox and worker"
COMPARED: dict[str, Way] = {
    **{name: way for name, way in WAYS.items() if name != OURS},
    "requests.Session, retrying": requests_retrying,
    OURS: WAYS[OURS],
    OUTBOX: outbox,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What one way did in one case, as the phones saw it and as it believes itself."""

    reached: int
    duplicates: int
    says: Counter[Verdict]
    seconds: float
    requests: int

    def row(self) -> list[str]:
        says = ", ".join(f"{count} {verdict}" for verdict, count in self.says.items())
        return [
            str(self.reached),
            str(self.duplicates),
            says,
            f"{self.seconds:.2f} s",
            str(self.requests),
        ]


def measure() -> list[Promise]:
    """Needs Django loaded with a migrated database."""
    seen: dict[str, dict[str, Seen]] = {}
    with emulated(LATENCY) as emulator, working():
        for case, faults in CASES.items():
            seen[case] = {}
            for name, way in COMPARED.items():
                emulator.restart_with(faults)
                seen[case][name] = _watch(emulator, way)
            show(
                f"{len(NUMBERS)} recipients: {case}",
                ["", "reached", "duplicates", "it says", "seconds", "requests"],
                [[name, *row.row()] for name, row in seen[case].items()],
            )
    return [promise for name in (OURS, OUTBOX) for promise in _promises(name, seen)]


def _watch(emulator: Emulated, way: Way) -> Seen:
    began = time.perf_counter()
    says = Counter(way(emulator.base_url, NUMBERS, TIMEOUT))
    seconds = time.perf_counter() - began
    copies = Counter(message["to"] for message in emulator.messages())
    requests = emulator.stats()["requests"]
    return Seen(len(copies), copies.total() - len(copies), says, seconds, requests)


def _promises(name: str, seen: dict[str, dict[str, Seen]]) -> list[Promise]:
    everybody = len(NUMBERS)
    made = [
        Promise(f"Duplicates, {name}", sum(case[name].duplicates for case in seen.values()), 0),
        Promise(f"Reached after 429s, {name}", seen[BUSY][name].reached, everybody, at_most=False),
        Promise(f"Requests for {OPTED_OUT}, {name}", seen[OPTED_OUT][name].requests, everybody),
    ]
    if name == OUTBOX:
        found = sum(seen[case][name].says["sent"] for case in ACCEPTED)
        total = everybody * len(ACCEPTED)
        made.append(Promise(f"Found again after a lost answer, {name}", found, total, False))
    return made
