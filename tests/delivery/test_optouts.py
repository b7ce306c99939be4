from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from sentry_twilio.delivery import optouts
from sentry_twilio.delivery.models import Callback, KnownSender, OptOut

pytestmark = pytest.mark.django_db

NOW = timezone.now()
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
LINE, OTHER_LINE = "fake:account:line", "fake:account:other"
ADA, BOB = "+14155550100", "+14155550101"
REFUSAL, MESSAGE = OptOut.Source.REFUSAL, OptOut.Source.MESSAGE
ALL = {(line, person) for line in (LINE, OTHER_LINE) for person in (ADA, BOB)}


@pytest.fixture
def hears() -> None:
    """What recipients write to the line reaches us."""
    KnownSender.objects.create(key=LINE, inbound_at=NOW)


def test_an_opt_out_holds_for_its_pair_and_no_other() -> None:
    optouts.learn(LINE, ADA, REFUSAL, NOW)
    assert optouts.blocked(ALL, NOW) == {(LINE, ADA)}
    assert optouts.blocked(set(), NOW) == set()
    optouts.forget(LINE, BOB)
    assert optouts.blocked(ALL, NOW) == {(LINE, ADA)}
    optouts.forget(LINE, ADA)
    assert optouts.blocked(ALL, NOW) == set()


def test_where_start_cannot_be_heard_it_is_tried_again_a_day_later() -> None:
    optouts.learn(LINE, ADA, REFUSAL, NOW)
    assert optouts.blocked(ALL, NOW + DAY - SECOND) == {(LINE, ADA)}
    # Until there is an answer, however often the trial is lost to something else.
    assert optouts.blocked(ALL, NOW + DAY) == set()
    assert optouts.blocked(ALL, NOW + DAY + SECOND) == set()
    optouts.learn(LINE, ADA, REFUSAL, NOW + DAY)
    assert optouts.blocked(ALL, NOW + 2 * DAY - SECOND) == {(LINE, ADA)}
    assert OptOut.objects.get().since == NOW


def test_where_start_is_heard_it_is_waited_for(hears: None) -> None:
    optouts.learn(LINE, ADA, REFUSAL, NOW)
    optouts.learn(LINE, BOB, MESSAGE, NOW)
    assert optouts.blocked(ALL, NOW + 1000 * DAY) == {(LINE, ADA), (LINE, BOB)}


def test_what_was_learned_before_the_first_inbound_message_is_tried_once_more() -> None:
    optouts.learn(LINE, ADA, REFUSAL, NOW)
    KnownSender.objects.create(key=LINE, inbound_at=NOW)
    assert optouts.blocked(ALL, NOW + DAY) == set()
    optouts.learn(LINE, ADA, REFUSAL, NOW + DAY)
    assert optouts.blocked(ALL, NOW + 1000 * DAY) == {(LINE, ADA)}


def test_a_person_s_click_lets_the_next_alert_try(hears: None) -> None:
    optouts.learn(LINE, ADA, REFUSAL, NOW - DAY)
    optouts.retry_now(OptOut.objects.get())
    later = timezone.now()
    assert optouts.blocked(ALL, later) == set()
    optouts.learn(LINE, ADA, REFUSAL, later)
    assert optouts.blocked(ALL, later + 1000 * DAY) == {(LINE, ADA)}


def test_a_clock_that_was_set_back_by_a_year_puts_no_trial_off_by_a_year() -> None:
    optouts.learn(LINE, ADA, REFUSAL, NOW + 365 * DAY)
    assert optouts.blocked(ALL, NOW) == set()


def test_a_message_that_is_accepted_ends_the_opt_out() -> None:
    optouts.learn(LINE, ADA, REFUSAL, NOW)
    optouts.learn(LINE, BOB, REFUSAL, NOW)
    optouts.learn(OTHER_LINE, ADA, REFUSAL, NOW)
    optouts.accepted({(LINE, ADA): NOW + DAY})
    assert optouts.blocked(ALL, NOW) == {(LINE, BOB), (OTHER_LINE, ADA)}
    optouts.accepted({})
    assert OptOut.objects.count() == 2


def test_a_message_that_was_taken_before_the_opt_out_does_not_end_it(hears: None) -> None:
    optouts.learn(LINE, ADA, REFUSAL, NOW - DAY)
    optouts.learn(LINE, ADA, MESSAGE, NOW)
    optouts.accepted({(LINE, ADA): NOW - SECOND})
    assert optouts.blocked(ALL, NOW) == {(LINE, ADA)}


def test_a_refusal_that_a_start_has_overtaken_is_nothing_to_learn_from(hears: None) -> None:
    Callback.objects.create(
        plugin="fake", kind="opt_in", fingerprint="1", sid="SM1", recipient=ADA, received_at=NOW
    )
    optouts.learn(LINE, ADA, REFUSAL, NOW + SECOND, attempted_at=NOW - SECOND)
    assert optouts.blocked(ALL, NOW) == set()
    optouts.learn(LINE, BOB, REFUSAL, NOW + SECOND, attempted_at=NOW - SECOND)
    optouts.learn(LINE, ADA, REFUSAL, NOW + SECOND, attempted_at=NOW + SECOND)
    assert optouts.blocked(ALL, NOW) == {(LINE, ADA), (LINE, BOB)}


def test_looking_is_one_statement_for_any_number(django_assert_num_queries) -> None:
    for person in (ADA, BOB):
        optouts.learn(LINE, person, REFUSAL, NOW)
    with django_assert_num_queries(1):
        optouts.blocked(ALL, NOW)
