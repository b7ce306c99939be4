import json
from pathlib import Path

import pytest
from django.utils.datastructures import MultiValueDict
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from sentry_twilio.twilio.signature import is_valid, sign

VECTORS = json.loads(
    (Path(__file__).parent.parent / "data" / "signature_vectors.json").read_text("utf-8")
)["vectors"]
URL = "https://alerts.example.com/hooks/twilio/status/?attempt=1"
TOKEN = "b" * 32
PARAMS = [("MessageSid", "SM1"), ("Body", "hé 漢")]

HOSTS = st.sampled_from(["example.com", "example.com:8443", "example.com:443"])
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_it_agrees_with_the_published_and_recorded_signatures(vector):
    params = [tuple(pair) for pair in vector["params"]]
    body = vector["body"].encode() if "body" in vector else None
    valid = is_valid(vector["url"], params, vector["signature"], [vector["auth_token"]], body)
    assert valid is bool(vector["valid"])


@given(HOSTS, st.lists(st.tuples(WORDS, WORDS), max_size=5))
def test_it_signs_as_the_official_sdk_does(host, params):
    url = f"https://{host}/hooks/?a=%20b"
    values = MultiValueDict()
    for key, value in params:
        values.appendlist(key, value)
    signature = sign(url, params, TOKEN)
    assert signature == RequestValidator(TOKEN).compute_signature(url, values)
    assert is_valid(url, params, signature, [TOKEN])
    assert RequestValidator(TOKEN).validate(url, values, signature)


def test_it_takes_params_as_a_mapping_with_lists_as_well():
    assert sign(URL, {"A": ["2", "1"], "B": "x"}, TOKEN) == sign(
        URL, [("B", "x"), ("A", "1"), ("A", "2")], TOKEN
    )


def test_each_of_several_tokens_counts():
    signature = sign(URL, PARAMS, TOKEN)
    assert is_valid(URL, PARAMS, signature, ["a" * 32, TOKEN])
    assert not is_valid(URL, PARAMS, signature, ["a" * 32])
    assert not is_valid(URL, PARAMS, signature, [])


def test_an_empty_token_proves_nothing():
    assert not is_valid(URL, PARAMS, sign(URL, PARAMS, ""), [""])


@pytest.mark.parametrize("signature", [None, "", "ä", "\ud800", b"bytes", 5])
def test_a_signature_that_is_none_is_invalid_and_no_error(signature):
    assert not is_valid(URL, PARAMS, signature, [TOKEN])


@pytest.mark.parametrize("url", [None, "", "no url", "https://[::1", "https://a:b:c/?bodySHA256=1"])
def test_a_url_that_is_none_is_invalid_and_no_error(url):
    assert not is_valid(url, PARAMS, "x", [TOKEN])
    assert not is_valid(url, PARAMS, "x", [TOKEN], b"{}")


@given(st.text(), st.lists(st.tuples(st.text(), st.text())), st.text(), st.binary() | st.none())
def test_nothing_that_arrives_raises(url, params, signature, body):
    assert is_valid(url, params, signature, [TOKEN], body) is False


@pytest.mark.parametrize("host", ["user:pass@example.com", "[2001:db8::1]"])
def test_a_port_may_be_missing_from_what_was_signed(host):
    signature = sign(f"https://{host}/in", PARAMS, TOKEN)
    assert is_valid(f"https://{host}:8443/in", PARAMS, signature, [TOKEN])
    assert not is_valid(f"https://{host}/other", PARAMS, signature, [TOKEN])


@pytest.mark.parametrize(
    ("params", "signature", "body"),
    [({"a": "b"}, None, None), ("", "x", b"raw")],
)
def test_where_the_official_validator_raises_it_is_invalid(params, signature, body):
    url = "https://example.com/hook?bodySHA256=0"
    with pytest.raises((AttributeError, IndexError, TypeError, ValueError)):
        RequestValidator("t").validate(url, params if body is None else body, signature)
    assert not is_valid(url, params, signature, ["t"], body)


@pytest.mark.parametrize(("params", "tokens"), [(None, ["t"]), ((), None), (None, None)])
def test_nothing_given_is_nothing_that_is_signed(params, tokens):
    assert not is_valid("https://example.com/", params, "signature", tokens)
