from django.apps import AppConfig


class ServerConfig(AppConfig):
    """For the management commands and system checks of the host as a whole."""

    name = "sentry_twilio.server"
    label = "server"
