"""Fan-out to 50 recipients at 50 ms an answer, beside what one would write or install."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from dataclasses import dataclass, field

from bench.emulated import Emulated, emulated
from bench.peers import OURS, SDK, WAYS, WITH_10_THREADS, Way
from bench.table import Promise, show

RECIPIENTS = 50
LATENCY = 0.05
TIMEOUT = 15.0
ROUNDS = 3
RUNS = dict.fromkeys((*WITH_10_THREADS, OURS), 3)
"""In each round, where it is not once: what is over in a moment is measured more often."""
NUMBERS = [f"+1415555{number:04}" for number in range(RECIPIENTS)]


@dataclass(slots=True)
class Seen:
    """Seconds and connections of one way's rounds."""

    walls: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)
    connections: list[float] = field(default_factory=list)

    def watch(self, way: Way, emulator: Emulated) -> None:
        before = emulator.stats()["connections"]
        began, cpu_began = time.perf_counter(), time.process_time()
        verdicts = way(emulator.base_url, NUMBERS, TIMEOUT)
        self.walls.append(time.perf_counter() - began)
        self.cpus.append(time.process_time() - cpu_began)
        self.connections.append(emulator.stats()["connections"] - before)
        if verdicts != ["sent"] * RECIPIENTS:
            raise RuntimeError(f"Not all were accepted, but {Counter(verdicts)}.")

    @property
    def wall(self) -> float:
        return statistics.median(self.walls)

    @property
    def cpu(self) -> float:
        return statistics.median(self.cpus)

    def row(self) -> list[str]:
        per_message = self.cpu / RECIPIENTS * 1000
        connections = statistics.median(self.connections)
        return [f"{self.wall:.3f} s", f"{per_message:.2f} ms", f"{connections:.0f}"]


def measure() -> list[Promise]:
    promises = []
    for scheme in ("http", "https"):
        with emulated(LATENCY, scheme) as emulator:
            promises += _measure(scheme, emulator)
    return promises


def _measure(scheme: str, emulator: Emulated) -> list[Promise]:
    seen = {name: Seen() for name in WAYS}
    for way in WAYS.values():  # what is imported late, or compiled once
        way(emulator.base_url, NUMBERS[:1], TIMEOUT)
    for _ in range(ROUNDS):
        for name, way in WAYS.items():
            for _ in range(RUNS.get(name, 1)):
                seen[name].watch(way, emulator)
    show(
        f"Fan-out to {RECIPIENTS} recipients at {LATENCY * 1000:.0f} ms an answer by {scheme} "
        f"(medians of {ROUNDS} runs, of {ROUNDS * RUNS[OURS]} with threads)",
        ["", "wall", "CPU per message", "connections"],
        [[name, *seen[name].row()] for name in WAYS],
    )
    fastest = min(seen[name].wall for name in WITH_10_THREADS)
    leanest = min(seen[name].cpu for name in SDK)
    return [
        Promise(f"Fan-out beside 10 threads, {scheme}", seen[OURS].wall / fastest, 1.2),
        Promise(f"CPU of a fan-out beside the SDK's, {scheme}", seen[OURS].cpu / leanest, 1),
        Promise(f"Connections of a fan-out, {scheme}", max(seen[OURS].connections), 10),
    ]
