"""An emulator of one's own, a client that speaks plain HTTP to it, and a webhook to be called."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twilio.rest import Client

from sentry_twilio.emulator.testing import RunningEmulator

SENDER = "+14155551234"
PHONE = "+14155550100"
SERVICE = "MG0123456789abcdef0123456789abcdef"


class Api:
    """Requests to the emulator without a client library in between."""

    def __init__(self, emulator: RunningEmulator) -> None:
        self.base_url = emulator.base_url
        self.account = f"/2010-04-01/Accounts/{emulator.account_sid}"
        self.session = requests.Session()
        self.session.auth = (emulator.account_sid, emulator.auth_token)

    def request(self, method: str, path: str, **arguments: Any) -> requests.Response:
        return self.session.request(method, self.base_url + path, timeout=10, **arguments)

    def create(self, data: dict[str, Any] | None = None, **changes: Any) -> requests.Response:
        form = {"To": PHONE, "From": SENDER, "Body": "It broke."} if data is None else data
        return self.request("POST", f"{self.account}/Messages.json", data=form | changes)


class Receiver:
    """A webhook: remembers what was posted and answers with `status` and `text`."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.status = 204
        self.text = ""
        self.hang_up = 0
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take(self, body.decode())

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def take(self, request: BaseHTTPRequestHandler, body: str) -> None:
        with self._arrived:
            self.posts.append(
                {
                    "path": request.path,
                    "headers": request.headers,
                    "form": dict(parse_qsl(body, keep_blank_values=True)),
                }
            )
            self._arrived.notify_all()
        if self.hang_up:
            self.hang_up -= 1
            return
        request.send_response(self.status)
        request.send_header("Content-Type", "text/xml")
        request.send_header("Content-Length", str(len(self.text)))
        request.end_headers()
        request.wfile.write(self.text.encode())

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        with self._arrived:
            arrived = self._arrived.wait_for(lambda: len(self.posts) >= count, timeout=10)
            assert arrived, f"{len(self.posts)} of {count} posts came: {self.statuses()}"
            return list(self.posts)

    def statuses(self) -> list[str]:
        return [post["form"].get("MessageStatus", "") for post in self.posts]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


@pytest.fixture
def emulator() -> Iterator[RunningEmulator]:
    with RunningEmulator() as running:
        yield running


@pytest.fixture
def api(emulator: RunningEmulator) -> Iterator[Api]:
    api = Api(emulator)
    yield api
    api.session.close()


@pytest.fixture
def sdk(emulator: RunningEmulator) -> Client:
    """The official client, with nothing changed but where it goes."""
    client = Client(emulator.account_sid, emulator.auth_token)
    client.api.base_url = emulator.base_url
    return client


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 and its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()
