"""Who is trusted by whom, and how often that is read."""

import shutil
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace

import certifi
import pytest
from urllib3.exceptions import InsecureRequestWarning

from sentry_twilio.core import ApiClient, ApiConnectionError, ApiInvalidRequest
from sentry_twilio.core import tls as trust
from tests.core.loopback import answer, self_signed, serving


class Client(ApiClient):
    plugin_name = "pager"
    timeout = (2.0, 5.0)


@pytest.fixture(autouse=True)
def _no_bundle_of_the_machine(monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def certificate(tmp_path):
    return self_signed(tmp_path)


@pytest.fixture
def bundle(certificate, tmp_path, monkeypatch):
    """A bundle that trusts the certificate, named as an operator would name it."""
    path = tmp_path / "bundle.pem"
    shutil.copy(certificate, path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    return path


@pytest.fixture
def readings(monkeypatch):
    """The bundles that were read since the test began, by whomever."""
    read = []

    class Context(ssl.SSLContext):
        def load_verify_locations(self, cafile=None, *others):
            read.append(cafile)
            super().load_verify_locations(cafile, *others)

    monkeypatch.setattr("urllib3.util.ssl_.SSLContext", Context)
    trust._read.cache_clear()
    yield read
    trust._read.cache_clear()


@contextmanager
def tls_server(certificate: Path, together: int = 1):
    """Answers when `together` connections have come with a request each."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    barrier = Barrier(together)

    def play(connection, server):
        with context.wrap_socket(connection, server_side=True) as secured:
            while server.read(secured):
                barrier.wait(5)
                secured.sendall(answer(b'{"ok": true}'))

    with serving(play) as server:
        yield server, f"https://127.0.0.1:{server.port}"


def test_ten_connections_that_begin_together_read_the_bundle_once(certificate, bundle, readings):
    with (
        tls_server(certificate, together=10) as (server, url),
        Client(url) as client,
        ThreadPoolExecutor(10) as pool,
    ):
        answers = list(pool.map(lambda _: client.get("/m").body, range(10)))
    assert answers == [{"ok": True}] * 10
    assert server.connections == 10
    assert readings == [str(bundle)]


def test_two_clients_share_what_was_read(certificate, bundle, readings):
    with tls_server(certificate) as (_, url):
        for _ in range(2):
            with Client(url) as client:
                assert client.get("/m").body == {"ok": True}
    assert readings == [str(bundle)]


def test_a_bundle_that_changed_is_read_again(certificate, bundle, tmp_path):
    folder = tmp_path / "other"
    folder.mkdir()
    bundle.write_bytes(self_signed(folder).read_bytes())
    with tls_server(certificate) as (_, url), Client(url) as client:
        with pytest.raises(ApiConnectionError, match="certificate"):
            client.get("/m")
        shutil.copy(certificate, bundle)
        assert client.get("/m").body == {"ok": True}


def test_without_a_bundle_of_ones_own_only_public_authorities_are_trusted(certificate, readings):
    with (
        tls_server(certificate) as (server, url),
        Client(url) as client,
        pytest.raises(ApiConnectionError, match="certificate") as caught,
    ):
        client.get("/m")
    assert not caught.value.may_have_been_processed
    assert server.requests == []
    assert readings == [certifi.where()]


def test_a_trusted_certificate_of_another_name_is_refused(certificate, bundle):
    with (
        tls_server(certificate) as (server, url),
        Client(url.replace("127.0.0.1", "localhost")) as client,
        pytest.raises(ApiConnectionError, match="certificate"),
    ):
        client.get("/m")
    assert server.requests == []


def test_an_unverified_client_leaves_the_others_verified(certificate):
    class Trusting(Client):
        verify_ssl = False

    with tls_server(certificate) as (_, url), Trusting(url) as trusting, Client(url) as client:
        with pytest.warns(InsecureRequestWarning):
            assert trusting.get("/m").body == {"ok": True}
        with pytest.raises(ApiConnectionError):
            client.get("/m")


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_bundle_that_cannot_be_read_means_not_processed(certificate, bundle, content):
    if content is None:
        bundle.unlink()
    else:
        bundle.write_bytes(content)
    with (
        tls_server(certificate) as (server, url),
        Client(url) as client,
        pytest.raises(ApiInvalidRequest, match="UnreadableCertificates") as caught,
    ):
        client.post("/m", data={"text": "hello"})
    assert not caught.value.may_have_been_processed
    assert server.connections == 0


def test_a_folder_of_authorities_is_left_to_requests(tmp_path):
    pool = SimpleNamespace(proxy=None, conn_kw={})
    trust.SharedTrustAdapter().cert_verify(pool, "https://api.example.com", str(tmp_path), None)
    assert pool.ca_cert_dir == str(tmp_path)
    assert pool.conn_kw == {}


def test_behind_a_proxy_the_bundle_is_named_for_the_proxy_too(certificate):
    pool = SimpleNamespace(proxy="https://proxy.example.com", conn_kw={})
    trust.SharedTrustAdapter().cert_verify(pool, "https://api.example.com", str(certificate), None)
    assert pool.ca_certs == str(certificate)
    assert pool.conn_kw == {}
