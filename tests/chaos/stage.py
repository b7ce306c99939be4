"""The processes of a round: the emulated Twilio, the web server, and workers that are killed."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

STARTS_WITHIN = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Stage:
    """Children whose output goes to files in `folder`; none outlives the `with` block."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._random = random.Random(seed)
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._over = threading.Event()
        self._killer: threading.Thread | None = None
        self.kills = 0

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.end_kills()
        for child in self._children.values():
            child.terminate()
        for child in self._children.values():
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def start(self, name: str, *arguments: str) -> None:
        """Start `python -m ARGUMENTS`; again, where the name is known."""
        with (self._folder / f"{name}.log").open("ab") as log:
            self._children[name] = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def await_port(self, name: str, port: int) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            if self._children[name].poll() is not None:
                raise RuntimeError(f"{name} ended by itself; see {self._folder / name}.log")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"{name} did not start in time; see {self._folder / name}.log")

    def begin_kills(self, workers: Mapping[str, tuple[str, ...]], every: float) -> None:
        """Kill one of the workers about every so many seconds, and start it again.

        `workers` says by name how each is started.
        """
        self._killer = threading.Thread(target=self._kill, args=(workers, every), name="killer")
        self._killer.start()

    def end_kills(self) -> None:
        self._over.set()
        if self._killer is not None:
            self._killer.join()
            self._killer = None

    def _kill(self, workers: Mapping[str, tuple[str, ...]], every: float) -> None:
        names = sorted(workers)
        while not self._over.wait(every * self._random.uniform(0.5, 1.5)):
            name = names[self.kills % len(names)]
            self._children[name].kill()
            self._children[name].wait()
            self.kills += 1
            self.start(name, *workers[name])


class Twilio:
    """The emulator, asked over its own paths."""

    def __init__(self, port: int) -> None:
        self.base_url = f"http://127.0.0.1:{port}"

    def messages(self) -> list[dict[str, Any]]:
        return list(self._call("GET", "messages").json()["messages"])

    def set_faults(self, faults: list[dict[str, Any]]) -> None:
        """These and no others are in force from now on."""
        self._call("DELETE", "faults")
        self._call("POST", "faults", faults)

    def _call(self, method: str, what: str, data: Any = None) -> requests.Response:
        answer = requests.request(method, f"{self.base_url}/emulator/{what}", json=data, timeout=30)
        answer.raise_for_status()
        return answer
