"""When the server's loop is to write, and that every answer comes whole."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any

import pytest
import waitress
from waitress.server import BaseWSGIServer

from sentry_twilio.server.channel import Channel

HIGH = 2**20


@pytest.mark.parametrize(
    ("under_way", "output", "closing", "expected"),
    [
        # A thread is about to send this: the loop may not touch it, and would turn for nothing.
        (True, 300, False, False),
        (True, HIGH - 1, False, False),
        # Here the thread waits for the loop.
        (True, HIGH, False, True),
        (False, 300, False, True),
        (False, 0, False, False),
        (True, 0, True, True),
    ],
)
def test_the_loop_writes_what_no_thread_will(
    under_way: bool, output: int, closing: bool, expected: bool
) -> None:
    channel: Any = SimpleNamespace(
        adj=SimpleNamespace(outbuf_high_watermark=HIGH),
        requests=["a request"] if under_way else [],
        total_outbufs_len=output,
        will_close=False,
        close_when_flushed=closing,
    )
    assert Channel.writable(channel) is expected


@contextmanager
def served(
    application: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, **settings: Any
) -> Iterator[int]:
    monkeypatch.setattr(BaseWSGIServer, "channel_class", Channel)
    channels: dict[int, Any] = {}
    server = waitress.create_server(
        application, host="127.0.0.1", port=0, map=channels, threads=2, **settings
    )

    def run() -> None:
        with suppress(OSError):  # the socket that is closed at the end
            server.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        server.close()
        server.task_dispatcher.shutdown()


@pytest.mark.parametrize("size", [1, 10_000, 3 * HIGH])
@pytest.mark.parametrize("chunks", [1, 5])
def test_an_answer_comes_whole_to_one_who_reads_late(
    size: int, chunks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterator[bytes]:
        start("200 OK", [("Content-Length", str(size * chunks))])
        for _ in range(chunks):
            yield b"x" * size

    with (
        served(application, monkeypatch, outbuf_high_watermark=HIGH) as port,
        socket.create_connection(("127.0.0.1", port), timeout=30) as client,
    ):
        for _ in range(2):  # the connection is kept
            client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            head, _, body = client.recv(4096).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK")
            while len(body) < size * chunks:
                body += client.recv(2**16)
            assert body == b"x" * size * chunks
