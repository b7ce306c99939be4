"""What became of a request when no answer came, over real sockets."""

import socket
import ssl
import threading

import pytest
import requests

from sentry_twilio.core import (
    ApiClient,
    ApiConnectionError,
    ApiError,
    ApiInvalidRequest,
    ApiServerError,
    ApiTimeout,
)
from tests.core.loopback import Loopback, answer, answering, free_port, reset, self_signed, serving

SECRET = "0123456789abcdef0123456789abcdef"


class Client(ApiClient):
    plugin_name = "pager"
    timeout = (1.0, 0.3)


def failure(url: str, path: str = "/messages", **arguments) -> ApiError:
    with Client(url) as client, pytest.raises(ApiError) as caught:
        client.post(path, data={"Body": "x"}, json=False, auth=("AC1", SECRET), **arguments)
    return caught.value


def test_a_name_that_does_not_resolve_means_not_processed(monkeypatch):
    def unresolvable(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unresolvable)
    error = failure("http://twilio.invalid")
    assert isinstance(error, ApiConnectionError)
    assert not error.may_have_been_processed
    assert str(error) == "Pager could not be reached."


def test_a_refused_connection_means_not_processed():
    error = failure(f"http://127.0.0.1:{free_port()}")
    assert isinstance(error, ApiConnectionError)
    assert not error.may_have_been_processed


def test_a_timeout_while_connecting_means_not_processed(monkeypatch):
    def slow(self, address):
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket.socket, "connect", slow)
    error = failure("http://127.0.0.1:9")
    assert isinstance(error, ApiTimeout)
    assert not error.may_have_been_processed
    assert str(error) == "pager could not be reached in time."


def test_a_server_without_tls_means_not_processed():
    def plain(connection: socket.socket, server: Loopback) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(plain) as server:
        error = failure(f"https://127.0.0.1:{server.port}")
    assert isinstance(error, ApiConnectionError)
    assert not error.may_have_been_processed
    assert "certificate or protocol" in str(error)


def test_silence_after_the_request_means_that_it_may_have_been_processed():
    stop = threading.Event()

    def silent(connection: socket.socket, server: Loopback) -> None:
        server.read(connection)
        stop.wait(5)

    with serving(silent) as server:
        error = failure(server.url)
        stop.set()
    assert isinstance(error, ApiTimeout)
    assert error.may_have_been_processed
    assert str(error) == "pager did not answer in time."


def test_silence_in_the_middle_of_the_answer_is_a_timeout_too():
    stop = threading.Event()

    def stall(connection: socket.socket, server: Loopback) -> None:
        server.read(connection)
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{")
        stop.wait(5)

    with serving(stall) as server:
        error = failure(server.url)
        stop.set()
    assert isinstance(error, ApiTimeout)
    assert error.may_have_been_processed


def _reset_unread(connection: socket.socket, server: Loopback) -> None:
    # A reset before anything was sent may still count as a failure to connect.
    connection.recv(1, socket.MSG_PEEK)
    reset(connection)


def _reset_after_reading(connection: socket.socket, server: Loopback) -> None:
    server.read(connection)
    reset(connection)


def _hang_up(connection: socket.socket, server: Loopback) -> None:
    server.read(connection)


def _broken_chunk(connection: socket.socket, server: Loopback) -> None:
    server.read(connection)
    connection.sendall(
        b'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"sid\r\nzz\r\n'
    )


def _not_http(connection: socket.socket, server: Loopback) -> None:
    server.read(connection)
    connection.sendall(b"220 mail.example.com ESMTP\r\n")


@pytest.mark.parametrize(
    "play",
    [_reset_unread, _reset_after_reading, _hang_up, _broken_chunk, _not_http],
)
def test_a_connection_that_breaks_means_that_it_may_have_been_processed(play):
    with serving(play) as server:
        error = failure(server.url)
    assert isinstance(error, ApiConnectionError)
    assert error.may_have_been_processed
    assert error.status is None


def test_an_answer_that_ends_too_early_may_have_been_processed():
    def too_short(connection: socket.socket, server: Loopback) -> None:
        server.read(connection)
        connection.sendall(b'HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"sid')

    with serving(too_short) as server:
        error = failure(server.url)
    # urllib3 1 does not count what comes, and passes it on as the whole answer.
    assert isinstance(error, (ApiConnectionError, ApiServerError))
    assert error.may_have_been_processed


def test_a_body_that_cannot_be_unpacked_is_a_server_error():
    reply = answer(b"no gzip at all", "201 Created", "Content-Encoding: gzip\r\n")
    with serving(answering(reply)) as server:
        error = failure(server.url)
    assert isinstance(error, ApiServerError)
    assert error.may_have_been_processed


def test_a_redirect_to_no_url_still_says_that_an_answer_came():
    # Building the redirect's request fails; that must not pass for ours not having been built.
    reply = answer(b"", "302 Found", "Location: http://[nonsense/\r\n")
    with serving(answering(reply)) as server:
        error = failure(server.url)
    assert len(server.requests) == 1
    assert error.may_have_been_processed


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "nonsense", "http://"])
def test_what_is_no_url_is_an_invalid_request(url):
    error = failure(url)
    assert isinstance(error, ApiInvalidRequest)
    assert not error.may_have_been_processed


def test_a_certificate_that_nobody_vouches_for_means_not_processed(tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))

    def play(connection: socket.socket, server: Loopback) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            server.read(secured)

    with serving(play) as server:
        error = failure(f"https://127.0.0.1:{server.port}")
    assert isinstance(error, ApiConnectionError)
    assert not error.may_have_been_processed
    assert server.requests == []


def test_a_header_that_cannot_be_sent_is_an_invalid_request():
    with serving(answering(answer())) as server, Client(server.url) as client:
        for value in ("a\r\nX-Evil: 1", "Zürich → Bern"):
            with pytest.raises(ApiInvalidRequest) as caught:
                client.get("/x", headers={"X-Name": value})
            assert not caught.value.may_have_been_processed
        assert server.requests == []


@pytest.mark.parametrize("play", [_reset_after_reading, _hang_up])
def test_a_proxy_that_breaks_after_the_request_does_not_pass_for_unreachable(play, monkeypatch):
    # urllib3 calls this "Unable to connect to proxy", although the proxy has read it all.
    with serving(play) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        error = failure("http://api.example.com")
    assert len(proxy.requests) == 1
    assert error.may_have_been_processed


def test_a_proxy_that_cannot_be_reached_means_not_processed(monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://user:{SECRET}@127.0.0.1:{free_port()}")
    error = failure("http://api.example.com")
    assert isinstance(error, ApiConnectionError)
    assert not error.may_have_been_processed
    assert SECRET not in repr(error)


def test_a_proxy_that_does_not_let_us_through_means_not_processed(monkeypatch):
    with serving(answering(answer(b"", "407 Proxy Authentication Required"))) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        error = failure("https://api.example.com")
    assert proxy.requests[0].startswith(b"CONNECT api.example.com:443")
    assert not error.may_have_been_processed


def test_a_failure_while_another_one_is_handled_is_judged_by_itself():
    with serving(_reset_after_reading) as server:
        try:
            requests.post(f"http://127.0.0.1:{free_port()}", timeout=1)
        except requests.ConnectionError:
            error = failure(server.url)
    assert error.may_have_been_processed


def test_broken_answers_give_their_connections_back():
    class Narrow(Client):
        pool_size = 1

    with serving(_broken_chunk) as server, Narrow(server.url) as client:
        for _ in range(3):
            with pytest.raises(ApiConnectionError):
                client.get("/x")
    assert server.connections == 3
