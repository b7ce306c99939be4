import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentry_twilio.core import Alert, Project
from sentry_twilio.twilio import codes, outcome, preview
from sentry_twilio.twilio.plugin import TwilioPlugin
from sentry_twilio.twilio.repetitions import EXCEPTIONS, form_for

SID = "SM" + "1" * 32
URL = "https://alerts.example.com/issues/1/"


def report(code, status="undelivered"):
    return outcome.receipt(SID, status, code)


def repeated(body, code, options=None):
    return TwilioPlugin().repetition(body, report(code), options or {})


@pytest.mark.parametrize(
    ("code", "form"),
    [
        (30001, "same"),
        (30003, "same"),
        (30017, "same"),
        (30022, "same"),
        (30500, "same"),
        (63036, "same"),
        (30008, "again"),
        (30410, "again"),
        (63023, "again"),
        (30007, "without_link"),
        (30004, None),  # blocked by the recipient
        (30005, None),  # no such number
        (30006, None),
        (30023, None),  # the day's limit
        (30025, None),  # a warning; the message went out
        (30034, None),
        (30036, None),
        (30450, None),  # blocked for half an hour
        (63038, None),
        (21610, None),  # opted out
        (99999, None),  # who knows
        (None, None),
    ],
)
def test_the_code_says_whether_and_how_it_is_repeated(code, form):
    assert form_for(report(code)) == form


@pytest.mark.parametrize("status", ["queued", "sent", "delivered", "read"])
def test_what_has_not_failed_is_not_repeated(status):
    assert form_for(report(30003, status)) is None


def test_what_was_canceled_is_not_repeated():
    assert form_for(report(None, "canceled")) is None


def test_each_exception_is_a_code_that_is_explained():
    assert set(EXCEPTIONS) <= set(codes.all_codes())


def test_nothing_that_only_a_person_can_mend_is_repeated():
    kinds = {code: row.kind for code, row in codes.all_codes().items()}
    wrong = [c for c, k in kinds.items() if k in ("config", "recipient") and form_for(report(c))]
    assert wrong == []


def test_a_phone_that_was_off_gets_the_same_text():
    assert repeated("Sentry [Shop] ERROR: no", 30003) == "Sentry [Shop] ERROR: no"


def test_what_may_have_arrived_says_that_it_comes_again():
    assert repeated("Sentry [Shop] ERROR: no", 30008) == "Sentry [Shop] ERROR: no (again)"


def test_a_text_without_room_is_shortened_for_it():
    body = "Sentry [Shop] ERROR: " + "x" * 137
    assert repeated(body, 30008) == "Sentry [Shop] ERROR: " + "x" * 126 + "... (again)"


def test_it_is_shortened_before_its_link():
    head = "Sentry [Shop] ERROR: "
    body = head + "x" * (158 - len(head) - len(URL) - 1) + " " + URL
    text = repeated(body, 30410)
    assert text.startswith(head + "xxx")
    assert text.endswith(f"x... {URL} (again)")
    assert preview.message("", text, {}).segments == 1


def test_what_was_shortened_already_has_three_dots():
    body = "Sentry [Shop] ERROR: " + "x" * 134 + "..."
    assert repeated(body, 30008) == "Sentry [Shop] ERROR: " + "x" * 126 + "... (again)"


def test_a_number_is_not_cut_into_another_one():
    body = "Sentry: " + "x" * 136 + "; 1041 more"
    assert repeated(body, 30008) == "Sentry: " + "x" * 136 + "... (again)"


def test_half_an_address_is_not_left_over():
    body = "Sentry [Shop] ERROR: " + "x" * 90 + f" {URL} more"
    assert preview.message("", body, {}).segments == 1
    assert repeated(body, 30008) == "Sentry [Shop] ERROR: " + "x" * 90 + "... (again)"


def test_a_text_that_is_all_link_stays_as_it_is():
    body = "https://alerts.example.com/" + "y" * 133
    assert repeated(body, 30008) == body


@pytest.mark.parametrize(
    ("body", "bare"),
    [
        (f"Sentry [Shop] ERROR: no {URL}", "Sentry [Shop] ERROR: no"),
        (f"ERROR: no ({URL})", "ERROR: no"),
        (f"ERROR: no <{URL}> in Shop", "ERROR: no in Shop"),
        (f"ERROR: no - link: {URL}", "ERROR: no - link"),
        (f"ERROR\n{URL}\nin Shop", "ERROR\nin Shop"),
        (f"{URL} ERROR {URL.upper()}", "ERROR"),
        ("ERROR: no", None),
        ("see https: //evil .example/x", None),
        (URL, None),
    ],
)
def test_what_a_filter_stopped_goes_without_its_link(body, bare):
    assert repeated(body, 30007) == bare


WORDS = st.lists(
    st.sampled_from(["error ", "“", "ж", "e\u0301", "🇩🇪", "{", "x" * 40, "12", "..."]), max_size=30
).map("".join)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "sms_link": st.just("1"),
        "sms_segments": st.sampled_from(["1", "2", "3"]),
        "sms_trial": st.just("1"),
        "sms_plain": st.just("0"),
        "messaging_service_sid": st.just("MG" + "d" * 32),
        "sms_template": st.sampled_from(["{title}\n{link} {level}", "{link} {title}", "({link})"]),
    },
)


@settings(deadline=None)
@given(WORDS, OPTIONS, st.sampled_from([30003, 30007, 30008]))
def test_it_never_needs_more_segments_than_it_had(title, options, code):
    body = preview.body(Alert(Project(1, "shop", "Shop"), "1", title, url=URL), options)
    text = repeated(body, code, options)
    had = preview.message("", body, options).segments
    assert text is None or preview.message("", text, options).segments <= had
    if code == 30008:
        assert text == body or text.endswith(" (again)")
        assert "https" not in text or URL in text
    elif text is not None:
        assert text == body or "https://" not in text
