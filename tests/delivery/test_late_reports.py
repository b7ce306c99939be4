"""Reports that come when nobody expects them any more."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import pytest
from django.utils import timezone

from sentry_twilio.core import Accepted, Receipt
from sentry_twilio.delivery import callbacks, digests, open_issues, receipts, results
from sentry_twilio.delivery.caps import Slots
from sentry_twilio.delivery.job import Job, Result
from sentry_twilio.delivery.models import Attempt, Delivery, Halt
from sentry_twilio.delivery.verification import SignedRequest
from sentry_twilio.projects.models import Project

from .crowds import HOUR, write_rows
from .provider import FakePlugin, sign

Take = Callable[..., list[Job]]
URL = "https://alerts.example.com/hooks/fake/"
ADA = "+14155550100"


def report(pk: int, state: Literal["accepted", "delivered"] = "delivered") -> None:
    """The provider says about this delivery what nobody knew."""
    row = Delivery.objects.select_for_update().get(pk=pk)
    receipts.apply_receipt(row, Receipt("SMlate", state, state), timezone.now())
    row.save()


@pytest.fixture
def held(project: Project) -> list[Delivery]:
    """They were tried once, and wait for a digest since an hour ago."""
    return write_rows(project, 2, ADA, timezone.now() - HOUR / 2, state="held", tries=1)


@pytest.mark.parametrize("others", [0, 1])
def test_a_report_that_comes_while_a_digest_is_written_is_not_undone(
    held: list[Delivery], monkeypatch: pytest.MonkeyPatch, others: int
) -> None:
    late, other = held
    if not others:
        other.delete()

    def check(project: int, groups: Collection[str]) -> set[str]:
        # After the members were read, before they are written.
        report(late.pk)
        return set(groups)

    monkeypatch.setattr(open_issues, "_checks", [check])
    digests.send_due()
    late.refresh_from_db()
    assert (late.state, late.sid, late.digest) == ("delivered", "SMlate", None)


def test_a_report_about_one_of_the_worst_keeps_it_from_leaving_again(
    held: list[Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    late = held[0]
    Delivery.objects.filter(pk=late.pk).update(lane="worst")
    real = Slots.take

    def take(self: Slots, row: Delivery) -> None:
        real(self, row)
        if row.pk == late.pk:
            report(late.pk)

    monkeypatch.setattr(Slots, "take", take)
    digests.send_due()
    late.refresh_from_db()
    assert (late.state, late.sid) == ("delivered", "SMlate")


def test_after_a_report_about_what_waited_for_a_digest_the_queue_goes_on(
    held: list[Delivery], take: Take
) -> None:
    report(held[0].pk, "accepted")
    digests.send_due()
    Delivery.objects.filter(pk=held[0].pk).update(due_at=timezone.now())
    assert sorted(job.action for job in take()) == ["ask", "send"]


def test_a_report_of_an_attempt_before_the_halt_does_not_end_it(
    project: Project, plugin: FakePlugin
) -> None:
    now = timezone.now()
    write_rows(project, 1, state="unknown", at=now - HOUR / 2)
    Halt.objects.create(
        project=project, plugin="fake", reason="Wrong.", since=now - timedelta(minutes=5)
    )
    fields = [("sid", "SM1"), ("state", "accepted")]
    attempt = Attempt.objects.select_related("delivery__project").get()
    callbacks.take_report(SignedRequest(plugin, URL, fields, sign(URL), None), attempt)
    assert Delivery.objects.get().state == "accepted"
    assert Halt.objects.exists()


def test_a_plugin_s_mistake_over_one_report_loses_no_other_result(
    project: Project, plugin: FakePlugin, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_rows(project, 2)
    asked, sent = take()
    Delivery.objects.filter(pk=asked.delivery).update(state="accepted", sid="SM1")

    def sender_key(options: Any) -> str:
        raise KeyError("A mistake.")

    monkeypatch.setattr(plugin, "sender_key", sender_key)
    monkeypatch.setattr(plugin, "repeats", "Once more.")
    failed = Receipt("SM1", "undelivered", "failed", 30003, "transient")
    results.write(
        [
            Result(replace(asked, action="ask", sid="SM1"), failed, 0.1),
            Result(sent, Accepted("SM2"), 0.1),
        ]
    )
    states = dict(Delivery.objects.values_list("sid", "state"))
    assert states == {"SM1": "undelivered", "SM2": "accepted"}
