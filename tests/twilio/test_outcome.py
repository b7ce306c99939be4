import pytest

from sentry_twilio.core import (
    Accepted,
    ApiConnectionError,
    ApiInvalidRequest,
    ApiResponse,
    ApiServerError,
    ApiTimeout,
    Refused,
    Unknown,
)
from sentry_twilio.core.errors import error_for_status
from sentry_twilio.twilio import outcome

SID = "SM" + "1" * 32


def refused(status, body, headers=None):
    error = error_for_status(status)(
        f"twilio answered with HTTP status {status}.",
        status=status,
        body=body,
        headers=headers,
        request_id="RQ1",
        may_have_been_processed=False,
    )
    return outcome.from_error(error)


def test_a_named_message_is_accepted():
    body = {"sid": SID, "status": "queued", "num_segments": "2"}
    assert outcome.from_response(ApiResponse(201, {}, body, "RQ1")) == Accepted(
        SID, "queued", 2, "RQ1"
    )


@pytest.mark.parametrize("body", [None, {}, {"sid": None}, [], "accepted", {"sid": 5}])
def test_a_created_message_without_a_name_is_unknown(body):
    assert isinstance(outcome.from_response(ApiResponse(201, {}, body)), Unknown)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, 20003, "config"),
        (403, 20006, "config"),
        (404, 20404, "config"),
        (400, 21610, "recipient"),
        (400, 21617, "message"),
        (400, 21611, "transient"),
        (429, 20429, "rate_limited"),
        (429, 63038, "transient"),  # not the crowd that a moment cures
        (400, 20003, "config"),  # the code decides before the status
        (401, None, "config"),
        (404, None, "config"),
        (429, None, "transient"),
        (400, 99999, "message"),
        (403, 99999, "config"),
        (404, 99999, "config"),
        (415, 99999, "message"),
        (429, 99999, "transient"),
        (307, None, "transient"),
    ],
)
def test_the_code_decides_before_the_status(status, code, kind):
    result = refused(status, {"code": code, "message": "No."} if code else None)
    assert isinstance(result, Refused)
    assert (result.code, result.kind, result.request_id) == (code, kind, "RQ1")


@pytest.mark.parametrize("status", [400, 403, 405, 413, 421, 451])
@pytest.mark.parametrize("body", [None, "<html>Blocked</html>", [], {"error": "no"}, {"code": ""}])
def test_a_refusal_that_is_not_twilios_says_nothing_of_the_message(status, body):
    result = refused(status, body)
    assert isinstance(result, Refused)
    assert (result.code, result.kind, result.halts) == (None, "transient", False)
    assert "firewall" in result.reason


@pytest.mark.parametrize(
    ("status", "code", "halts"),
    [
        (401, 20003, True),
        (401, None, True),
        (401, 99999, True),
        (401, 70051, True),
        (403, 20005, True),
        (403, 20006, True),
        (403, 20008, True),
        (403, 20403, True),
        (404, 20404, True),
        (404, None, True),
        (404, 99999, False),  # something that the message names
        (403, None, False),  # a firewall that dislikes a text
        (403, 99999, False),
        (403, 21408, False),  # this country
        (403, 21608, False),  # this recipient
        (403, 10002, False),  # a feature that this message uses
        (400, 21606, False),  # this sender to this recipient
        (404, 21701, False),  # another project's Messaging Service may be good
        (400, 21610, False),
        (400, 21617, False),
        (429, 20429, False),
        (429, 63038, False),
        (400, None, False),
        (407, None, False),
        (307, None, False),
    ],
)
def test_only_what_every_message_would_meet_halts(status, code, halts):
    assert refused(status, {"code": code} if code else None).halts is halts


def test_what_never_reached_twilio_halts_nothing():
    for error in (
        ApiConnectionError("no", may_have_been_processed=False),
        ApiInvalidRequest("no", may_have_been_processed=False),
    ):
        assert outcome.from_error(error).halts is False


@pytest.mark.parametrize(("code", "opted_out"), [(21610, True), (21614, False), (21408, False)])
def test_an_opt_out_is_told_apart(code, opted_out):
    assert refused(400, {"code": code}).opted_out is opted_out
    assert outcome.receipt(SID, "failed", code).opted_out is opted_out


@pytest.mark.parametrize("code", [30630, 63033])
def test_an_opt_out_that_is_noticed_later_is_one_too(code):
    assert outcome.receipt(SID, "undelivered", code).opted_out is True


def test_an_unknown_code_is_told_in_twilios_words():
    result = refused(400, {"code": 99999, "message": "The moon is\x1b[31m full"})
    assert "The moon is [31m full" in result.reason
    assert "Twilio error 99999" in result.reason


def test_a_rate_limit_says_how_long_to_wait():
    assert refused(429, {"code": 20429}, {"Retry-After": "3"}).retry_after == 3.0


@pytest.mark.parametrize("body", [None, "<html>", {"code": 21610}, {"code": 20503}])
def test_what_may_have_been_processed_is_unknown_whatever_it_says(body):
    error = ApiServerError("twilio answered with HTTP status 500.", status=500, body=body)
    assert isinstance(outcome.from_error(error), Unknown)


def test_a_timeout_after_the_request_is_unknown():
    error = ApiTimeout("twilio did not answer in time.", may_have_been_processed=True)
    assert outcome.from_error(error) == Unknown("twilio did not answer in time.")


def test_a_failed_connection_is_transient():
    error = ApiConnectionError("Twilio could not be reached.", may_have_been_processed=False)
    assert outcome.from_error(error) == Refused(None, "transient", "Twilio could not be reached.")


def test_a_request_that_cannot_be_built_is_a_matter_of_settings():
    error = ApiInvalidRequest("No URL.", may_have_been_processed=False)
    assert outcome.from_error(error).kind == "config"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("queued", "accepted"),
        ("accepted", "accepted"),
        ("sending", "accepted"),
        ("sent", "accepted"),
        ("scheduled", "accepted"),
        ("delivered", "delivered"),
        ("read", "delivered"),
        ("undelivered", "undelivered"),
        ("failed", "undelivered"),
        ("canceled", "undelivered"),
        ("something new", "accepted"),
    ],
)
def test_each_status_is_a_state(status, state):
    assert outcome.receipt(SID, status).state == state


def test_a_failure_is_explained():
    receipt = outcome.receipt(SID, "undelivered", 30003)
    assert (receipt.code, receipt.kind) == (30003, "transient")
    assert "Twilio error 30003" in receipt.reason


@pytest.mark.parametrize(("code", "message"), [(None, ""), (99999, ""), (99999, "Lost.")])
def test_an_unexplained_failure_still_has_a_reason(code, message):
    receipt = outcome.receipt(SID, "failed", code, message)
    assert receipt.kind is None
    assert "not delivered" in receipt.reason
    assert message in receipt.reason


def test_a_number_in_twilios_own_words_is_masked():
    error = ApiInvalidRequest(
        "x",
        status=400,
        body={"code": 99999, "message": "The 'To' number +14155550100 is odd"},
        may_have_been_processed=False,
    )
    reason = outcome.from_error(error).reason
    assert "4155550100" not in reason
    assert "is odd" in reason
