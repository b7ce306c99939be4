from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "sentry_twilio.delivery"
    label = "delivery"
    verbose_name = "Delivery"

    def ready(self) -> None:
        from django.conf import settings

        from sentry_twilio.delivery import (
            allowance,
            checks,  # noqa: F401  (registers itself)
            digests,
            fallback_sending,
            halts,
            heartbeat,
            watch,
            weekly,
            worker_heartbeat,
        )
        from sentry_twilio.delivery.chores import Chore, register

        # The first: others ask whether a worker lives.
        register(worker_heartbeat.CHORE)
        register(Chore("digests", 5, digests.send_due))
        register(Chore("halts", 10, halts.check_again))
        register(Chore("watch", 2, watch.sweep))
        register(Chore("fallback mails", 2, fallback_sending.send_mails))
        register(Chore("fallback webhooks", 2, fallback_sending.call_webhooks))
        register(Chore("allowance", 60, allowance.warn))
        register(Chore("heartbeat", 60, heartbeat.beat))
        register(Chore("weekly", 300, weekly.send_due))
        if settings.CELERY_BROKER_URL:
            from sentry_twilio.delivery import engine_celery

            engine_celery.install(settings.CELERY_BROKER_URL)
