import pytest

from sentry_twilio.twilio.regions import BASE_URL, base_url, resolve


def test_without_a_region_it_is_twilios_first():
    assert base_url() == BASE_URL == "https://api.twilio.com"


@pytest.mark.parametrize(
    ("region", "edge", "url"),
    [
        ("ie1", "dublin", "https://api.dublin.ie1.twilio.com"),
        ("au1", "sydney", "https://api.sydney.au1.twilio.com"),
        ("us1", "sao-paulo", "https://api.sao-paulo.us1.twilio.com"),
    ],
)
def test_a_region_is_entered_by_an_edge(region, edge, url):
    assert base_url(region, edge) == url


@pytest.mark.parametrize(
    ("region", "edge", "missing"), [("ie1", "", "edge is not"), ("", "dublin", "region is not")]
)
def test_one_of_both_says_which_is_missing(region, edge, missing):
    with pytest.raises(ValueError, match=missing):
        base_url(region, edge)


@pytest.mark.parametrize(
    "name", ["evil.example/", "evil.example", "a@b", "a/b", "a#", "a?", "-a", "IE1", "ie1\n", " "]
)
def test_a_name_cannot_lead_to_another_host(name):
    with pytest.raises(ValueError, match="not an address"):
        base_url(name, "dublin")
    with pytest.raises(ValueError, match="not an address"):
        base_url("ie1", name)


def test_an_address_stands_for_itself():
    assert resolve("http://127.0.0.1:8010") == "http://127.0.0.1:8010"
    assert resolve(BASE_URL + "/", "ie1", "dublin") == "https://api.dublin.ie1.twilio.com"


def test_an_address_and_a_region_contradict_each_other():
    with pytest.raises(ValueError, match="remove one of the two"):
        resolve("http://127.0.0.1:8010", "ie1", "dublin")
