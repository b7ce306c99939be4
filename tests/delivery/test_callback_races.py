"""What happens at the same moment: requests of the provider's, and a worker's result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from sentry_twilio.core import Accepted
from sentry_twilio.delivery import callbacks, optouts, results
from sentry_twilio.delivery.job import Job, Result
from sentry_twilio.delivery.models import Attempt, Callback, Delivery, KnownSender, OptOut
from sentry_twilio.delivery.verification import SignedRequest

from .provider import FakePlugin, sign

pytestmark = pytest.mark.django_db(transaction=True)

URL = "https://alerts.example.com/hooks/fake/"
ADA = "+14155550100"
Task = Callable[[], Any]


def at_once(*tasks: Task) -> list[Any]:
    """What each of the tasks returns, begun at the same moment in threads of their own."""
    together = threading.Barrier(len(tasks))

    def run(task: Task) -> Any:
        try:
            together.wait(30)
            return task()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


@pytest.fixture
def report(plugin: FakePlugin) -> Callable[[str, str], Task]:
    def report(sid: str, state: str) -> Task:
        attempt = Attempt.objects.select_related("delivery__project").get()
        params = [("sid", sid), ("state", state), ("code", "30008"), ("kind", "recipient")]
        request = SignedRequest(plugin, URL, params, sign(URL), None)
        return lambda: callbacks.take_report(request, attempt)

    return report


@pytest.fixture
def write(plugin: FakePlugin) -> Callable[[str, str], Task]:
    def write(sid: str, body: str) -> Task:
        params = [("sid", sid), ("to", "line,pool"), ("from", ADA), ("body", body)]
        request = SignedRequest(plugin, URL, params, sign(URL), None)
        return lambda: callbacks.take_inbound(request)

    return write


@pytest.fixture
def job(delivery: Delivery, take: Callable[..., list[Job]]) -> Job:
    """The delivery is on its way."""
    (job,) = take()
    return job


@pytest.fixture
def sent(job: Job, delivery: Delivery) -> Delivery:
    results.write([Result(job, Accepted("SM1"))])
    delivery.refresh_from_db()
    return delivery


def test_the_same_report_many_times_at_once_is_kept_once(
    report: Callable[..., Task], sent: Delivery, plugin: FakePlugin
) -> None:
    plugin.repeats = "It broke (again)"
    assert at_once(*[report("SM1", "undelivered")] * 6) == [None] * 6
    assert Callback.objects.get().times == 6
    assert Delivery.objects.filter(repeats=sent).count() == 1


def test_different_reports_at_once_end_with_the_last_word(
    report: Callable[..., Task], sent: Delivery, plugin: FakePlugin
) -> None:
    plugin.repeats = "It broke (again)"
    states = ("delivered", "undelivered", "accepted", "delivered", "undelivered", "accepted")
    assert at_once(*(report("SM1", state) for state in states)) == [None] * 6
    sent.refresh_from_db()
    assert sent.state == "delivered"
    assert set(Callback.objects.values_list("times", flat=True)) == {2}
    assert not Delivery.objects.filter(repeats=sent).exclude(state="suppressed").exists()


def test_a_report_beside_the_answer_to_the_request_loses_neither(
    report: Callable[..., Task], delivery: Delivery, job: Job
) -> None:
    answer = Result(job, Accepted("SM1", "queued", 2, "RQ1"))
    at_once(report("SM1", "delivered"), lambda: results.write([answer]))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.sid, delivery.segments) == ("delivered", "SM1", 2)
    assert (delivery.lease, delivery.due_at) == ("", None)
    assert Attempt.objects.get().outcome == "accepted"


def test_a_stop_many_times_at_once_is_heard_once(
    write: Callable[..., Task], sent: Delivery
) -> None:
    assert at_once(*[write("SM2", "STOP")] * 6) == [None] * 6
    assert Callback.objects.get(kind="opt_out").times == 6
    assert OptOut.objects.count() == KnownSender.objects.count() == 2


def test_stops_and_replies_at_once_do_not_stand_in_each_other_s_way(
    write: Callable[..., Task], sent: Delivery
) -> None:
    tasks = [write(f"SM-{number}", "STOP" if number % 2 else "Why?") for number in range(6)]
    assert at_once(*tasks) == [None] * 6
    assert Callback.objects.count() == 6
    assert optouts.blocked({("fake:account:line", ADA)}, timezone.now())


def test_where_the_database_gives_it_up_it_is_tried_again(
    report: Callable[..., Task], sent: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [OperationalError("deadlock detected")] * (callbacks.TRIES - 1)
    real = callbacks._report

    def report_at_last(*args: Any) -> None:
        if left:
            raise left.pop()
        real(*args)

    monkeypatch.setattr(callbacks, "_report", report_at_last)
    assert report("SM1", "delivered")() is None
    sent.refresh_from_db()
    assert sent.state == "delivered"
    left += [OperationalError("The database is away.")] * callbacks.TRIES
    with pytest.raises(OperationalError):
        report("SM1", "accepted")()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there, nobody else writes meanwhile")
def test_a_twin_that_claims_the_message_a_moment_earlier_keeps_it(
    report: Callable[..., Task], delivery: Delivery, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = Delivery.objects.get(pk=delivery.pk)
    twin.pk, twin.state, twin.twin_key = None, "unknown", ""
    twin.save()
    real = callbacks.note_report

    def note_report(row: Delivery, *args: Any) -> bool:
        # The report has looked for the message's holder already, and found none.
        if row.pk == delivery.pk:
            claim = Delivery.objects.filter(pk=twin.pk)
            at_once(lambda: claim.update(sid="SM1", state="accepted"))
        return real(row, *args)

    monkeypatch.setattr(callbacks, "note_report", note_report)
    assert report("SM1", "delivered")() is None
    twin.refresh_from_db()
    delivery.refresh_from_db()
    assert (twin.state, delivery.state) == ("delivered", "sending")
