"""A mail server and a web server on loopback, which keep what they get and answer as told."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks as much SMTP as a client needs. `answers` maps a command to another answer."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _MailTalk)
        self.answers: dict[str, str] = {}
        self.envelopes: list[list[str]] = []
        self.messages: list[EmailMessage] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _MailTalk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 ready")
        envelope: list[str] = []
        for line in self.rfile:
            words = line.decode().strip()
            command = words.split(" ")[0].upper()
            answer = self.server.answers.get(command)
            if answer == "hang up":
                return
            if answer:
                self._say(answer)
            elif command == "DATA":
                self._say("354 go on")
                self._read(envelope)
                envelope = []
            elif command == "QUIT":
                self._say("221 bye")
                return
            else:
                # Python's own client writes it in this case or that, by its version.
                envelope += [words.lower()] if command in ("MAIL", "RCPT") else []
                self._say("250 fine")

    def _read(self, envelope: list[str]) -> None:
        data = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            data += line
        message = email.message_from_bytes(data, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.server.envelopes.append(envelope)
        self.server.messages.append(message)
        self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


class WebServer(ThreadingHTTPServer):
    """Answers every request with `status`, after `release` where `holds`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _WebTalk)
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b"ok"
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.holds = False
        self.release = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _WebTalk(BaseHTTPRequestHandler):
    server: WebServer

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append((self.command, self.path, headers, body))
        if self.server.holds:
            self.server.release.wait(60)
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.body)

    do_GET = do_POST = _answer  # noqa: N815  (BaseHTTPRequestHandler looks for these names)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def running(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        if isinstance(server, WebServer):
            server.release.set()
        server.shutdown()
        thread.join()
        server.server_close()
