from django.urls import path

from sentry_twilio.sources import action_views, views

urlpatterns = [
    path("generic/schema.json", views.schema, name="generic-schema"),
    path("<slug:kind>/<str:key>/", views.hook, name="hook"),
    # Copied without its end: trackers do not follow the redirect that pages would get.
    path("<slug:kind>/<str:key>", views.hook),
    path("<slug:kind>/<str:key>/action/", action_views.save, name="hook-action"),
    path("<slug:kind>/<str:key>/action/<str:what>/", action_views.choices, name="hook-choices"),
]
