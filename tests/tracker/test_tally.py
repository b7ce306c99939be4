"""Counting in a window that moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sentry_twilio.projects.models import Project
from sentry_twilio.tracker.models import Issue, Rule, Tally
from sentry_twilio.tracker.tally import SLOTS, count

START = datetime(2026, 11, 21, tzinfo=UTC)  # a multiple of every window


@pytest.mark.parametrize("window", [300, 900, 3600, 86400])
def test_it_counts_nothing_older_than_the_window(window: int, project: Project) -> None:
    rule = Rule.objects.create(project=project, name="x", window=window)
    issue = Issue.objects.create(project=project, fingerprint="x", title="x")

    def at(seconds: float) -> int:
        return count(rule, issue, START + timedelta(seconds=seconds))

    assert [at(0), at(1), at(window - 1)] == [1, 2, 3]
    assert at(window) == 2
    assert at(2 * window - 2) == 2  # the one before was in a slot that has left the window
    assert at(4 * window) == 1


def test_a_window_takes_few_rows(project: Project) -> None:
    rule = Rule.objects.create(project=project, name="x", window=300)
    issue = Issue.objects.create(project=project, fingerprint="x", title="x")
    counts = [count(rule, issue, START + timedelta(seconds=second)) for second in range(300)]
    assert counts == list(range(1, 301))
    assert Tally.objects.count() == SLOTS
