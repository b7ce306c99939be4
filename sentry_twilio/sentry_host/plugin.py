"""The plugin that Sentry loads. It takes the place of Sentry's own, its slug and its options."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from sentry.exceptions import PluginError
from sentry.plugins.base import plugins
from sentry.plugins.bases.notify import NotificationPlugin

from sentry_twilio._version import __version__
from sentry_twilio.core import Notification
from sentry_twilio.sentry_host import alerts, fields, report, sending
from sentry_twilio.twilio import plugin as ours
from sentry_twilio.twilio.form import TwilioConfigurationForm
from sentry_twilio.twilio.numbers import mask
from sentry_twilio.twilio.options import SECRETS

logger = logging.getLogger(__name__)

SETTING = "SENTRY_TWILIO"
"""In sentry.conf.py, a dict of `TwilioPlugin.instance_settings` for all projects."""


class NotReached(PluginError):  # type: ignore[misc]
    """Names in full who was not surely reached; `for_log` says the same with masked numbers."""

    def __init__(self, results: report.Results) -> None:
        super().__init__(report.failures(results))
        self.for_log = report.failures(results, mask)


@dataclass(frozen=True)
class Feature:
    """As Sentry's FeatureDescription, which has moved from module to module."""

    description: str
    featureGate: SimpleNamespace  # noqa: N815  (Sentry's name)


class TwilioPlugin(NotificationPlugin):  # type: ignore[misc]
    """Keeps no state: Sentry makes instances as it likes, and each is a `threading.local`."""

    slug = ours.TwilioPlugin.slug
    conf_key = ours.TwilioPlugin.conf_key
    title = conf_title = ours.TwilioPlugin.title
    description = ours.TwilioPlugin.description
    version = __version__
    author = "sentry-twilio-sms"
    author_url = "https://pypi.org/project/sentry-twilio-sms/"
    resource_links = [
        ("Documentation", "https://pypi.org/project/sentry-twilio-sms/"),
        ("Twilio Console", "https://console.twilio.com/"),
    ]
    feature_descriptions = [
        Feature("Send a text message through Twilio.", SimpleNamespace(value="mobile")),
        Feature("Choose with alert rules when to send it.", SimpleNamespace(value="alert-rule")),
    ]
    required_field = "account_sid"
    project_conf_form = TwilioConfigurationForm
    twilio = ours.TwilioPlugin()
    """What does the work, for all projects."""

    def setup(self, bindings: Any) -> None:
        """Called once, when Sentry has loaded every plugin."""
        try:
            self.twilio.configure(**getattr(settings, SETTING, {}))
        except (TypeError, ValueError) as error:
            # Raised, it would keep all of Sentry from starting.
            logger.error("%s in sentry.conf.py cannot be used: %s", SETTING, error)  # noqa: TRY400
        for other in list(plugins.all(version=None)):
            # With two of one slug, chance would decide which one answers, and both would send.
            if other.slug == self.slug and type(other) is not type(self):
                plugins.unregister(type(other))

    # Settings ----------------------------------------------------------------------------

    def get_config(self, project: Any, **kwargs: Any) -> list[dict[str, Any]]:
        form = self.twilio.configuration_form()
        return fields.describe(form, self._stored(project), kwargs.get("initial"))

    def validate_config_field(self, project: Any, name: str, value: Any, actor: Any = None) -> Any:
        """The value to go on with; a secret that is left empty is the stored one."""
        if isinstance(value, str):
            value = value.strip()
        if not value and name in SECRETS:
            return self.get_option(name, project)
        if problem := fields.problem_of(self.twilio.configuration_form(), name, value):
            raise PluginError(problem)
        return value

    def validate_config(self, project: Any, config: Any, actor: Any = None) -> dict[str, Any]:
        """What Sentry is to store, None for what it is to remove."""
        form = self.twilio.configuration_form()
        values, errors = fields.read(form, config, self._stored(project))
        if errors:
            raise PluginError("\n".join(errors))
        return values

    def is_configured(self, project: Any, **kwargs: Any) -> bool:
        return self.twilio.is_configured_with(self._stored(project))

    def _stored(self, project: Any) -> dict[str, str]:
        return fields.stored(lambda name: self.get_option(name, project))

    # Sending -----------------------------------------------------------------------------

    def notify(self, notification: Any, raise_exception: bool = False) -> Any:
        """As Sentry's own, but for the log, where no number is written in full."""
        event = notification.event
        rules = [rule.label for rule in notification.rules]
        try:
            return self.notify_users(event.group, event, triggering_rules=rules)
        except NotReached as error:
            logger.warning("Project %s: %s", event.group.project_id, error.for_log)
            if raise_exception:
                raise
            return False

    def notify_users(
        self,
        group: Any,
        event: Any,
        triggering_rules: Any = (),
        fail_silently: bool = False,
        **kwargs: Any,
    ) -> None:
        """Text everybody now. Raises `NotReached` unless all were surely reached."""
        stored = self._stored(group.project)
        if not self.twilio.is_configured_with(stored):
            return
        alert = alerts.of(group, event, triggering_rules or ())
        results = sending.send(self.twilio, Notification(alert), stored)
        if report.failures(results) and not fail_silently:
            raise NotReached(results)

    def test_configuration(self, project: Any) -> str:
        """Text everybody that this is a test. Makes no sample issue, as Sentry's own would."""
        stored = self._stored(project)
        if not self.twilio.is_configured_with(stored):
            raise PluginError(report.INCOMPLETE)
        notification = Notification(self.twilio.test_alert(project))
        results = sending.send(self.twilio, notification, stored)
        if report.failures(results):
            raise NotReached(results)
        return report.success(len(results))

    def test_configuration_and_get_test_results(self, project: Any) -> str:
        """The answer in full: Sentry's own cuts it at 256 characters."""
        try:
            return self.test_configuration(project)
        except PluginError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001  (a person waits for an answer)
            # Where it happened, without the values, which may be secret.
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("The test message failed: %s\n%s", type(error).__name__, where)  # noqa: TRY400
            return report.unexpected(error)
