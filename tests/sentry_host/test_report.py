from sentry_twilio.core import Accepted, Refused, Unknown
from sentry_twilio.sentry_host import report
from sentry_twilio.twilio.numbers import mask

ONE, TWO, THREE = "+14154444441", "+14154444442", "+14154444443"
REFUSED = Refused(21610, "recipient", "This phone has opted out.")


def test_there_is_nothing_to_say_when_everybody_was_reached():
    assert report.failures([(ONE, Accepted("SM1")), (TWO, Accepted("SM2"))]) == ""


def test_it_names_every_recipient_who_was_not_and_why():
    results = [(ONE, REFUSED), (TWO, Accepted("SM")), (THREE, Refused(None, "config", "No."))]
    assert report.failures(results) == (
        "Error communicating with Twilio: 2 of 3 recipients were not reached.\n"
        "+14154444441: This phone has opted out.\n"
        "+14154444443: No."
    )


def test_a_reason_that_several_share_is_given_once():
    results = [(ONE, REFUSED), (TWO, REFUSED)]
    assert report.failures(results).splitlines()[1:] == [
        "+14154444441, +14154444442: This phone has opted out."
    ]


def test_an_unknown_is_not_called_a_failure():
    text = report.failures([(ONE, Unknown("Twilio did not answer in time."))])
    assert "may not have been reached" in text
    assert "may or may not have been sent, and was not repeated. Twilio did not answer" in text


def test_numbers_can_be_masked():
    assert ONE not in report.failures([(ONE, REFUSED)], mask)
    assert "+1415•••••41: This phone" in report.failures([(ONE, REFUSED)], mask)


def test_an_error_that_nobody_foresaw_keeps_its_words_to_itself():
    text = report.unexpected(ValueError("auth token bbbb"))
    assert text.startswith("Error communicating with Twilio: ")
    assert "ValueError" in text
    assert "bbbb" not in text


def test_one_is_not_called_several():
    assert report.success(1) == "A test message was accepted for 1 recipient."
    assert report.success(2) == "A test message was accepted for 2 recipients."
