"""A timeout is one for the whole, over real sockets."""

import socket
import threading
import time

import pytest

from sentry_twilio.core import (
    ApiClient,
    ApiConnectionError,
    ApiError,
    ApiTimeout,
    total_time,
)
from tests.core.loopback import Loopback, answer, answering, free_port, serving

AMPLE = 20.0
"""Seconds after which a slow machine is no excuse any more."""


class Client(ApiClient):
    plugin_name = "pager"
    timeout = (0.5, 0.5)


def failure(url: str) -> ApiError:
    with Client(url) as client, pytest.raises(ApiError) as caught:
        client.post("/messages", data={"Body": "x"}, json=False)
    return caught.value


def trickling(beginning: bytes, drop: bytes):
    """Begin an answer, and then send so little so often that no single wait is too long."""

    def play(connection: socket.socket, server: Loopback) -> None:
        server.read(connection)
        connection.sendall(beginning)
        until = time.monotonic() + AMPLE
        while time.monotonic() < until:
            time.sleep(0.05)
            connection.sendall(drop)

    return play


@pytest.mark.parametrize(
    ("beginning", "drop"),
    [
        pytest.param(b"HTTP/1.1 201 Created\r\nContent-Length: 99999\r\n\r\n{", b" ", id="body"),
        pytest.param(
            b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1\r\n \r\n",
            id="chunks",
        ),
        pytest.param(b"HTTP/1.1 201 Created\r\nX-Long: ", b"x", id="a header"),
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", id="patience"),
    ],
)
def test_an_answer_that_never_ends_is_a_timeout(beginning, drop):
    started = time.monotonic()
    with serving(trickling(beginning, drop)) as server:
        error = failure(server.url)
    assert time.monotonic() - started < AMPLE
    assert isinstance(error, ApiTimeout)
    assert error.may_have_been_processed


def test_a_handshake_that_never_ends_means_not_processed():
    stop = threading.Event()
    with serving(lambda connection, server: stop.wait(AMPLE)) as server:
        error = failure(f"https://127.0.0.1:{server.port}")
        stop.set()
    assert isinstance(error, ApiTimeout)
    assert not error.may_have_been_processed


def named(monkeypatch, *addresses: str) -> None:
    """Have any name stand for these addresses."""
    real = socket.getaddrinfo

    def look_up(host, *others, **more):
        if host != "api.test":
            return real(host, *others, **more)
        return [found for address in addresses for found in real(address, *others, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture
def silence(monkeypatch):
    """What the given addresses do not answer; returns how long each was waited for."""
    real, waited = socket.socket.connect, []

    def connect(self, address):
        if address[0] == "127.0.0.1":
            return real(self, address)
        waited.append(self.gettimeout())
        time.sleep(self.gettimeout())
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket.socket, "connect", connect)
    return waited


def test_many_addresses_share_the_time_to_connect(monkeypatch, silence):
    named(monkeypatch, *(f"127.0.0.{n}" for n in range(2, 10)))
    error = failure("http://api.test:9")
    assert isinstance(error, ApiTimeout)
    assert not error.may_have_been_processed
    assert sum(silence) <= 0.5 + 0.001
    assert len(silence) >= 2


def test_a_long_way_is_gone_though_there_are_many_addresses(monkeypatch):
    real = socket.socket.connect

    def connect(self, address):
        if self.gettimeout() < 1.5:
            time.sleep(self.gettimeout())
            raise TimeoutError("timed out")
        return real(self, ("127.0.0.1", address[1]))

    with serving(answering(answer())) as server:
        named(monkeypatch, *(f"127.0.0.{n}" for n in range(2, 10)))
        monkeypatch.setattr(socket.socket, "connect", connect)
        with Client(f"http://api.test:{server.port}") as client:
            assert client.get("/m", timeout=(5.0, 5.0)).status == 200


def test_a_family_of_addresses_that_leads_nowhere_leaves_the_other_its_turn(monkeypatch):
    monkeypatch.setattr(total_time, "allowed_gai_family", lambda: socket.AF_UNSPEC)
    named(monkeypatch, "::1", "::2", "::3", "127.0.0.1", "127.0.0.1", "127.0.0.2")
    connection = total_time._Connection("api.test", 80, timeout=1.0)
    assert connection._addresses() == ["::1", "127.0.0.1", "::2", "127.0.0.2", "::3"]


def test_an_address_that_is_silent_leaves_time_for_one_that_answers(monkeypatch, silence):
    with serving(answering(answer())) as server:
        named(monkeypatch, "127.0.0.2", "127.0.0.1")
        with Client(f"http://api.test:{server.port}") as client:
            assert client.get("/m").status == 200
    assert len(silence) == 1


def test_after_a_name_that_took_too_long_nothing_is_sent(monkeypatch):
    real = socket.getaddrinfo

    def slow(*arguments, **more):
        time.sleep(0.6)
        return real(*arguments, **more)

    with serving(answering(answer())) as server:
        monkeypatch.setattr(socket, "getaddrinfo", slow)
        error = failure(server.url)
    assert isinstance(error, ApiTimeout)
    assert not error.may_have_been_processed
    assert server.connections == 0


def test_a_port_where_nobody_listens_is_no_timeout():
    error = failure(f"http://localhost:{free_port()}")
    assert isinstance(error, ApiConnectionError)
    assert not error.may_have_been_processed


def test_each_request_of_a_connection_has_its_own_time():
    def play(connection: socket.socket, server: Loopback) -> None:
        while server.read(connection):
            time.sleep(0.2)
            connection.sendall(answer())

    with serving(play) as server, Client(server.url) as client:
        assert [client.get("/m").status for _ in range(5)] == [200] * 5
    assert server.connections == 1


def test_a_request_on_a_used_connection_has_all_its_time_to_be_written(monkeypatch):
    real, left = socket.socket.sendall, []

    def sendall(self, data, *flags):
        if self.gettimeout() is not None:  # the client's
            left.append(self.gettimeout())
        return real(self, data, *flags)

    monkeypatch.setattr(socket.socket, "sendall", sendall, raising=False)
    with serving(answering(answer())) as server, Client(server.url) as client:
        for _ in range(3):
            client.post("/m", data={"Body": "x"}, json=False, timeout=(40.0, 20.0))
    assert server.connections == 1
    assert min(left) > 20


def test_a_proxy_s_connections_keep_to_it_too(monkeypatch):
    beginning = b"HTTP/1.1 201 Created\r\nContent-Length: 99999\r\n\r\n{"
    with serving(trickling(beginning, b" ")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        error = failure("http://api.example.com")
    assert isinstance(error, ApiTimeout)
    assert error.may_have_been_processed
