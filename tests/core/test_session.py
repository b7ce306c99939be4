"""What a client's connections have in common: who sees credentials, and how many there are."""

import base64
import logging
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from sentry_twilio.core import ApiClient, ApiConnectionError, ApiError, ApiInvalidRequest
from sentry_twilio.core.session import BasicAuth, BearerAuth, pooled
from tests.core.loopback import answer, answering, free_port, serving

SECRET = "0123456789abcdef0123456789abcdef"
BASIC = base64.b64encode(f"AC1:{SECRET}".encode())


class Client(ApiClient):
    plugin_name = "pager"
    timeout = (2.0, 5.0)


def redirect(url: str, status: str = "302 Found") -> bytes:
    return answer(b"", status, f"Location: {url}\r\nSet-Cookie: trace=1; Path=/\r\n")


@pytest.fixture
def target():
    with serving(answering(answer(b'{"there": true}'))) as server:
        yield server


def test_a_get_without_credentials_follows_a_redirect(target):
    with serving(answering(redirect(target.url))) as server, Client(server.url) as client:
        assert client.get("/m").body == {"there": True}


@pytest.mark.parametrize(
    "credentials",
    [
        {"auth": ("AC1", SECRET)},
        {"auth": BasicAuth("AC1", SECRET)},
        {"auth": BearerAuth(SECRET)},
        {"headers": {"AUTHORIZATION": f"Bearer {SECRET}"}},
        {"headers": {"X-Api-Key": SECRET}},
    ],
)
@pytest.mark.parametrize("allow_redirects", [None, True])
def test_with_credentials_no_redirect_is_followed(target, credentials, allow_redirects):
    with (
        serving(answering(redirect(target.url))) as server,
        Client(server.url) as client,
        pytest.raises(ApiInvalidRequest, match=r"redirected to 127\.0\.0\.1") as caught,
    ):
        client.get("/m", allow_redirects=allow_redirects, **credentials)
    assert target.connections == 0
    assert len(server.requests) == 1
    assert SECRET not in repr(caught.value)


def test_a_post_follows_no_redirect_unless_asked_to(target):
    with serving(answering(redirect(target.url))) as server, Client(server.url) as client:
        with pytest.raises(ApiInvalidRequest):
            client.post("/m")
        assert target.connections == 0
        assert client.post("/m", allow_redirects=True).body == {"there": True}


def test_a_redirect_for_ever_ends_with_an_error():
    with (
        serving(answering(redirect("/again"))) as server,
        Client(server.url) as client,
        pytest.raises(ApiInvalidRequest, match="too often"),
    ):
        client.get("/m")
    assert len(server.requests) == 31  # requests follows 30 of them


def test_a_redirect_into_nothing_still_says_that_the_first_host_answered():
    nowhere = f"http://127.0.0.1:{free_port()}/"
    with (
        serving(answering(redirect(nowhere))) as server,
        Client(server.url) as client,
        pytest.raises(ApiConnectionError) as caught,
    ):
        client.post("/m", allow_redirects=True)
    assert caught.value.may_have_been_processed


@pytest.fixture
def netrc(tmp_path, monkeypatch):
    path = tmp_path / "netrc"
    path.write_text(f"machine 127.0.0.1 login AC1 password {SECRET}\n")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))


def test_the_netrc_file_is_never_used(netrc, target):
    with serving(answering(redirect(target.url))) as server, Client(server.url) as client:
        client.get("/m")
        client.post("/m", allow_redirects=True)
    seen = b"".join(server.requests + target.requests).lower()
    assert len(target.requests) == 2
    assert b"authorization" not in seen


def test_cookies_are_not_kept(target):
    reply = answer(headers="Set-Cookie: session=1; Path=/\r\n")
    with serving(answering(reply)) as server, Client(server.url) as client:
        client.get("/m")
        client.get("/m")
        assert len(client.session.cookies) == 0
    assert b"cookie" not in server.requests[1].lower()


def test_a_proxy_of_the_environment_is_used(monkeypatch):
    with serving(answering(answer(b'{"by": "proxy"}'))) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        with Client("http://api.example.com") as client:
            assert client.get("/m").body == {"by": "proxy"}
    assert proxy.requests[0].startswith(b"GET http://api.example.com/m HTTP/1.1")


def test_a_proxy_that_the_environment_names_later_is_used_soon(monkeypatch):
    clock = iter([0.0, 4.0, 6.0])
    monkeypatch.setattr(
        "sentry_twilio.core.session.time", SimpleNamespace(monotonic=clock.__next__)
    )
    with (
        serving(answering(answer(b'{"by": "proxy"}'))) as proxy,
        serving(answering(answer(b'{"by": "host"}'))) as host,
        Client(host.url) as client,
    ):
        answers = [client.get("/m").body]
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        answers += [client.get("/m").body, client.get("/m").body]
    assert answers == [{"by": "host"}, {"by": "host"}, {"by": "proxy"}]


def test_each_host_is_asked_for_its_own_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with (
        serving(answering(answer(b'{"by": "proxy"}'))) as proxy,
        serving(answering(answer(b'{"by": "host"}'))) as host,
        Client() as client,
    ):
        monkeypatch.setenv("http_proxy", proxy.url)
        assert client.get(f"{host.url}/m").body == {"by": "host"}
        assert client.get("http://api.example.com/m").body == {"by": "proxy"}
        assert client.get(f"{host.url}/m").body == {"by": "host"}


def test_it_remembers_the_surroundings_of_few_hosts():
    session = pooled(1)
    for number in range(100):
        session.merge_environment_settings(f"http://host-{number}/", {}, None, True, None)
    assert len(session._surroundings) <= 20


def test_credentials_are_sent_as_utf_8(target):
    with Client(target.url) as client:
        client.get("/m", auth=("AC1", SECRET))
        client.get("/m", auth=("Zürich", "→"))
    first, second = target.requests
    assert b"Authorization: Basic " + BASIC in first
    assert b"Authorization: Basic " + base64.b64encode("Zürich:→".encode()) in second


def test_credentials_that_no_encoding_takes_are_not_quoted(target):
    with Client(target.url) as client:
        client.get("/m", auth=("AC1", f"{SECRET}\ud800"))
    assert b"Authorization: Basic " in target.requests[0]


def test_a_bearer_token_is_sent_and_not_shown(target):
    auth = BearerAuth(SECRET)
    with Client(target.url) as client:
        client.get("/m", auth=auth)
    assert f"Authorization: Bearer {SECRET}".encode() in target.requests[0]
    assert SECRET not in repr(auth)


def test_credentials_show_in_no_message_log_repr_or_traceback(caplog):
    caplog.set_level(logging.DEBUG)
    client = Client(f"http://127.0.0.1:{free_port()}")
    auth = BasicAuth("AC1", SECRET)
    with pytest.raises(ApiError) as caught:
        client.post(
            "/m",
            data={"Body": "hello"},
            params={"To": "+13305093095"},
            headers={"X-Api-Key": "k"},
            auth=auth,
        )
    error = caught.value
    text = "".join(traceback.format_exception(error))
    everything = [str(error), repr(error), text, repr(client), repr(auth), str(vars(error))]
    everything += [record.getMessage() for record in caplog.records]
    for seen in everything:
        assert SECRET not in seen
        assert BASIC.decode() not in seen
    assert "3305093095" not in text
    assert error.__cause__ is None
    assert error.__context__ is None


def test_connections_are_used_again():
    with serving(answering(answer())) as server, Client(server.url) as client:
        for _ in range(5):
            client.get("/m")
    assert len(server.requests) == 5
    assert server.connections == 1


def test_thirty_threads_share_ten_connections():
    together = threading.Barrier(10)

    def play(connection, server):
        # Ten requests are under way before the first is answered.
        while server.read(connection):
            together.wait(5)
            connection.sendall(answer())

    with serving(play) as server, Client(server.url) as client, ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: client.get("/m").status, range(60)))
    assert answers == [200] * 60
    assert server.most_open == 10
    assert server.connections == 10


def test_one_that_hangs_keeps_nobody_waiting_where_the_pool_does_not_block():
    begun, go_on = threading.Event(), threading.Event()

    def play(connection, server):
        while request := server.read(connection):
            if request.startswith(b"GET /slow"):
                begun.set()
                go_on.wait(20)
            connection.sendall(answer())

    with (
        serving(play) as server,
        Client(server.url, pool_size=1, pool_block=False) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        slow = pool.submit(client.get, "/slow", timeout=(20.0, 20.0))
        assert begun.wait(20)
        assert client.get("/m").status == 200
        assert not slow.done()
        go_on.set()
        assert slow.result().status == 200
        assert client.get("/m").status == 200
    assert server.connections == 2
