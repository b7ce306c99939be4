"""The demo's child processes, none of which outlives it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

STOP_SECONDS = 6.0
"""What all children together may take to end; the host finishes its requests in 5."""


class Failed(Exception):
    """The demo cannot go on; the message is for a person. `exit_code` is the command's."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def ensure_free(port: int, option: str) -> None:
    """Raise `Failed` where another program listens on `port` of loopback."""
    with socket.socket() as probe:
        # As servers do: a port in TIME_WAIT from the run before is not in use.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as exc:
            raise Failed(
                f"Port {port} is in use by another program. Stop it, or choose another port "
                f"with {option} (make demo ARGS='{option} {port + 1000}').",
                exit_code=3,
            ) from exc


class Children:
    """Processes that are started one by one and stopped together, the last one first."""

    def __init__(self) -> None:
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> Children:
        return self

    def __exit__(self, *exc_info: object) -> None:
        for _, process in reversed(self._running):
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for _, process in reversed(self._running):
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, name: str, arguments: Sequence[str], environ: Mapping[str, str]) -> None:
        """Start `sentry-twilio ARGUMENTS`; its errors appear on our standard error."""
        process = subprocess.Popen(  # noqa: S603  (our own command)
            [sys.executable, "-m", "sentry_twilio", *arguments],
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # A Ctrl-C reaches the parent alone, which then stops its children in order.
            process_group=0,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
        self._running.append((name, process))

    def await_port(self, name: str, port: int, deadline: float) -> None:
        """Wait until `name` listens; raise `Failed` where it ended or is too slow."""
        while time.monotonic() < deadline:
            self.check()
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise Failed(f"The {name} did not start in time.")

    def check(self) -> None:
        """Raise `Failed` where one of them has ended."""
        for name, process in self._running:
            if process.poll() is not None:
                raise Failed(f"The {name} ended by itself (status {process.returncode}).")


def _die_with_parent() -> None:
    """Should the parent be killed outright, the kernel ends the child too (Linux's prctl)."""
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
