"""How many SQL statements it takes to enqueue a notification."""

from __future__ import annotations

from bench.table import Promise, show


def measure() -> list[Promise]:
    """Needs Django loaded with a migrated database; everything is rolled back."""
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from sentry_twilio.core import Alert, plugins
    from sentry_twilio.core.alert import Project as AlertProject
    from sentry_twilio.delivery.models import Delivery
    from sentry_twilio.delivery.outbox import enqueue
    from sentry_twilio.projects.models import Project

    counts: dict[int, int] = {}
    for recipients in (1, 10):
        with transaction.atomic():
            project = Project.objects.create(name="Statements", slug=f"statements-{recipients}")
            numbers = ",".join(f"+1415555{number:04}" for number in range(recipients))
            plugin = plugins.get("twilio")
            for name, value in {
                "account_sid": "AC" + "b" * 32,
                "auth_token": "c" * 32,
                "sms_from": "+15005550006",
                "sms_to": numbers,
            }.items():
                plugin.set_option(name, value, project)
            alert = Alert(project=AlertProject.of(project), group="issue:1", title="It broke")
            with CaptureQueriesContext(connection) as statements:
                enqueue(project, alert)
            if Delivery.objects.filter(project=project).count() != recipients:
                raise RuntimeError("The deliveries were not written.")
            counts[recipients] = len(statements)
            transaction.set_rollback(True)
    show(
        "Statements to enqueue a notification",
        ["recipients", "statements"],
        [[str(recipients), str(count)] for recipients, count in counts.items()],
    )
    return [Promise(f"Statements for {n} recipients", count, 4) for n, count in counts.items()]
