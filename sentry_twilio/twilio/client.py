"""Twilio's Messages API: https://www.twilio.com/docs/messaging/api/message-resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from sentry_twilio.core import ApiError, ApiResponse, Message, Outcome, RetryPolicy
from sentry_twilio.core.client import Timeout
from sentry_twilio.twilio import constraints, fanout, outcome, parameters
from sentry_twilio.twilio.account import AccountResources
from sentry_twilio.twilio.connection import MAX_PAGE_SIZE
from sentry_twilio.twilio.raw import RawRequests
from sentry_twilio.twilio.regions import BASE_URL
from sentry_twilio.twilio.resources import MessageResources

__all__ = ["BASE_URL", "MAX_PAGE_SIZE", "TwilioApiClient"]


class TwilioApiClient(MessageResources, AccountResources, RawRequests):
    """A client for one account. Safe to use from several threads.

    It authenticates with the API key where one is given, otherwise with the Auth Token, and
    sends from the Messaging Service where one is given, otherwise from `sms_from`. `sms_to`
    are E.164 numbers, separated by commas. `region` and `edge`, such as `ie1` and `dublin`,
    come as a pair and instead of a `base_url` (ValueError).
    """

    twilio_messages_endpoint: ClassVar[str] = "/2010-04-01/Accounts/{0}/Messages.json"

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
        region: str = "",
        edge: str = "",
        timeout: Timeout | None = None,
        pool_size: int | None = None,
        pool_block: bool = True,
    ) -> None:
        super().__init__(
            account_sid,
            auth_token,
            api_key=api_key,
            api_secret=api_secret,
            base_url=base_url,
            region=region,
            edge=edge,
            timeout=timeout,
            pool_size=pool_size,
            pool_block=pool_block,
        )
        self.sms_from = sms_from
        self.sms_to = sms_to
        self.messaging_service_sid = messaging_service_sid
        self._create = self.twilio_messages_endpoint.format(quote(account_sid, safe=""))
        self._sender = (
            {"MessagingServiceSid": messaging_service_sid}
            if messaging_service_sid
            else {"From": sms_from}
        )

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
            self._create,
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
        before the client's own sender. What Twilio is known to refuse is `Refused` without
        asking it, with its code where it has one; a parameter that Twilio does not have, or a
        value that cannot be written, is the caller's mistake and a ValueError.
        """
        own = {"To", "Body"} & {parameters.name(option) for option in options}
        if own:  # they would go to others than those whom the outcome names
            raise ValueError(f"{' and '.join(sorted(own))} cannot be given twice.")
        data = parameters.form({**self._sender_beside(options), "To": to, "Body": body, **options})
        refused = constraints.refusal(data)
        if refused:
            return refused
        try:
            response = self.request(data, timeout=timeout, retry=retry)
        except ApiError as error:
            return outcome.from_error(error)
        return outcome.from_response(response)

    def _sender_beside(self, options: Mapping[str, Any]) -> Mapping[str, str]:
        # A number goes with a service only where it is the service's own.
        named = any(parameters.name(option) == "MessagingServiceSid" for option in options)
        return {} if named else self._sender

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

        Repeats what surely was not processed and may work in a moment: 20429, after what
        `Retry-After` says or 100 ms and doubling, and failures to connect. Takes at most about
        `deadline` seconds; what was not begun by then is refused as transient.
        """

        def send(message: Message, timeout: Timeout, retry: RetryPolicy) -> Outcome:
            return self.send_message(
                message.to, message.body, timeout=timeout, retry=retry, **options
            )

        parameters.form(options)  # a mistake in them is the caller's, not each message's
        workers = max(1, min(concurrency, self.pool_size))
        return fanout.fan_out(send, messages, self.timeout, deadline, workers)
