"""Twilio's Messages API: https://www.twilio.com/docs/messaging/api/message-resource."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, ClassVar
from urllib.parse import quote

import requests

from sentry_twilio.core import (
    ApiClient,
    ApiError,
    ApiResponse,
    ApiServerError,
    Message,
    Outcome,
    RetryPolicy,
)
from sentry_twilio.core.client import Auth, Timeout
from sentry_twilio.twilio import fanout, outcome, parameters

BASE_URL = "https://api.twilio.com"
MAX_PAGE_SIZE = 1000


class TwilioApiClient(ApiClient):
    """A client for one account. Safe to use from several threads.

    It authenticates with the API key where one is given, otherwise with the Auth Token, and
    sends from the Messaging Service where one is given, otherwise from `sms_from`. `sms_to`
    are E.164 numbers, separated by commas.
    """

    plugin_name = "twilio"
    allow_redirects = False
    request_id_header = "Twilio-Request-Id"
    twilio_messages_endpoint: ClassVar[str] = "/2010-04-01/Accounts/{0}/Messages.json"
    twilio_message_endpoint: ClassVar[str] = "/2010-04-01/Accounts/{0}/Messages/{1}.json"

    def __init__(
        self,
        account_sid: str,
        auth_token: str = "",
        sms_from: str = "",
        sms_to: str = "",
        *,
        api_key: str = "",
        api_secret: str = "",
        messaging_service_sid: str = "",
        base_url: str = BASE_URL,
        timeout: Timeout | None = None,
        pool_size: int | None = None,
    ) -> None:
        super().__init__(base_url, pool_size)
        self.account_sid = account_sid
        self.sms_from = sms_from
        self.sms_to = sms_to
        self.messaging_service_sid = messaging_service_sid
        if timeout is not None:
            self.timeout = timeout
        self._authorize = _authorization(
            self.basic_auth(api_key, api_secret)
            if api_key
            else self.basic_auth(account_sid, auth_token)
        )
        self._messages = self.twilio_messages_endpoint.format(quote(account_sid, safe=""))
        self._sender = (
            {"MessagingServiceSid": messaging_service_sid}
            if messaging_service_sid
            else {"From": sms_from}
        )

    @staticmethod
    def basic_auth(user: str, password: str) -> bytes:
        """The value of an `Authorization` header."""
        return b"Basic " + b64encode(f"{user}:{password}".encode())

    def request(
        self,
        data: Mapping[str, Any] | Sequence[tuple[str, Any]],
        *,
        timeout: Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> ApiResponse:
        """Post a form (Twilio takes no JSON) to the account's messages.

        Raises an `ApiError` for everything but an answer below 300.
        """
        return self._request(
            "POST",
            self._messages,
            data=data,
            json=False,
            auth=self._authorize,
            timeout=timeout,
            retry=retry,
        )

    def send_message(
        self,
        to: str,
        body: str,
        *,
        timeout: Timeout | None = None,
        retry: RetryPolicy | None = None,
        **options: Any,
    ) -> Outcome:
        """Create one message. What can go wrong on the way is part of the outcome.

        `options` are Twilio's parameters, as `StatusCallback` or `status_callback`, and go
        before the client's own sender; one that Twilio does not have is a ValueError.
        """
        data = parameters.form({**self._sender, "To": to, "Body": body, **options})
        try:
            response = self.request(data, timeout=timeout, retry=retry)
        except ApiError as error:
            return outcome.from_error(error)
        return outcome.from_response(response)

    def messages(self, body: str) -> list[Message]:
        """The same text for each of `sms_to`."""
        return [Message(to.strip(), body) for to in self.sms_to.split(",") if to.strip()]

    def fan_out(
        self,
        messages: Sequence[Message],
        *,
        deadline: float = fanout.DEADLINE,
        concurrency: int = fanout.CONCURRENCY,
        **options: Any,
    ) -> list[Outcome]:
        """Send all messages now, at most `concurrency` at a time; outcomes in their order.

        Repeats what surely was not processed and may work in a moment. Takes at most about
        `deadline` seconds; what was not begun by then is refused as transient.
        """

        def send(message: Message, timeout: Timeout, retry: RetryPolicy) -> Outcome:
            return self.send_message(
                message.to, message.body, timeout=timeout, retry=retry, **options
            )

        parameters.form(options)  # a mistake in them is the caller's, not each message's
        workers = min(concurrency, self.pool_size)
        return fanout.fan_out(send, messages, self.timeout, deadline, workers)

    def get_message(self, sid: str) -> dict[str, Any]:
        """The message resource as Twilio shows it. Raises an `ApiError`."""
        path = self.twilio_message_endpoint.format(
            quote(self.account_sid, safe=""), quote(sid, safe="")
        )
        return self._resource(self.get(path, auth=self._authorize))

    def list_messages(
        self,
        to: str = "",
        from_: str = "",
        *,
        date_sent: date | None = None,
        date_sent_after: date | None = None,
        date_sent_before: date | None = None,
        page_size: int = 50,
        limit: int | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Messages, the newest first, page by page as they are consumed.

        The dates are days in GMT, which is all that Twilio compares. Raises an `ApiError` when
        a page cannot be had.
        """
        filters = {
            "To": to,
            "From": from_,
            "DateSent": date_sent,
            "DateSent>": date_sent_after,
            "DateSent<": date_sent_before,
        }
        query = {name: str(value) for name, value in filters.items() if value}
        rows = (
            row for page in self.pages(query, page_size) for row in page.body.get("messages") or ()
        )
        return islice(rows, limit)

    def pages(self, query: Mapping[str, str], page_size: int) -> Iterator[ApiResponse]:
        """The answers that make up a list of messages."""
        size = str(max(1, min(page_size, MAX_PAGE_SIZE)))
        path: Any = self._messages
        params: dict[str, str] | None = {**query, "PageSize": size}
        while path:
            response = self.get(path, params=params, auth=self._authorize)
            path, params = self._resource(response).get("next_page_uri"), None
            yield response
            if path and not (isinstance(path, str) and path.startswith("/2010-04-01/")):
                # Following it would hand the credentials to whoever it names.
                raise ApiServerError("twilio named a next page outside of its API.")

    def _resource(self, response: ApiResponse) -> dict[str, Any]:
        if not isinstance(response.body, dict):
            raise ApiServerError(
                "twilio answered with something that is no resource.",
                status=response.status,
                headers=response.headers,
                request_id=response.request_id,
            )
        return response.body


def _authorization(header: bytes) -> Auth:
    # A function shows nothing of what it encloses, wherever it is printed.
    def authorize(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = header  # type: ignore[assignment]
        return request

    return authorize
