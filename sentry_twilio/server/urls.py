"""Every address of the host."""

from django.urls import include, path

urlpatterns = [
    path("api/", include("sentry_twilio.tracker.urls")),
    path("hooks/", include("sentry_twilio.delivery.urls")),
    path("", include("sentry_twilio.dashboard.urls")),
]
