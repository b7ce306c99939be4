"""Twilio as a notification plugin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from sentry_twilio.core import Digest, Message, Notification, NotificationPlugin, Outcome, Receipt
from sentry_twilio.core.message import Callback
from sentry_twilio.twilio import callbacks, link_flaw, numbers, preview, repetition, warnings
from sentry_twilio.twilio import options as rules
from sentry_twilio.twilio.client import BASE_URL, TwilioApiClient
from sentry_twilio.twilio.preview import Preview
from sentry_twilio.twilio.sender import TwilioSender, sender_key


class TwilioPlugin(NotificationPlugin):
    """Text messages to the numbers in a project's settings."""

    slug = "twilio"
    conf_key = "twilio"
    title = "Twilio (SMS)"
    description = "Sends a text message through Twilio when an alert fires."
    secret_options = rules.SECRETS
    recipients_option = "sms_to"
    sender_options = ("sms_from", "messaging_service_sid")
    signature_header = "X-Twilio-Signature"
    instance_settings = frozenset({"base_url", "connections", "default_region", "max_recipients"})

    base_url: str = BASE_URL
    """Where Twilio is: a region's address, or an emulator's."""
    connections: int = TwilioApiClient.pool_size
    """How many requests one sender makes at the same time, at most."""
    default_region: str = numbers.DEFAULT_REGION
    max_recipients: int = rules.MAX_RECIPIENTS

    def is_configured_with(self, options: Mapping[str, str]) -> bool:
        """An account, a way to authenticate, a sender and somebody to send to."""
        has = {name for name, value in options.items() if value}
        return (
            {"account_sid", "sms_to"} <= has
            and ("auth_token" in has or {"api_key", "api_secret"} <= has)
            and bool({"sms_from", "messaging_service_sid"} & has)
        )

    def compose(self, notification: Notification, options: Mapping[str, str]) -> list[Message]:
        body = preview.body(notification.alert, options)
        recipients = (to.strip() for to in options.get("sms_to", "").split(","))
        return [preview.message(to, body, options) for to in dict.fromkeys(recipients) if to]

    def preview(
        self,
        notification: Notification,
        options: Mapping[str, str],
        price: Decimal | None = None,
    ) -> Preview:
        """The notification's message to one recipient, and with a segment's price its cost."""
        return preview.of(notification.alert, options, price)

    def compose_digest(self, digest: Digest, options: Mapping[str, str], to: str) -> Message:
        return preview.message(to, preview.digest_body(digest, options), options)

    def repetition(self, body: str, receipt: Receipt, options: Mapping[str, str]) -> str | None:
        return repetition.compose(body, receipt, options)

    def sender_key(self, options: Mapping[str, str]) -> str:
        sender = options.get("messaging_service_sid") or options.get("sms_from", "")
        account = options.get("account_sid", "")
        return sender_key(account, sender) if account and sender else ""

    def connect(self, options: Mapping[str, str]) -> TwilioSender:
        return TwilioSender(
            TwilioApiClient(
                options["account_sid"],
                options.get("auth_token", ""),
                options.get("sms_from", ""),
                options.get("sms_to", ""),
                api_key=options.get("api_key", ""),
                api_secret=options.get("api_secret", ""),
                messaging_service_sid=options.get("messaging_service_sid", ""),
                base_url=self.base_url,
                pool_size=self.connections,
                # Whoever sends has so many threads. One that hangs must not have another one wait
                # for its connection, and send when the time for that is over.
                pool_block=False,
            )
        )

    def clean(self, options: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
        return rules.clean(options, self.default_region, self.max_recipients)

    def read_callback(
        self,
        url: str,
        params: Sequence[tuple[str, str]],
        signature: str | None,
        body: bytes | None,
        options: Mapping[str, str],
    ) -> Callback:
        return callbacks.read(url, params, signature, body, options)

    def fan_out(self, sender: TwilioSender, messages: Sequence[Message]) -> list[Outcome]:
        return sender.client.fan_out(messages)

    def configuration_form(self) -> type[Any]:
        from sentry_twilio.twilio.form import TwilioConfigurationForm

        # The same form with this instance's settings behind its rules.
        attributes = {"rules": staticmethod(self.clean), "__module__": __name__}
        return type(TwilioConfigurationForm.__name__, (TwilioConfigurationForm,), attributes)

    def wants_callback(self, options: Mapping[str, str], public_url: str) -> bool:
        """With an Auth Token, which proves a report, and a https URL that Twilio can call.

        An emulator behind plain http may report by plain http.
        """
        public = urlsplit(public_url)
        schemes = {"https", urlsplit(self.base_url).scheme}
        return (
            bool(options.get("auth_token"))
            and public.scheme in schemes
            # Twilio refuses such a host with error 21609.
            and bool(public.hostname)
            and "_" not in (public.hostname or "")
        )

    def warnings(self, options: Mapping[str, str], public_url: str) -> list[str]:
        """What Twilio or a carrier will refuse, as far as the settings alone can tell.

        Nothing where Twilio is an emulator on this machine: no carrier comes after it.
        """
        if link_flaw.of(self.base_url) == "private":
            return []
        return [str(warning) for warning in warnings.for_settings(options, public_url)]
