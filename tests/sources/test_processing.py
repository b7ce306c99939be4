"""Calls are done once each, in their order, whatever happens in between."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from sentry_twilio.core import plugins
from sentry_twilio.core.plugin import ENABLED
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.sources import creation, effects, processing
from sentry_twilio.sources.models import Call
from sentry_twilio.sources.processing import process_due, prune
from sentry_twilio.tracker.models import Issue
from tests.sources import sentry_bodies as bodies
from tests.sources.conftest import Make, Tracker, captured

DAY = timedelta(days=1)


@pytest.mark.django_db(transaction=True)
def test_a_crash_in_the_middle_leaves_nothing_but_the_call(
    make: Make, tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a process that is killed: what was not committed is gone."""

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> str:
        raise Killed

    tracker.post(make("bugsink"), captured("bugsink_2.6.2_new"))
    with monkeypatch.context() as patch:
        # After the text was written, before the call is done.
        patch.setattr(effects, "Outcome", die)
        with pytest.raises(Killed):
            process_due()
    assert not Delivery.objects.exists()
    assert not Issue.objects.exists()
    assert process_due() == 1
    assert Delivery.objects.count() == 1
    assert process_due() == 0


@pytest.mark.django_db(transaction=True)
def test_a_call_that_cannot_be_done_does_not_stop_the_others(
    make: Make, tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make("bugsink")
    tracker.post(source, captured("bugsink_2.6.2_new"))
    tracker.post(source, {**captured("bugsink_2.6.2_new"), "id": "2", "title": "Fine"})
    real = effects.apply

    def fail(source: object, alert: object, at: object) -> object:
        if alert.title != "Fine":  # type: ignore[attr-defined]
            raise RuntimeError("a mistake of ours")
        return real(source, alert, at)  # type: ignore[arg-type]

    monkeypatch.setattr(effects, "apply", fail)
    assert process_due() == 2
    assert [d.notification.title for d in Delivery.objects.all()] == ["Fine"]
    waiting = Call.objects.get(state="waiting")
    assert waiting.tries == 1
    assert waiting.due_at > timezone.now()
    monkeypatch.setattr(processing, "MOST_TRIES", 2)
    Call.objects.update(due_at=timezone.now())
    process_due()
    assert "the host's log" in Call.objects.get(state="failed").result


def test_what_is_done_keeps_no_body_and_its_hash_for_a_week(make: Make, tracker: Tracker) -> None:
    source = make("sentry")
    tracker.tell(source, bodies.event_alert(), "event_alert")
    call = Call.objects.get()
    assert (bytes(call.body), call.state, call.result) == (b"", "done", "Told.")
    Call.objects.update(received_at=timezone.now() - 6 * DAY)
    assert prune() == 0
    Call.objects.update(received_at=timezone.now() - 8 * DAY)
    assert prune() == 1


def test_what_still_waits_is_never_forgotten(make: Make, tracker: Tracker) -> None:
    tracker.post(make("bugsink"), captured("bugsink_2.6.2_new"))
    Call.objects.update(received_at=timezone.now() - 30 * DAY)
    assert prune() == 0


def test_calls_are_done_in_the_order_in_which_they_came(make: Make, tracker: Tracker) -> None:
    source = make("sentry")
    for action in ("created", "resolved", "unresolved", "resolved"):
        tracker.post(source, bodies.issue(action), "issue")
    assert process_due() == 4
    assert Issue.objects.get().status == "resolved"


@pytest.mark.parametrize("tries", [0, 3])
def test_a_clock_that_was_ahead_holds_no_call_back(
    tries: int, make: Make, tracker: Tracker
) -> None:
    tracker.post(make("bugsink"), captured("bugsink_2.6.2_new"))
    ahead = timezone.now() + timedelta(hours=1)
    Call.objects.update(due_at=ahead, received_at=ahead, tries=tries)
    assert process_due() == 1
    assert Delivery.objects.count() == 1


def test_a_call_that_was_put_off_waits(make: Make, tracker: Tracker) -> None:
    tracker.post(make("bugsink"), captured("bugsink_2.6.2_new"))
    Call.objects.update(due_at=timezone.now() + timedelta(seconds=60), tries=3)
    assert process_due() == 0


def test_it_says_that_nobody_was_told_where_nothing_is_set_up(make: Make, tracker: Tracker) -> None:
    source = make("bugsink")
    plugins.get("twilio").set_option(ENABLED, "0", source.project)
    assert tracker.tell(source, captured("bugsink_2.6.2_new")) == []
    assert "nobody was told" in source.inbox.get().result


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_a_source_is_removed_between_two_calls_and_never_during_one(
    make: Make, tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both take the call and what is known of its issue, in another order."""
    source = make("sentry")
    make("sentry-legacy")  # it inherits the issue
    tracker.tell(source, bodies.event_alert("a" * 32), "event_alert")
    tracker.post(source, bodies.event_alert("b" * 32), "event_alert")
    is_processing = threading.Event()
    errors: list[Exception] = []
    real = effects.apply

    def wait(*given: Any) -> Any:
        is_processing.set()
        deadline = time.monotonic() + 30
        with connection.cursor() as cursor:
            while time.monotonic() < deadline:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
                if cursor.fetchone()[0]:
                    break
                time.sleep(0.01)
        return real(*given)

    def work() -> None:
        try:
            processing._process_next()
        except Exception as exc:  # noqa: BLE001  (looked at below)
            errors.append(exc)
        finally:
            connection.close()

    monkeypatch.setattr(effects, "apply", wait)
    thread = threading.Thread(target=work)
    thread.start()
    assert is_processing.wait(30)
    creation.remove(source)
    thread.join()
    assert not errors
    assert Delivery.objects.count() == 2
    assert not Call.objects.exists()
