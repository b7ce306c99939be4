from django.urls import path

from sentry_twilio.tracker import views

urlpatterns = [
    path("<str:project>/envelope/", views.envelope, name="envelope"),
    path("<str:project>/store/", views.store, name="store"),
]
