"""Limits that all processes share."""

import pytest
from django.db import transaction

from sentry_twilio.projects import quota
from sentry_twilio.projects.models import Usage
from sentry_twilio.projects.quota import Quota


@pytest.fixture
def clock(monkeypatch):
    """The time of day, in seconds; 12 s into a minute."""
    now = [1_800_000_012.0]
    monkeypatch.setattr(quota.time, "time", lambda: now[0])
    return now


@pytest.mark.django_db
def test_it_grants_as_many_as_the_limit_and_then_says_how_long_to_wait(clock):
    limit = Quota(limit=3, seconds=60)
    assert [limit.take("key:1") for _ in range(5)] == [0.0, 0.0, 0.0, 48.0, 48.0]


@pytest.mark.django_db
def test_a_new_window_starts_anew(clock):
    limit = Quota(limit=1, seconds=60)
    assert limit.take("key:1") == 0.0
    clock[0] += 47.5
    assert limit.take("key:1") == 0.5
    clock[0] += 0.5
    assert [limit.take("key:1") for _ in range(2)] == [0.0, 60.0]


@pytest.mark.django_db
def test_a_clock_that_jumps_back_does_not_lock_anybody_out(clock):
    limit = Quota(limit=1, seconds=60)
    limit.take("key:1")
    clock[0] -= 3600
    assert limit.take("key:1") == 0.0


@pytest.mark.django_db
def test_scopes_are_apart(clock):
    limit = Quota(limit=1, seconds=60)
    assert limit.take("key:1") == 0.0
    assert limit.take("key:2") == 0.0
    assert limit.take("key:1") > 0


@pytest.mark.django_db
def test_a_limit_of_zero_is_none(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert {Quota(limit=0, seconds=60).take("key:1") for _ in range(10)} == {0.0}


@pytest.mark.django_db
def test_it_costs_one_row_and_one_statement(clock, django_assert_num_queries):
    with django_assert_num_queries(1):
        Quota(limit=2, seconds=60).take("key:1")
    Quota(limit=2, seconds=60).take("key:1")
    assert Usage.objects.get().count == 2


@pytest.mark.django_db(transaction=True)
def test_threads_never_get_more_than_the_limit(clock, at_once):
    limit = Quota(limit=10, seconds=60)

    def take_five(_: int) -> list[float]:
        return [limit.take("key:1") for _ in range(5)]

    waits = [wait for five in at_once(4, take_five) for wait in five]
    assert sorted(waits) == [0.0] * 10 + [48.0] * 10


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_undone_gives_back_what_it_took(clock):
    limit = Quota(limit=1, seconds=60)
    with transaction.atomic():
        limit.take("key:1")
        transaction.set_rollback(True)
    assert limit.take("key:1") == 0.0


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [1, 60, 900, 3600])
def test_a_window_that_is_over_can_be_forgotten_and_no_other(clock, seconds):
    Quota(limit=3, seconds=seconds).take("key:1")
    assert not quota.past().exists()
    clock[0] += seconds - clock[0] % seconds - 0.001
    assert not quota.past().exists()
    clock[0] += 1.001
    assert [row.scope for row in quota.past()] == ["key:1"]


@pytest.mark.django_db
def test_a_long_window_is_never_forgotten_early(clock):
    Quota(limit=3, seconds=86400).take("key:1")
    clock[0] += 86399 - clock[0] % 86400
    assert not quota.past().exists()
