"""Every address of the host."""

from django.urls import include, path

from sentry_twilio.server import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("metrics", views.metrics, name="metrics"),
    path("api/", include("sentry_twilio.tracker.urls")),
    path("hooks/", include("sentry_twilio.delivery.urls")),
    path("hooks/", include("sentry_twilio.sources.urls")),
    path("", include("sentry_twilio.dashboard.urls")),
]
