"""Whether an event is a reason to tell people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from sentry_twilio.core import LEVELS, Reason
from sentry_twilio.delivery import outbox
from sentry_twilio.projects.models import Project
from sentry_twilio.tracker import tally
from sentry_twilio.tracker.models import Firing, Issue, Rule

Trigger = Rule.Trigger


@dataclass(frozen=True, slots=True)
class Occasion:
    """An event of an unresolved issue, as far as rules ask about it.

    `change` is what the event did to its issue: new, regressed, reappeared, or None.
    """

    issue: Issue
    change: Reason | None
    level: str
    environment: str
    tags: dict[str, str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Fired:
    """Which rules fired for one event, and why: together they make one notification."""

    reason: Reason
    names: tuple[str, ...]


def _changed_to(*changes: Reason) -> Callable[[Rule, Occasion], bool]:
    return lambda rule, occasion: occasion.change in changes


_TRIGGERS: dict[str, Callable[[Rule, Occasion], bool]] = {
    Trigger.NEW: _changed_to("new"),
    Trigger.REGRESSED: _changed_to("regressed"),
    Trigger.NEW_OR_REGRESSED: _changed_to("new", "regressed"),
    Trigger.REAPPEARED: _changed_to("reappeared"),
    Trigger.FREQUENT: lambda rule, occasion: (
        tally.count(rule, occasion.issue, occasion.at) > rule.threshold
    ),
    Trigger.EVERY: lambda rule, occasion: True,
}
_FILTERS: tuple[Callable[[Rule, Occasion], bool], ...] = (
    lambda rule, occasion: LEVELS.index(occasion.level) >= LEVELS.index(rule.level),
    lambda rule, occasion: rule.environment in ("", occasion.environment),
    lambda rule, occasion: not rule.tag or _has_tag(occasion.tags, rule.tag),
)

MUTED_MINUTES = 30
"""How often to note at least that a mute kept something back, where a rule fires each time."""

_FIRINGS, _RULES = Firing._meta.db_table, Rule._meta.db_table
# Fires where the rule is still on and never fired for the issue, or long enough ago: a row
# comes back only to the one who wrote it.
_CLAIM = f"""
    INSERT INTO {_FIRINGS} (rule_id, issue_id, fired_at)
    SELECT id, %s, %s FROM {_RULES}
        WHERE id = %s AND is_active AND (snoozed_until IS NULL OR snoozed_until <= %s)
    ON CONFLICT (rule_id, issue_id) DO UPDATE SET fired_at = excluded.fired_at
        WHERE {_FIRINGS}.fired_at <= %s
    RETURNING id
"""  # noqa: S608  (the only things put in are our own tables' names)


def fire(rules: Iterable[Rule], occasion: Occasion) -> Fired | None:
    """Claim those of a project's rules that are due for an event; None where none is.

    Call it inside `writing()`, with what is done about it.
    """
    names = [rule.name for rule in rules if _applies(rule, occasion) and _claim(rule, occasion)]
    return Fired(occasion.change or "frequent", tuple(names)) if names else None


def would_fire(rules: Iterable[Rule], occasion: Occasion) -> Fired | None:
    """Those that a mute keeps from firing, once within a rule's interval, or half an hour.

    Nothing is claimed: what fires when the mute is over may not wait because of them.
    """
    names = [
        rule.name
        for rule in rules
        if _applies(rule, occasion)
        and not outbox.was_notified(
            occasion.issue.project_id,
            occasion.issue.group,
            occasion.at - timedelta(minutes=max(rule.interval, MUTED_MINUTES)),
        )
    ]
    return Fired("frequent", tuple(names)) if names else None


def add_first_rule(sender: object, project: Project, **_: Any) -> None:
    """What a new project starts with, so that it tells of its first error unasked."""
    Rule.objects.create(
        project=project,
        name="New or regressed issues",
        trigger=Trigger.NEW_OR_REGRESSED,
        level="error",
        interval=30,
    )


def _applies(rule: Rule, occasion: Occasion) -> bool:
    """Whether the event is one that the rule is about, whatever it has fired for before."""
    if not all(accepts(rule, occasion) for accepts in _FILTERS):
        return False
    return _TRIGGERS[rule.trigger](rule, occasion)


def _has_tag(tags: dict[str, str], wanted: str) -> bool:
    name, _, value = wanted.partition("=")
    return tags.get(name.strip()) == value.strip()


def _claim(rule: Rule, occasion: Occasion) -> bool:
    """Whether nobody fired the rule for the issue within its interval; now we did."""
    moment = connection.ops.adapt_datetimefield_value(occasion.at)
    cutoff = connection.ops.adapt_datetimefield_value(
        occasion.at - timedelta(minutes=rule.interval)
    )
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [occasion.issue.pk, moment, rule.pk, moment, cutoff])
        return cursor.fetchone() is not None
