from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "sentry_twilio.delivery"
    label = "delivery"
    verbose_name = "Delivery"
