from django.urls import path

from sentry_twilio.delivery import views

urlpatterns = [
    path("<slug:slug>/status/", views.status, name="delivery-status"),
    path("<slug:slug>/inbound/", views.inbound, name="delivery-inbound"),
]
