from __future__ import annotations

import pytest

from sentry_twilio.twilio.situation import US, US_AND_CANADA, Situation, kind_of, region_of


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        ("+14155552671", "long_code"),
        ("+447400123456", "long_code"),
        ("+18005551234", "toll_free"),
        ("+18335551234", "toll_free"),
        ("+448001234567", "toll_free"),
        ("12345", "short_code"),
        ("123456", "short_code"),
        ("ACME Alerts", "name"),
        ("4You", "name"),
        ("+15005550006", "test"),
        ("", None),
        ("+", None),
    ],
)
def test_it_tells_the_kind_of_a_sender(sender: str, kind: str | None) -> None:
    assert kind_of(sender) == kind


@pytest.mark.parametrize(
    ("number", "region"),
    [("+14155552671", "US"), ("+16135550123", "CA"), ("+17875551234", "PR"), ("+4930123456", "DE")],
)
def test_it_tells_the_region_of_a_number(number: str, region: str) -> None:
    assert region_of(number) == region


def test_a_messaging_service_goes_before_a_sender() -> None:
    assert Situation(sender="+14155552671", service="MG1").sender_kind == "service"


def test_it_reaches_a_country_if_a_recipient_is_there_or_none_is_known() -> None:
    berlin, ottawa = "+4930123456", "+16135550123"
    assert Situation(recipients=(berlin, ottawa)).reaches(US_AND_CANADA)
    assert not Situation(recipients=(berlin, ottawa)).reaches(US)
    assert Situation().reaches(US)
    assert Situation(recipients=(berlin, ottawa)).recipients_in(US_AND_CANADA) == [ottawa]


def test_twilio_knows_better_than_the_settings_whether_it_is_a_trial() -> None:
    assert Situation(counts_trial_prefix=True).is_trial
    assert not Situation(counts_trial_prefix=True, account={"type": "Full"}).is_trial
    assert Situation(account={"type": "Trial"}).is_trial
    assert not Situation().is_trial
