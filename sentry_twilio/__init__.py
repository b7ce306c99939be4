"""Text messages through Twilio when an application breaks.

The public names are imported on first use, so that `import sentry_twilio` costs nothing and
needs no configured Django.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sentry_twilio._version import __version__

if TYPE_CHECKING:
    from sentry_twilio.twilio.client import TwilioApiClient
    from sentry_twilio.twilio.form import TwilioConfigurationForm
    from sentry_twilio.twilio.plugin import TwilioPlugin

_HOMES = {
    "TwilioApiClient": "sentry_twilio.twilio.client",
    "TwilioConfigurationForm": "sentry_twilio.twilio.form",
    "TwilioPlugin": "sentry_twilio.twilio.plugin",
}

__all__ = ["TwilioApiClient", "TwilioConfigurationForm", "TwilioPlugin", "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sentry_twilio' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
