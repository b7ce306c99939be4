"""How often an issue was seen in a rule's window, though its events are pruned."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import Sum

from sentry_twilio.tracker.models import Issue, Rule, Tally

SLOTS = 10
"""Parts of a window that are counted apart. The oldest one is left out as soon as it reaches
out of the window, so that nothing older is ever counted."""

_TABLE = Tally._meta.db_table
_ADD = f"""
    INSERT INTO {_TABLE} (rule_id, issue_id, slot, "count") VALUES (%s, %s, %s, 1)
    ON CONFLICT (rule_id, issue_id, slot) DO UPDATE SET "count" = {_TABLE}."count" + 1
"""  # noqa: S608  (the only thing put in is our own table's name)


def count(rule: Rule, issue: Issue, at: datetime) -> int:
    """Count one event at `at`, and say how many there were in the rule's window with it."""
    now = int(at.timestamp())
    length = max(1, rule.window // SLOTS)
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [rule.pk, issue.pk, now - now % length])
    within = Tally.objects.filter(rule=rule, issue=issue, slot__gt=now - rule.window)
    total: int | None = within.aggregate(total=Sum("count"))["total"]
    return total or 0
