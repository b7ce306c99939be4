"""Deleting a lot, a little at a time."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from sentry_twilio.projects.batches import delete_in_batches, pages
from sentry_twilio.projects.models import Project, Usage

pytestmark = pytest.mark.django_db


def make(count: int) -> None:
    Usage.objects.bulk_create(
        Usage(scope=f"scope:{number}", window=number % 2, count=1) for number in range(count)
    )


def test_it_deletes_what_it_was_given_and_nothing_else() -> None:
    make(10)
    assert list(delete_in_batches(Usage.objects.filter(window=1), 2)) == [2, 2, 1]
    assert set(Usage.objects.values_list("window", flat=True)) == {0}


def test_what_does_not_match_any_more_stays() -> None:
    make(4)
    left = delete_in_batches(Usage.objects.filter(window=0), 1)
    next(left)
    Usage.objects.update(window=1)
    assert list(left) == []


def test_what_is_changed_between_the_look_and_the_deletion_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make(2)
    from sentry_twilio.projects import batches

    real = batches.writing

    def writing() -> Any:
        Usage.objects.filter(window=0).update(window=1)
        return real()

    monkeypatch.setattr(batches, "writing", writing)
    assert list(delete_in_batches(Usage.objects.filter(window=0), 10)) == [0]
    assert Usage.objects.count() == 2


def test_pages_go_on_where_they_ended() -> None:
    made = [Project.objects.create(name=f"{n}", slug=f"{n}").pk for n in range(5)]
    found = pages(Project.objects.all(), 2)
    first = next(found)
    Project.objects.filter(pk__in=first).delete()
    assert [first, *found] == [made[:2], made[2:4], made[4:]]


@pytest.mark.django_db(transaction=True)
def test_each_batch_is_a_transaction_of_its_own() -> None:
    make(3)
    for _ in delete_in_batches(Usage.objects.all(), 1):
        assert not connection.in_atomic_block
