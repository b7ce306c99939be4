"""How threads of one process write at the same time."""

import threading

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.db.models import F

from sentry_twilio.projects import transactions
from sentry_twilio.projects.models import Project, Usage
from sentry_twilio.projects.transactions import writing

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_increment_is_lost(at_once):
    Usage.objects.create(scope="x", window=0, count=0)

    def increment(_: int) -> None:
        for _ in range(10):
            with writing():
                row = Usage.objects.select_for_update().get(scope="x")
                row.count += 1
                row.save()

    assert at_once(8, increment) == [None] * 8
    assert Usage.objects.get().count == 80


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite lets one writer in")
def test_writers_wait_for_their_turn_and_not_for_the_database(at_once):
    Usage.objects.create(scope="x", window=0, count=0)

    def increment(_: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 0")  # whoever meets a lock fails
        for _ in range(10):
            with writing():
                Usage.objects.update(count=F("count") + 1)

    assert at_once(8, increment) == [None] * 8
    assert Usage.objects.get().count == 80


def test_an_error_undoes_the_whole_transaction_and_lets_the_next_one_in():
    def same_slug_twice() -> None:
        with writing():
            Project.objects.create(name="Shop", slug="shop")
            Project.objects.create(name="Shop", slug="shop")

    with pytest.raises(IntegrityError):
        same_slug_twice()
    assert not Project.objects.exists()
    with writing():
        Project.objects.create(name="Shop", slug="shop")
    assert Project.objects.count() == 1


def test_it_joins_a_transaction_that_is_open(django_assert_num_queries):
    with transaction.atomic():
        with django_assert_num_queries(1), writing():  # no BEGIN and no SAVEPOINT
            Project.objects.create(name="Shop", slug="shop")
        transaction.set_rollback(True)
    assert not Project.objects.exists()


def test_it_can_be_nested():
    with writing(), writing():
        Project.objects.create(name="Shop", slug="shop")
        assert connection.in_atomic_block
    assert not connection.in_atomic_block
    assert Project.objects.count() == 1


def test_joining_does_not_wait_for_a_writer_that_waits_for_us():
    """One thread holds the database, another holds the queue and waits for the database."""
    queued = threading.Event()

    def second() -> None:
        queued.set()
        with writing():
            Project.objects.create(name="Second", slug="second")
        connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        Project.objects.create(name="First", slug="first")
        thread.start()
        queued.wait(5)
        thread.join(0.05)  # long enough to be in the queue
        with writing():
            Project.objects.create(name="Third", slug="third")
    thread.join(10)
    assert set(Project.objects.values_list("slug", flat=True)) == {"first", "second", "third"}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's lock is its process's")
def test_a_process_that_freezes_does_not_hold_the_others_up(monkeypatch):
    monkeypatch.setattr(transactions, "FROZEN_AFTER", "200ms")
    frozen, over = threading.Event(), threading.Event()

    def freeze() -> None:
        try:
            with writing(one_at_a_time="x"):
                frozen.set()
                over.wait(20)
        except DatabaseError:  # its session was ended
            pass
        finally:
            connection.close()

    thread = threading.Thread(target=freeze)
    thread.start()
    assert frozen.wait(20)
    with writing(one_at_a_time="x"):  # would wait for ever
        Usage.objects.create(scope="x", window=0, count=0)
    over.set()
    thread.join(20)
    assert not thread.is_alive()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no stand-by")
def test_a_server_that_became_a_standby_counts_as_away_and_is_let_go():
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    with pytest.raises(OperationalError, match="stand-by"), writing():
        Project.objects.create(name="Shop", slug="shop")
    with writing():  # by a new connection
        Project.objects.create(name="Shop", slug="shop")
    assert Project.objects.count() == 1
