from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from sentry_twilio.twilio.raw_path import absolute


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/Accounts/AC1.json", "/2010-04-01/Accounts/AC1.json"),
        ("Accounts/AC1.json", "/2010-04-01/Accounts/AC1.json"),
        ("/2010-04-01/Accounts/AC1.json", "/2010-04-01/Accounts/AC1.json"),
        ("/Accounts.json?Page=1&To=%2B1", "/2010-04-01/Accounts.json?Page=1&To=%2B1"),
        ("/Accounts/AC1/Keys/%2B1.json", "/2010-04-01/Accounts/AC1/Keys/%2B1.json"),
    ],
)
def test_a_path_is_below_the_api(path, expected):
    assert absolute(path) == expected


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "https://evil.example/",
        "HTTPS://evil.example/",
        "http:evil.example",
        "file:///etc/passwd",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/..",
        "/../v1/Services",
        "/Accounts/../../v1",
        "/2010-04-01/../v1",
        "/./Accounts",
        "/%2e%2e/v1",
        "/%2E./v1",
        "/%252e%252e/v1",
        "/%25252e%25252e/v1",
        "/%2525252e%2525252e/v1",
        "/Accounts%2f..%2fv1",
        "/Accounts%5c..%5cv1",
        "/Accounts%255c..%255cv1",
        "/Accounts//x",
        "/Accounts/x#y",
        "/Accounts/x y",
        "/Accounts/x\r\nHost: evil.example",
        "/Accounts/%00",
        "/Accounts/\t",
    ],
)
def test_whatever_might_lead_elsewhere_is_a_mistake(path):
    with pytest.raises(ValueError, match="path"):
        absolute(path)


pieces = st.sampled_from(
    ["/", "//", ".", "..", "%2e", "%252e", "%2f", "%5c", "\\", "?", "#", "@", ":", "http", "a", " "]
)


@given(st.lists(st.one_of(pieces, st.text(max_size=3)), max_size=8).map("".join))
def test_no_path_leaves_the_host_or_the_api(path):
    try:
        found = absolute(path)
    except ValueError:
        return
    url = requests.Request("GET", f"https://api.twilio.com{found}").prepare().url
    assert urlsplit(url).netloc == "api.twilio.com"
    assert urlsplit(url).path.startswith("/2010-04-01/")
