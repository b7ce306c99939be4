from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "sentry_twilio.dashboard"
    label = "dashboard"
    verbose_name = "Dashboard"
