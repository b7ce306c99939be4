import pytest

from sentry_twilio.twilio.options import clean

ACCOUNT = "AC" + "a" * 32
TOKEN = "b" * 32
KEY = "SK" + "c" * 32
SERVICE = "MG" + "d" * 32
GIVEN = {
    "account_sid": ACCOUNT,
    "auth_token": TOKEN,
    "sms_from": "(330) 509-3095",
    "sms_to": "330-509-3095, (330)-509-3095, +13305093095, 4045550144",
}
SEVERAL = ", ".join(f"+1415444{n:04}" for n in range(4440, 4451))


def given(**changes):
    return {**GIVEN, **changes}


def test_what_is_right_is_normalised():
    assert clean(GIVEN) == (
        {
            "account_sid": ACCOUNT,
            "auth_token": TOKEN,
            "sms_from": "+13305093095",
            "sms_to": "+13305093095,+14045550144",
        },
        {},
    )


def test_only_options_that_are_set_are_stored():
    values, errors = clean(given(api_key="", sms_link=False, sms_segments=None, enabled="1"))
    assert errors == {}
    assert set(values) == set(GIVEN)


def test_blanks_around_a_value_are_no_part_of_it():
    values, errors = clean(given(account_sid=f" {ACCOUNT}\n", auth_token=f"{TOKEN} "))
    assert errors == {}
    assert (values["account_sid"], values["auth_token"]) == (ACCOUNT, TOKEN)


def test_a_key_with_its_secret_does_without_a_token():
    values, errors = clean(given(auth_token="", api_key=KEY, api_secret="s3cret"))
    assert errors == {}
    assert values["api_key"] == KEY
    assert "auth_token" not in values


def test_a_messaging_service_does_without_a_sender():
    values, errors = clean(given(sms_from="", messaging_service_sid=SERVICE))
    assert errors == {}
    assert values["messaging_service_sid"] == SERVICE


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"sms_to": "911"}, {"sms_to": "911 is not a valid phone number."}),
        (
            {"sms_to": "911, Bob 4154444444"},
            {"sms_to": "911 is not a valid phone number. Bob is not a valid phone number."},
        ),
        ({"sms_to": SEVERAL}, {"sms_to": "Max of 10 phone numbers, 11 were given."}),
        ({"sms_to": " , "}, {"sms_to": "This field is required."}),
        ({"sms_to": ""}, {"sms_to": "This field is required."}),
        ({"account_sid": ""}, {"account_sid": "This field is required."}),
        ({"auth_token": ""}, {"auth_token": "This field is required."}),
        ({"sms_from": ""}, {"sms_from": "This field is required."}),
        (
            {"api_key": KEY},
            {"api_secret": "Enter the secret that belongs to the API key."},
        ),
        (
            {"auth_token": "", "api_secret": "x"},
            {"api_key": "Enter the API key that the secret belongs to."},
        ),
        (
            {"messaging_service_sid": SERVICE},
            {"messaging_service_sid": "Enter either a sender or a Messaging Service, not both."},
        ),
        ({"sms_segments": "11"}, {"sms_segments": "Enter a number from 1 to 10."}),
        ({"sms_segments": "0"}, {"sms_segments": "Enter a number from 1 to 10."}),
        ({"sms_segments": "²"}, {"sms_segments": "Enter a number from 1 to 10."}),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(changes, errors):
    values, found = clean(given(**changes))
    assert found == errors
    assert not values.keys() & errors.keys()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("account_sid", "AC123"),
        ("account_sid", "SK" + "a" * 32),
        ("auth_token", "hunter2"),
        ("api_key", "AC" + "a" * 32),
        ("api_secret", "two words"),
        ("messaging_service_sid", "MG"),
        ("sms_from", "Ops-Team!"),
    ],
)
def test_a_value_of_the_wrong_shape_is_refused_with_what_to_do(name, value):
    _, errors = clean(given(**{name: value}))
    assert len(errors[name]) > 30


def test_an_error_about_a_secret_does_not_repeat_it():
    _, errors = clean(given(auth_token="hunter2", api_key=KEY, api_secret="two words"))
    assert "hunter2" not in str(errors)
    assert "two words" not in str(errors)


def test_the_region_and_the_limit_are_the_hosts():
    values, errors = clean(given(sms_to="030 123456"), region="DE")
    assert (errors, values["sms_to"]) == ({}, "+4930123456")
    _, errors = clean(GIVEN, max_recipients=1)
    assert errors == {"sms_to": "Max of 1 phone numbers, 2 were given."}


@pytest.mark.parametrize("value", [True, "1", "on", "true"])
def test_the_link_is_stored_as_one(value):
    assert clean(given(sms_link=value))[0]["sms_link"] == "1"


@pytest.mark.parametrize("value", [False, None, "", "0", "off"])
def test_no_link_is_stored_as_nothing(value):
    assert "sms_link" not in clean(given(sms_link=value))[0]


def test_segments_are_stored_as_a_plain_number():
    assert clean(given(sms_segments=" 03 "))[0]["sms_segments"] == "3"


@pytest.mark.parametrize(("value", "stored"), [("0", "0"), (" off ", "0"), ("1", None), ("", None)])
def test_plain_forms_are_switched_off_by_a_zero(value, stored):
    assert clean(given(sms_plain=value))[0].get("sms_plain") == stored


@pytest.mark.parametrize(("value", "stored"), [(True, "1"), ("1", "1"), (False, None), ("0", None)])
def test_a_trial_account_is_stored_as_one(value, stored):
    assert clean(given(sms_trial=value))[0].get("sms_trial") == stored


def test_a_template_is_stored_as_it_was_written():
    values, errors = clean(given(sms_template=" {level}: {title}\r\n{link} "))
    assert errors == {}
    assert values["sms_template"] == "{level}: {title}\n{link}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{titel}", "{titel} is not a field."),
        ("{title.x}", "Write {title} instead of {title.x}"),
        ("{title", "A brace is without its other half."),
        ("x" * 161, "The words around the fields leave no room"),
        ("ж" * 71 + "{title}", "The words around the fields leave no room"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused_with_what_to_do(text, says):
    values, errors = clean(given(sms_template=text))
    assert says in errors["sms_template"]
    assert "sms_template" not in values


def test_more_segments_leave_room_for_more_words():
    assert clean(given(sms_template="x" * 161, sms_segments="2"))[1] == {}
    errors = clean(given(sms_template="x" * 130, sms_trial=True))[1]
    assert list(errors) == ["sms_template"]


def test_a_wrong_number_of_segments_is_one_error_and_not_two():
    errors = clean(given(sms_template="{title}", sms_segments="many"))[1]
    assert list(errors) == ["sms_segments"]
