"""When a request is repeated, and after how long."""

import pytest

from sentry_twilio.core import (
    ApiConnectionError,
    ApiError,
    ApiInvalidRequest,
    ApiRateLimited,
    ApiServerError,
    ApiTimeout,
    RetryPolicy,
)

CROWDED = ApiRateLimited("crowded", status=429, may_have_been_processed=False)
UNREACHABLE = ApiConnectionError("away", may_have_been_processed=False)


def asking_for(seconds: str) -> ApiError:
    return ApiRateLimited(
        "crowded", status=429, headers={"Retry-After": seconds}, may_have_been_processed=False
    )


@pytest.mark.parametrize("error", [CROWDED, UNREACHABLE])
def test_what_surely_was_not_processed_is_repeated(error):
    assert RetryPolicy().wait(1, error) is not None


@pytest.mark.parametrize(
    "error",
    [
        ApiConnectionError("broke"),
        ApiTimeout("silence"),
        ApiServerError("500", status=500),
        ApiInvalidRequest("400", status=400, may_have_been_processed=False),
        ApiInvalidRequest("no URL", may_have_been_processed=False),
    ],
)
def test_what_may_have_been_processed_or_cannot_succeed_is_not_repeated(error):
    assert RetryPolicy().wait(1, error) is None


def test_waits_double_from_a_tenth_of_a_second_to_the_cap():
    policy = RetryPolicy(tries=12, jitter=0)
    waits = [policy.wait(tried, CROWDED) for tried in range(1, 13)]
    assert waits[:4] == [0.1, 0.2, 0.4, 0.8]
    assert waits[9:] == [30.0, 30.0, None]


@pytest.mark.parametrize(("lot", "expected"), [(-0.1, 0.18), (0.1, 0.22)])
def test_the_jitter_is_a_tenth_either_way(monkeypatch, lot, expected):
    drawn = []
    monkeypatch.setattr(
        "sentry_twilio.core.retry.random.uniform",
        lambda low, high: drawn.append((low, high)) or lot,
    )
    assert RetryPolicy().wait(2, CROWDED) == pytest.approx(expected)
    assert drawn == [(-0.1, 0.1)]


def test_five_tries_are_the_default():
    assert RetryPolicy().wait(4, CROWDED) is not None
    assert RetryPolicy().wait(5, CROWDED) is None


def test_what_the_provider_asks_for_is_waited_for_exactly():
    assert RetryPolicy().wait(1, asking_for("7")) == 7.0


def test_a_wait_that_is_asked_for_is_never_shortened():
    # Coming back earlier would only be refused again.
    assert RetryPolicy(cap=30).wait(1, asking_for("31")) is None


def test_no_wait_goes_beyond_the_deadline(monkeypatch):
    monkeypatch.setattr("sentry_twilio.core.retry.time.monotonic", lambda: 100.0)
    assert RetryPolicy(deadline=107.0).wait(1, asking_for("7")) == 7.0
    assert RetryPolicy(deadline=106.9).wait(1, asking_for("7")) is None
    assert RetryPolicy(deadline=100.05, jitter=0).wait(1, CROWDED) is None


def test_a_caller_decides_what_is_worth_repeating():
    policy = RetryPolicy(repeats=lambda error: error.status == 500)
    assert policy.wait(1, ApiServerError("500", status=500)) is not None
    assert policy.wait(1, CROWDED) is None
