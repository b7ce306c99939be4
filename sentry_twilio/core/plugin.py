"""What a notification plugin is, and what it must be able to do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sentry_twilio.core import options
from sentry_twilio.core.alert import Alert, Notification, Project, ProjectLike
from sentry_twilio.core.digest import Digest
from sentry_twilio.core.errors import PluginError
from sentry_twilio.core.message import (
    Accepted,
    Callback,
    Message,
    Outcome,
    Receipt,
)
from sentry_twilio.core.sender import Sender
from sentry_twilio.core.words import counted

ENABLED = "enabled"
"""The option that switches a plugin off ("0") for a project; absent means on."""


class NotificationPlugin(ABC):
    """Base of a plugin. Stateless: one instance serves every project and thread.

    A subclass sets the class attributes and implements the abstract methods; it leaves the
    options and `test_configuration` alone.
    """

    slug: ClassVar[str]
    conf_key: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str] = ""
    secret_options: ClassVar[frozenset[str]] = frozenset()
    """Names of options that are never shown again once stored."""
    recipients_option: ClassVar[str] = ""
    """The option that holds the recipients, once cleaned with commas between them; '' where one
    alert cannot have its own."""
    sender_options: ClassVar[tuple[str, ...]] = ()
    """The options of which one is the sender, and none is a secret. The sender of one alert
    stands in the first, and then instead of the others; none where it cannot have its own."""
    signature_header: ClassVar[str] = ""
    """The request header in which the provider signs its callbacks."""
    instance_settings: ClassVar[frozenset[str]] = frozenset()
    """Attributes that the host's operator may set for all projects (`configure`)."""

    @abstractmethod
    def compose(self, notification: Notification, options: Mapping[str, str]) -> list[Message]:
        """One message a recipient. No I/O."""

    @abstractmethod
    def compose_digest(self, digest: Digest, options: Mapping[str, str], to: str) -> Message:
        """The one message to `to` that stands for many. No I/O."""

    @abstractmethod
    def sender_key(self, options: Mapping[str, str]) -> str:
        """What the `Sender.key` of these options will be; '' where they do not suffice."""

    @abstractmethod
    def connect(self, options: Mapping[str, str]) -> Sender:
        """A sender for these credentials. Opens no connection yet."""

    @abstractmethod
    def clean(self, options: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
        """Check and normalise what a person entered: (values to store, errors by option).

        Only options that are set are among the values. Free of Django.
        """

    @abstractmethod
    def is_configured_with(self, options: Mapping[str, str]) -> bool:
        """Whether these stored options suffice to send."""

    @abstractmethod
    def read_callback(
        self,
        url: str,
        params: Sequence[tuple[str, str]],
        signature: str | None,
        body: bytes | None,
        options: Mapping[str, str],
    ) -> Callback:
        """What a provider's request to `url` says, once its signature has proved it."""

    @abstractmethod
    def fan_out(self, sender: Any, messages: Sequence[Message]) -> list[Outcome]:
        """Send all messages now, concurrently; outcomes in the messages' order."""

    @abstractmethod
    def configuration_form(self) -> type[Any]:
        """The Django form of the options. Imported late: a plugin works without Django."""

    def repetition(self, body: str, receipt: Receipt, options: Mapping[str, str]) -> str | None:
        """The text to send once more after this report, or None where that is of no use."""
        return None

    def wants_callback(self, options: Mapping[str, str], public_url: str) -> bool:
        """Whether reports can be asked for at `public_url`: reachable, private, verifiable."""
        return False

    def warnings(self, options: Mapping[str, str], public_url: str) -> list[str]:
        """What stored options that are valid will yet run into: what happens and what to do,
        for whoever looks at the settings. `public_url` is this host's. No I/O."""
        return []

    def configure(self, **settings: Any) -> None:
        """Take the operator's settings; a name that the plugin does not know is an error."""
        for name, value in settings.items():
            if name not in self.instance_settings:
                raise ValueError(f"{type(self).__name__} has no setting {name!r}.")
            setattr(self, name, value)

    # Options -----------------------------------------------------------------------------

    def get_options(self, project: ProjectLike) -> dict[str, str]:
        """All options of the project, for one look at the store."""
        return dict(options.installed().all(project).get(self.conf_key, {}))

    def get_option(self, key: str, project: ProjectLike) -> str | None:
        return self.get_options(project).get(key)

    def set_option(self, key: str, value: str, project: ProjectLike) -> None:
        options.installed().set(project, self.conf_key, {key: value})

    def unset_option(self, key: str, project: ProjectLike) -> None:
        options.installed().set(project, self.conf_key, {key: None})

    def is_configured(self, project: ProjectLike) -> bool:
        return self.is_configured_with(self.get_options(project))

    def is_enabled_with(self, options: Mapping[str, str]) -> bool:
        """Whether these stored options do not switch the plugin off."""
        return options.get(ENABLED, "1") != "0"

    def is_ready_with(self, options: Mapping[str, str]) -> bool:
        """Whether the plugin would send with these stored options: on, and configured."""
        return self.is_enabled_with(options) and self.is_configured_with(options)

    # Sending now -------------------------------------------------------------------------

    def notify(self, notification: Notification) -> list[tuple[Message, Outcome]]:
        """Compose, connect and fan out within this call: for hosts without an outbox.

        Raises `PluginError` where the project's options do not suffice.
        """
        values = self.get_options(notification.alert.project)
        if not self.is_configured_with(values):
            raise PluginError(f"{self.title} is not configured for this project.")
        messages = self.compose(notification, values)
        sender = self.connect(values)
        try:
            return list(zip(messages, self.fan_out(sender, messages), strict=True))
        finally:
            sender.close()

    def test_alert(self, project: ProjectLike) -> Alert:
        """The alert that a test message is about."""
        return Alert(
            project=Project.of(project),
            group="test",
            title="This is a test message. Alerts will look like this.",
            level="info",
            reason="test",
            source="test",
        )

    def test_configuration(self, project: ProjectLike) -> str:
        """Send a test message to every saved recipient and say how it went.

        Raises `PluginError` naming each recipient who was not reached, and why.
        """
        results = self.notify(Notification(alert=self.test_alert(project)))
        failed = [
            f"{message.to}: {outcome.reason}"
            for message, outcome in results
            if not isinstance(outcome, Accepted)
        ]
        if failed:
            raise PluginError("\n".join(failed))
        return f"A test message was accepted for {counted(len(results), 'recipient')}."
