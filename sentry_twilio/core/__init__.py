"""The plugin kit: what a notification plugin and its host need to know of each other."""

from sentry_twilio.core.alert import LEVELS, REASONS, Alert, Level, Notification, Project, Reason
from sentry_twilio.core.client import ApiClient, ApiResponse
from sentry_twilio.core.digest import Digest
from sentry_twilio.core.errors import (
    ApiConnectionError,
    ApiError,
    ApiForbidden,
    ApiInvalidRequest,
    ApiNotFound,
    ApiRateLimited,
    ApiServerError,
    ApiTimeout,
    ApiUnauthorized,
    PluginError,
)
from sentry_twilio.core.message import (
    Accepted,
    CannotLookUp,
    Invalid,
    Kind,
    Message,
    OptOut,
    Outcome,
    Receipt,
    Refused,
    Reply,
    Unknown,
)
from sentry_twilio.core.options import OptionStore
from sentry_twilio.core.plugin import NotificationPlugin
from sentry_twilio.core.registry import DuplicateSlug, PluginRegistry, plugins
from sentry_twilio.core.retry import RetryPolicy
from sentry_twilio.core.sender import Sender, account_of

__all__ = [
    "LEVELS",
    "REASONS",
    "Accepted",
    "Alert",
    "ApiClient",
    "ApiConnectionError",
    "ApiError",
    "ApiForbidden",
    "ApiInvalidRequest",
    "ApiNotFound",
    "ApiRateLimited",
    "ApiResponse",
    "ApiServerError",
    "ApiTimeout",
    "ApiUnauthorized",
    "CannotLookUp",
    "Digest",
    "DuplicateSlug",
    "Invalid",
    "Kind",
    "Level",
    "Message",
    "Notification",
    "NotificationPlugin",
    "OptOut",
    "OptionStore",
    "Outcome",
    "PluginError",
    "PluginRegistry",
    "Project",
    "Reason",
    "Receipt",
    "Refused",
    "Reply",
    "RetryPolicy",
    "Sender",
    "Unknown",
    "account_of",
    "plugins",
]
