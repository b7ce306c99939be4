"""What a client makes of an answer, and what it asks for."""

import logging

import pytest
import responses

from sentry_twilio.core import (
    ApiClient,
    ApiError,
    ApiForbidden,
    ApiInvalidRequest,
    ApiNotFound,
    ApiRateLimited,
    ApiServerError,
    ApiUnauthorized,
    RetryPolicy,
)

URL = "https://api.example.com"
SECRET = "0123456789abcdef0123456789abcdef"


class Client(ApiClient):
    plugin_name = "pager"


@pytest.fixture
def api():
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def client():
    with Client(URL) as client:
        yield client


@pytest.mark.parametrize(
    ("status", "kind", "may_have_been_processed"),
    [
        (302, ApiInvalidRequest, True),
        (307, ApiInvalidRequest, False),
        (308, ApiInvalidRequest, False),
        (400, ApiInvalidRequest, False),
        (401, ApiUnauthorized, False),
        (403, ApiForbidden, False),
        (404, ApiNotFound, False),
        (408, ApiInvalidRequest, True),
        (418, ApiInvalidRequest, False),
        (429, ApiRateLimited, False),
        (500, ApiServerError, True),
        (503, ApiServerError, True),
    ],
)
def test_each_status_has_its_error(api, client, status, kind, may_have_been_processed):
    headers = {"X-Request-Id": "RQ1", "Retry-After": "7", "Location": "https://u:p@other.example/x"}
    api.post(f"{URL}/messages", status=status, json={"code": 20001}, headers=headers)
    with pytest.raises(ApiError) as caught:
        client.post("/messages", data={})
    error = caught.value
    assert type(error) is kind
    assert error.may_have_been_processed is may_have_been_processed
    assert (error.status, error.body, error.request_id) == (status, {"code": 20001}, "RQ1")
    assert error.headers["retry-after"] == "7"
    assert error.retry_after == 7.0
    assert "pager" in str(error)
    assert "u:p" not in str(error)


def test_a_get_that_is_redirected_nowhere_was_not_processed(api, client):
    api.get(f"{URL}/messages", status=304)
    with pytest.raises(ApiInvalidRequest) as caught:
        client.get("/messages")
    assert not caught.value.may_have_been_processed


def test_json_is_parsed(api, client):
    api.get(f"{URL}/m", json={"sid": "SM1"}, headers={"X-Request-Id": "RQ2"})
    answer = client.get("/m")
    assert (answer.status, answer.body, answer.request_id) == (200, {"sid": "SM1"}, "RQ2")


def test_an_empty_answer_has_no_body(api, client):
    api.delete(f"{URL}/m", status=204)
    answer = client.delete("/m")
    assert (answer.status, answer.body) == (204, None)


@pytest.mark.parametrize("body", ["<html>it works</html>", "[" * 100_000, '{"a": '])
def test_an_answer_that_is_no_json_is_an_error(api, client, body):
    api.post(f"{URL}/m", body=body, status=201)
    with pytest.raises(ApiServerError) as caught:
        client.post("/m")
    assert caught.value.may_have_been_processed
    assert caught.value.status == 201
    assert caught.value.body == body


def test_text_is_an_answer_where_it_is_allowed(api, client):
    api.get(f"{URL}/m", body="pong")
    assert client.get("/m", allow_text=True).body == "pong"


def test_the_body_of_an_error_may_be_text(api, client):
    api.get(f"{URL}/m", body="<html>Bad Gateway</html>", status=502)
    with pytest.raises(ApiServerError) as caught:
        client.get("/m")
    assert caught.value.body == "<html>Bad Gateway</html>"
    assert "html" not in str(caught.value)


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_each_method_is_sent_as_what_it_is(api, client, method):
    api.add(method.upper(), f"{URL}/m", json={})
    getattr(client, method)("/m")
    assert api.calls[0].request.method == method.upper()


def test_data_is_json_a_form_or_parts(api, client):
    for _ in range(3):
        api.post(f"{URL}/m", json={})
    client.post("/m", data={"a": [1]})
    client.post("/m", data=[("a", "1"), ("a", "2")], json=False)
    client.post("/m", data={"note": "kept"}, files={"file": ("a.txt", b"content")})
    as_json, as_form, as_parts = (call.request for call in api.calls)
    assert as_json.headers["Content-Type"] == "application/json"
    assert as_json.body == b'{"a": [1]}'
    assert as_form.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert as_form.body == "a=1&a=2"
    assert b'name="note"' in as_parts.body
    assert b"kept" in as_parts.body
    assert b"content" in as_parts.body


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/m", f"{URL}/m"),
        ("m", f"{URL}/m"),
        (".evil.example/m", f"{URL}/.evil.example/m"),
        ("@evil.example/m", f"{URL}/@evil.example/m"),
        ("//evil.example/m", f"{URL}//evil.example/m"),
        ("/m?next=http://other.example/", f"{URL}/m?next=http://other.example/"),
        ("https://other.example/m", "https://other.example/m"),
    ],
)
def test_a_path_stays_on_the_host_unless_it_is_a_url(api, client, path, url):
    api.get(url, json={})
    client.get(path)
    assert api.calls[0].request.url == url


def test_a_base_url_with_credentials_is_rejected_without_quoting_them():
    with pytest.raises(ValueError, match="Credentials") as caught:
        Client(f"https://user:{SECRET}@api.example.com")
    assert SECRET not in repr(caught.value)


def test_nothing_is_repeated_unless_a_policy_says_so(api, client):
    api.get(f"{URL}/m", status=429)
    with pytest.raises(ApiRateLimited):
        client.get("/m")
    assert len(api.calls) == 1


def test_a_policy_repeats_until_the_answer_is_good(api, client, monkeypatch):
    slept = []
    monkeypatch.setattr("sentry_twilio.core.client.time.sleep", slept.append)
    api.get(f"{URL}/m", status=429, headers={"Retry-After": "2"})
    api.get(f"{URL}/m", status=429)
    api.get(f"{URL}/m", json={"sid": "SM1"})
    assert client.get("/m", retry=RetryPolicy(jitter=0)).body == {"sid": "SM1"}
    assert slept == [2.0, 0.2]


def test_a_policy_gives_up_with_the_last_error(api, client, monkeypatch):
    monkeypatch.setattr("sentry_twilio.core.client.time.sleep", lambda _: None)
    answers = [api.get(f"{URL}/m", status=429, json={"try": number}) for number in range(3)]
    with pytest.raises(ApiRateLimited) as caught:
        client.get("/m", retry=RetryPolicy(tries=3))
    assert [answer.call_count for answer in answers] == [1, 1, 1]
    assert caught.value.body == {"try": 2}


def test_the_log_has_neither_the_query_nor_the_credentials(api, client, caplog):
    caplog.set_level(logging.DEBUG, logger="sentry_twilio")
    api.get(f"{URL}/m", json={})
    client.get("/m", params={"To": "+13305093095"}, auth=("AC1", SECRET))
    (record,) = caplog.records
    assert record.getMessage().startswith("pager GET /m: 200 in ")
    assert "3305093095" not in caplog.text
    assert SECRET not in caplog.text
