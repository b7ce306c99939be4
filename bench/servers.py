"""Child processes of the measurements, on free ports of loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(arguments: Sequence[str], port: int, environ: Mapping[str, str]) -> Iterator[int]:
    """Run `python ARGUMENTS` until the block ends; yields once it listens on `port`."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,  # what it says about itself is not part of the report
    )
    try:
        _await(process, port)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"A server ended with status {process.returncode}.")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("A server did not start within 30 s.")
