"""The ways to text many people that are compared: ours, and what one would take instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import requests
from apprise import Apprise
from apprise.plugins.twilio import NotifyTwilio
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.util import Retry

from sentry_twilio import TwilioApiClient
from sentry_twilio.core import Accepted, Message, Refused, Unknown

SID, TOKEN = "AC" + "b" * 32, "c" * 32
SENDER = "+15005550006"
TEXT = "Sentry [Shop] ERROR: PaymentError: card declined"
THREADS = 10

Verdict = Literal["sent", "failed", "unknown"]
"""What a way says about a message afterwards."""
Way = Callable[[str, Sequence[str], float], list[Verdict]]
"""Texts each of the numbers through the API at a base URL, waiting so many seconds for an
answer; returns a verdict for each."""


def _post(
    post: Callable[..., requests.Response], base_url: str, to: str, timeout: float
) -> Verdict:
    url = f"{base_url}/2010-04-01/Accounts/{SID}/Messages.json"
    form = {"To": to, "From": SENDER, "Body": TEXT}
    try:
        answer = post(url, form, auth=(SID, TOKEN), timeout=timeout)
    except requests.RequestException:
        return "failed"
    return "sent" if answer.status_code == 201 else "failed"


def requests_sequential(base_url: str, numbers: Sequence[str], timeout: float) -> list[Verdict]:
    return [_post(requests.post, base_url, to, timeout) for to in numbers]


def requests_session(base_url: str, numbers: Sequence[str], timeout: float) -> list[Verdict]:
    with requests.Session() as session, ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda to: _post(session.post, base_url, to, timeout), numbers))


def requests_retrying(base_url: str, numbers: Sequence[str], timeout: float) -> list[Verdict]:
    """As the first search result has it: three more tries, whatever went wrong."""
    retry = Retry(
        3, backoff_factor=0.1, status_forcelist=(429, 500, 502, 503, 504), allowed_methods=None
    )
    with requests.Session() as session, ThreadPoolExecutor(THREADS) as pool:
        session.mount("http://", HTTPAdapter(max_retries=retry))
        return list(pool.map(lambda to: _post(session.post, base_url, to, timeout), numbers))


def _sdk(base_url: str, timeout: float) -> Callable[[str], Verdict]:
    client = Client(SID, TOKEN, http_client=TwilioHttpClient(timeout=timeout))
    client.api.base_url = base_url

    def create(to: str) -> Verdict:
        try:
            client.messages.create(to=to, from_=SENDER, body=TEXT)
        except (requests.RequestException, TwilioException):
            return "failed"
        return "sent"

    return create


def sdk_sequential(base_url: str, numbers: Sequence[str], timeout: float) -> list[Verdict]:
    return list(map(_sdk(base_url, timeout), numbers))


def sdk_threads(base_url: str, numbers: Sequence[str], timeout: float) -> list[Verdict]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(_sdk(base_url, timeout), numbers))


def apprise(base_url: str, numbers: Sequence[str], timeout: float) -> list[Verdict]:
    """It says only whether all went well, and waits 0.2 s between requests."""
    NotifyTwilio.notify_sms_url = f"{base_url}/2010-04-01/Accounts/{{sid}}/Messages.json"
    notifier = Apprise()
    recipients = "/".join(numbers)
    notifier.add(f"twilio://{SID}:{TOKEN}@{SENDER}/{recipients}/?rto={timeout:g}")
    verdict: Verdict = "sent" if notifier.notify(TEXT) else "failed"
    return [verdict] * len(numbers)


def ours(base_url: str, numbers: Sequence[str], timeout: float) -> list[Verdict]:
    with TwilioApiClient(
        SID, TOKEN, SENDER, base_url=base_url, timeout=(timeout, timeout)
    ) as client:
        outcomes = client.fan_out([Message(to, TEXT) for to in numbers])
    return [_VERDICTS[type(outcome)] for outcome in outcomes]


_VERDICTS: dict[type, Verdict] = {Accepted: "sent", Refused: "failed", Unknown: "unknown"}

OURS = "TwilioApiClient.fan_out"
WITH_10_THREADS: dict[str, Way] = {
    "requests.Session, 10 threads": requests_session,
    "twilio SDK, 10 threads": sdk_threads,
}
SDK: dict[str, Way] = {
    "twilio SDK, one after the other": sdk_sequential,
    "twilio SDK, 10 threads": sdk_threads,
}
WAYS: dict[str, Way] = {
    "requests.post, one after the other": requests_sequential,
    **SDK,
    **WITH_10_THREADS,
    "Apprise": apprise,
    OURS: ours,
}
