import json
from base64 import b64encode
from urllib.parse import parse_qsl

import pytest
import requests
import responses

from sentry_twilio import TwilioApiClient
from sentry_twilio.core import (
    ApiConnectionError,
    ApiError,
    ApiInvalidRequest,
    ApiRateLimited,
    ApiServerError,
)

ACCOUNT = "AC" + "a" * 32
TOKEN = "b" * 32
PATH = f"/Accounts/{ACCOUNT}/Messages.json"
URL = f"https://api.twilio.com/2010-04-01{PATH}"
PIXEL = bytes(range(256))


@pytest.fixture
def twilio():
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def waits(monkeypatch):
    """How long each wait would have been."""
    waited = []
    monkeypatch.setattr("sentry_twilio.core.client.time.sleep", waited.append)
    return waited


@pytest.fixture
def client():
    with TwilioApiClient(ACCOUNT, TOKEN) as one:
        yield one


def test_it_keeps_the_accounts_credentials(client, twilio):
    twilio.get(URL, json={"messages": []}, headers={"Twilio-Request-Id": "RQ1"})
    response = client.raw_request(PATH, headers={"X-Mine": "1"})
    assert (response.status, response.body, response.request_id) == (200, {"messages": []}, "RQ1")
    headers = twilio.calls[0].request.headers
    assert headers["Authorization"] == "Basic " + b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    assert headers["X-Mine"] == "1"


@pytest.mark.parametrize(
    "header", ["Authorization", "authorization ", "HOST", "Cookie", "Content-Length"]
)
def test_the_clients_own_headers_are_not_the_callers(client, header):
    with pytest.raises(ValueError, match="itself"):
        client.raw_request(PATH, headers={header: "x"})


def test_a_header_with_a_line_break_is_never_sent(client):
    with pytest.raises(ApiInvalidRequest):
        client.raw_request(PATH, headers={"X-Mine": "1\r\nHost: evil.example"}, max_retries=9)


def test_another_host_is_never_asked(client):
    with pytest.raises(ValueError, match="path"):
        client.raw_request("https://evil.example/")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(client, twilio, status):
    twilio.get(URL, status=status, headers={"Location": "https://evil.example/"})
    with pytest.raises(ApiInvalidRequest):
        client.raw_request(PATH)
    assert len(twilio.calls) == 1


def test_a_form_is_what_twilio_takes(client, twilio):
    twilio.post(URL, json={}, status=201)
    form = {"To": "+1", "SmartEncoded": True, "MediaUrl": ["a", "b"], "From": None}
    client.raw_request(PATH, "post", form_data=form)
    request = twilio.calls[0].request
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qsl(request.body) == [
        ("To", "+1"),
        ("SmartEncoded", "true"),
        ("MediaUrl", "a"),
        ("MediaUrl", "b"),
    ]


def test_files_have_names_and_types(client, twilio):
    twilio.post(URL, json={}, status=201)
    files = [("File", ("a.png", PIXEL, "image/png")), ("File", ("b.txt", b"words"))]
    client.raw_request(PATH, "POST", form_data=[("Name", "x")], file_data=files)
    request = twilio.calls[0].request
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    for part in (
        b'name="Name"\r\n\r\nx\r\n',
        b'name="File"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n' + PIXEL,
        b'name="File"; filename="b.txt"\r\n\r\nwords',
    ):
        assert part in request.body


@pytest.mark.parametrize(
    ("data", "sent"),
    [({"a": ["ü"]}, {"a": ["ü"]}), ([1], [1]), ({}, {})],
)
def test_data_is_json(client, twilio, data, sent):
    twilio.put(URL, json={})
    client.raw_request(PATH, "PUT", data=data)
    request = twilio.calls[0].request
    assert json.loads(request.body) == sent
    assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("data", ["<Response>ü</Response>", "<Response>ü</Response>".encode()])
def test_text_and_bytes_are_sent_as_they_are(client, twilio, data):
    twilio.post(URL, json={})
    client.raw_request(PATH, "POST", data=data, headers={"Content-Type": "text/xml"})
    request = twilio.calls[0].request
    assert request.body == "<Response>ü</Response>".encode()
    assert request.headers["Content-Type"] == "text/xml"


def test_a_body_and_a_form_are_one_too_many(client):
    with pytest.raises(ValueError, match="not both"):
        client.raw_request(PATH, "POST", data={}, form_data={})
    with pytest.raises(ValueError, match="not both"):
        client.raw_request(PATH, "POST", data="x", file_data={"File": ("a", b"")})


def test_query_parameters_are_escaped(client, twilio):
    twilio.get(URL, json={})
    client.raw_request(PATH, query_params={"To": "+1 2", "DateSent>": "2030-01-01", "x": None})
    query = twilio.calls[0].request.url.partition("?")[2]
    assert parse_qsl(query) == [("To", "+1 2"), ("DateSent>", "2030-01-01")]


@pytest.mark.parametrize(
    ("kind", "sent", "body"),
    [
        ("json", b'{"a": 1}', {"a": 1}),
        ("json", b"", None),
        ("text", b'{"a": 1}', '{"a": 1}'),
        ("text", "grüezi".encode(), "grüezi"),
        ("text", b"", ""),
        ("binary", PIXEL, PIXEL),
        ("binary", b'{"a": 1}', b'{"a": 1}'),
        ("binary", b"", b""),
    ],
)
def test_the_answer_has_the_type_that_was_asked_for(client, twilio, kind, sent, body):
    twilio.get(URL, body=sent, content_type="application/octet-stream")
    assert client.raw_request(PATH, response_type=kind).body == body


def test_what_should_be_json_and_is_not_is_an_error(client, twilio):
    twilio.get(URL, body="<html>")
    with pytest.raises(ApiServerError):
        client.raw_request(PATH)


def test_an_error_is_read_as_ever(client, twilio):
    twilio.get(URL, json={"code": 20003}, status=401)
    with pytest.raises(ApiError) as caught:
        client.raw_request(PATH, response_type="binary")
    assert caught.value.body == {"code": 20003}


def test_a_timeout_is_for_the_connection_and_the_answer(client, twilio):
    twilio.get(URL, json={})
    client.raw_request(PATH, timeout=3)
    client.raw_request(PATH, timeout=(1.0, 2.0))
    client.raw_request(PATH)
    timeouts = [call.request.req_kwargs["timeout"] for call in twilio.calls]
    assert timeouts == [(3, 3), (1.0, 2.0), client.timeout]


@pytest.mark.parametrize("method", ["BREW", "", "GET /x HTTP/1.1\r\n"])
def test_an_unknown_method_is_a_mistake(client, method):
    with pytest.raises(ValueError, match="method"):
        client.raw_request(PATH, method)


# Repeating -------------------------------------------------------------------------------


def test_nothing_is_repeated_unasked(client, twilio):
    twilio.get(URL, status=429, json={"code": 20429})
    with pytest.raises(ApiRateLimited):
        client.raw_request(PATH)
    assert len(twilio.calls) == 1


def test_it_is_repeated_as_often_as_allowed_after_the_same_wait(client, twilio, waits):
    twilio.get(URL, status=503)
    with pytest.raises(ApiServerError):
        client.raw_request(PATH, max_retries=3, retry_delay_ms=250)
    assert len(twilio.calls) == 4
    assert waits == [0.25, 0.25, 0.25]


def test_the_waits_double_where_that_is_asked_for(client, twilio, waits):
    twilio.get(URL, status=503)
    with pytest.raises(ApiServerError):
        client.raw_request(PATH, max_retries=3, retry_delay_ms=1000, exponential_backoff=True)
    assert waits == [pytest.approx(1, rel=0.11), pytest.approx(2, rel=0.11), pytest.approx(4, 0.11)]


def test_a_long_delay_of_the_callers_is_kept(client, twilio, waits):
    twilio.get(URL, status=503)
    twilio.get(URL, json={})
    client.raw_request(PATH, max_retries=1, retry_delay_ms=45_000)
    assert waits == [45]


def test_twilios_own_wait_goes_before_ours(client, twilio, waits):
    twilio.get(URL, status=429, json={"code": 20429}, headers={"Retry-After": "2"})
    twilio.get(URL, json={})
    client.raw_request(PATH, max_retries=1)
    assert waits == [2.0]


@pytest.mark.parametrize(
    ("method", "answer", "repeated"),
    [
        ("GET", {"status": 500}, True),
        ("GET", {"status": 408}, True),
        ("GET", {"body": requests.ReadTimeout()}, True),
        ("GET", {"status": 404, "json": {"code": 20404}}, False),
        ("DELETE", {"status": 500}, True),
        # A POST may have been processed unless it surely was not.
        ("POST", {"status": 500}, False),
        ("POST", {"status": 408}, False),
        ("POST", {"body": requests.ReadTimeout()}, False),
        ("POST", {"body": requests.ConnectionError("reset")}, False),
        ("PATCH", {"status": 500}, False),
        ("POST", {"status": 429, "json": {"code": 20429}}, True),
        ("POST", {"status": 429, "json": {"code": 63038}}, False),
        ("POST", {"status": 400, "json": {"code": 21610}}, False),
    ],
)
def test_what_is_safe_and_may_help_is_repeated(client, twilio, waits, method, answer, repeated):
    twilio.add(method, URL, **answer)
    if repeated:
        twilio.add(method, URL, json={"good": True})
        assert client.raw_request(PATH, method, max_retries=1).body == {"good": True}
    else:
        with pytest.raises(ApiError):
            client.raw_request(PATH, method, max_retries=1)
        assert len(twilio.calls) == 1


def test_a_failed_connection_is_repeated_for_every_method(waits):
    with (
        TwilioApiClient(ACCOUNT, TOKEN, base_url="http://127.0.0.1:1") as nowhere,
        pytest.raises(ApiConnectionError) as caught,
    ):
        nowhere.raw_request(PATH, "POST", max_retries=2)
    assert not caught.value.may_have_been_processed
    assert len(waits) == 2


@pytest.mark.parametrize(
    "answer", [{"status": 500}, {"body": requests.ReadTimeout()}, {"status": 400}]
)
def test_a_post_is_repeated_on_all_errors_only_where_that_is_asked_for(
    client, twilio, waits, answer
):
    twilio.post(URL, **answer)
    twilio.post(URL, json={}, status=201)
    client.raw_request(PATH, "POST", max_retries=1, retry_on_all_errors=True)
    assert len(twilio.calls) == 2


@pytest.mark.parametrize("arguments", [{"max_retries": -1}, {"retry_delay_ms": -1}])
def test_less_than_no_retries_are_a_mistake(client, arguments):
    with pytest.raises(ValueError, match="less than none"):
        client.raw_request(PATH, **arguments)
