import pytest

from sentry_twilio.twilio import codes, halting


def test_what_halts_is_a_matter_of_settings():
    for code in halting.CODES:
        assert codes.find(code).kind == "config"


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_is_not_active_takes_nothing(status):
    result = halting.of_account({"status": status})
    assert (result.kind, result.halts, result.code) == ("config", True, None)
    assert status in result.reason


@pytest.mark.parametrize("account", [{"status": "active"}, {}, {"status": None}])
def test_an_account_of_which_nothing_bad_is_said_may_send(account):
    assert halting.of_account(account) is None
