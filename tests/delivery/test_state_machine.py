"""The whole life of deliveries, with whatever may go wrong, in any order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sentry_twilio.core import Alert, Receipt
from sentry_twilio.core.alert import Project as AlertProject
from sentry_twilio.delivery import callbacks, digests, halts, lease, models, results, schedule
from sentry_twilio.delivery.cap import Caps
from sentry_twilio.delivery.models import Attempt, Delivery
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.delivery.senders import Senders
from sentry_twilio.delivery.states import FINAL, FOLLOWING, State
from sentry_twilio.delivery.verification import SignedRequest
from sentry_twilio.projects.models import Project

from .provider import FakePlugin, sign
from .world import LOOK_UPS, SENDS, Flight, Taken, TransitionLog, World

URL = "https://alerts.example.com/hooks/fake/"
ADA, BOB = "+14155550100", "+14155550101"
REPORTS = ("accepted", "delivered", "undelivered")
KINDS = ("", "recipient")
WORDS = ("STOP", "START", "START", "Why?")
CHORES = ("digests", "digests", "lift", "lift", "check", "too late")
PLACES = st.integers(0, 5)
"""Chooses one of however many there are."""
WAITS = st.sampled_from([0, 2, 6, 11, 31, 76])
SEND = st.sampled_from([*SENDS, "accepted", "accepted", "accepted, unheard", "lost"])
LOOK_UP = st.sampled_from([*LOOK_UPS, "cannot"])


class Deliveries(RuleBasedStateMachine):
    """Workers, a provider, recipients and a clock, each doing something at any time."""

    project: Project
    plugin: FakePlugin
    log: TransitionLog

    @initialize()
    def begin(self) -> None:
        for model in (models.Notification, models.KnownSender, models.OptOut, models.Halt):
            model.objects.all().delete()  # type: ignore[attr-defined]
        self.log.read()
        self.plugin.provider.__init__()  # type: ignore[misc]
        self.world = World(self.plugin)
        self.messages = 0

    # What happens ------------------------------------------------------------------------

    @rule(title=st.sampled_from("AB"), level=st.sampled_from(["error", "fatal"]))
    def an_alert_comes_in(self, title: str, level: Any) -> None:
        about = AlertProject.of(self.project)
        enqueue(self.project, Alert(project=about, group=title, title=title, level=level))

    @rule(wait=WAITS, sends=st.lists(SEND, min_size=1, max_size=3), look_up=LOOK_UP)
    def a_worker_does_its_round(self, wait: int, sends: list[str], look_up: str) -> None:
        self.world.wait(wait)
        self.a_worker_takes_what_is_due(8)
        for number, flight in enumerate(list(self.world.flights)):
            self._request([flight], sends[number % len(sends)], look_up)
        self._write(self.world.flights)

    @rule(limit=st.integers(1, 8))
    def a_worker_takes_what_is_due(self, limit: int) -> None:
        jobs = lease.take(Senders().routes, limit)
        self.world.flights += [Flight(job) for job in jobs]

    @precondition(lambda self: self.world.flights)
    @rule(place=PLACES, send=SEND, look_up=LOOK_UP)
    def a_request_is_made(self, place: int, send: str, look_up: str) -> None:
        self._request(self._some(self.world.flights, place), send, look_up)

    @precondition(lambda self: any(flight.answered for flight in self.world.flights))
    @rule(place=PLACES, twice=st.booleans())
    def an_answer_is_written(self, place: int, twice: bool) -> None:
        flights = [flight for flight in self.world.flights if flight.answered]
        flights = self._some(flights, place)
        if twice:
            results.write([flight.result() for flight in flights])
        self._write(flights)

    @precondition(lambda self: self.world.flights)
    @rule(place=PLACES)
    def a_worker_dies(self, place: int) -> None:
        for flight in self._some(self.world.flights, place):
            self.world.flights.remove(flight)

    @rule(seconds=st.sampled_from([61, 121, 301]))
    def time_passes(self, seconds: int) -> None:
        self.world.wait(seconds)

    @precondition(lambda self: self.world.taken)
    @rule(place=PLACES, state=st.sampled_from(REPORTS), kind=st.sampled_from(KINDS))
    def a_report_comes_in(self, place: int, state: str, kind: str) -> None:
        (taken,) = self._some(list(reversed(self.world.taken.values())), place)
        self._report(taken, state, kind)

    @precondition(lambda self: self.world.taken)
    @rule(place=PLACES, state=st.sampled_from(REPORTS))
    def the_provider_knows_a_status(self, place: int, state: Any) -> None:
        (taken,) = self._some(list(self.world.taken.values()), place)
        self.plugin.provider.receipts[taken.sid] = Receipt(taken.sid, state, state)

    @rule(word=st.sampled_from(WORDS), who=st.sampled_from([ADA, BOB]))
    def a_recipient_writes(self, word: str, who: str) -> None:
        self.messages += 1
        params = [("sid", f"IN{self.messages}"), ("to", "line"), ("from", who), ("body", word)]
        assert callbacks.take_inbound(self._signed(params)) is None

    @rule(chore=st.sampled_from(CHORES))
    def a_chore_is_done(self, chore: str) -> None:
        if chore == "digests":
            digests.send_due()
        elif chore == "lift":
            halts.lift(self.project.pk, self.plugin.slug)
        elif chore == "check":
            halts.check_again()
        else:
            self.world.wait(3601)

    # What always holds -------------------------------------------------------------------

    @invariant()
    def every_change_is_in_the_table(self) -> None:
        for delivery, before, after in self.log.read():
            assert after in FOLLOWING[State(before)], f"{delivery}: {before} -> {after}"

    @invariant()
    def none_is_lost(self) -> None:
        """Somebody will look at whatever is not settled."""
        for row in Delivery.objects.all():
            waits = row.due_at is not None, row.digest_since is not None
            if row.state in (State.PENDING, State.SENDING, State.UNKNOWN):
                assert waits == (True, False), row
            elif row.state == State.HELD:
                assert waits == (False, True), row
            elif row.state == State.ACCEPTED:
                assert waits == (True, False) or "never said" in row.reason, row
            else:
                assert row.state in FINAL
                assert row.is_final, row
                assert not waits[1] or row.state == State.EXPIRED, row

    @invariant()
    def of_twins_one_is_on_its_way(self) -> None:
        on_their_way = Delivery.objects.filter(state__in=(State.SENDING, State.UNKNOWN))
        assert all(row.twin_key for row in on_their_way)
        twins = Counter((row.recipient, row.body) for row in on_their_way)
        assert set(twins.values()) <= {1}

    @invariant()
    def a_message_belongs_to_one_delivery(self) -> None:
        sids = Counter(Delivery.objects.exclude(sid="").values_list("sid", flat=True))
        assert set(sids.values()) <= {1}
        assert set(sids) <= set(self.world.taken)

    @invariant()
    def attempts_are_counted(self) -> None:
        for row in Delivery.objects.prefetch_related("attempts"):
            assert [attempt.number for attempt in row.attempts.all()] == [*range(1, row.tries + 1)]

    # And in the end ----------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            self._settle()
            self.every_change_is_in_the_table()
            self.none_is_lost()
            self._all_messages_are_known()
        finally:
            self.world.end()

    # How it is done ----------------------------------------------------------------------

    def _request(self, flights: list[Flight], send: str, look_up: str) -> None:
        for flight in flights:
            if not flight.answered:
                self.world.request(flight, send if flight.job.action == "send" else look_up)

    def _write(self, flights: list[Flight]) -> None:
        done = list(flights)
        results.write([flight.result() for flight in done])
        for flight in done:
            self.world.flights.remove(flight)

    @staticmethod
    def _some(things: list[Any], place: int) -> list[Any]:
        return [things[place % len(things)]] if things else []

    def _signed(self, params: list[tuple[str, str]]) -> SignedRequest:
        return SignedRequest(self.plugin, URL, params, sign(URL), None)

    def _report(self, taken: Taken, state: str, kind: str) -> None:
        attempts = Attempt.objects.select_related("delivery__project")
        attempt = attempts.get(token=taken.attempt)
        params = [("sid", taken.sid), ("state", state), ("kind", kind)]
        assert callbacks.take_report(self._signed(params), attempt) is None

    def _settle(self) -> None:
        """From now on all goes well: until nothing is left to do."""
        unsettled = Delivery.objects.exclude(state__in=[*FINAL, State.ACCEPTED])
        self._request(self.world.flights, "accepted", "honest")
        self._write(self.world.flights)
        for _ in range(200):
            if not unsettled.exists():
                break
            self.world.wait(31)
            halts.lift(self.project.pk, self.plugin.slug)
            digests.send_due()
            self.a_worker_does_its_round(0, ["accepted"], "honest")
        assert not unsettled.exists(), list(unsettled)

    def _all_messages_are_known(self) -> None:
        """Of what the provider accepted, each is one delivery's, or may have been repeated."""
        known = {row.sid: row for row in Delivery.objects.exclude(sid="")}
        repeated = {
            (row.recipient, row.body) for row in Delivery.objects.filter(possibly_repeated=True)
        }
        for taken in self.world.taken.values():
            about = taken.message.to, taken.message.body
            assert taken.sid in known or about in repeated, taken


@pytest.fixture
def world(
    plugin: FakePlugin, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[type[Deliveries]]:
    # Fewer looks than usual, and the list's lag still shorter: more comes to pass in as many
    # steps.
    monkeypatch.setattr(schedule, "LOOK_UPS", (5, 10))
    project = Project.objects.create(name="Shop", slug="shop")
    plugin.set_option("to", f"{ADA},{BOB}", project)
    plugin.callbacks, plugin.repeats = True, "Once more"
    with TransitionLog() as log:
        yield type("World", (Deliveries,), {"project": project, "plugin": plugin, "log": log})


def run(machine: type[Deliveries]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_whatever_happens_no_message_is_lost_or_doubled(world: type[Deliveries]) -> None:
    run(world)


def happenings(machine: Deliveries, chance: random.Random) -> list[tuple[int, Callable[[], None]]]:
    """What may happen next, each with how often it does."""
    world, one, place = machine.world, chance.choice, chance.randrange(6)
    answered = any(flight.answered for flight in world.flights)
    look_up, state = one(LOOK_UPS), one(REPORTS)
    sends = [one(SENDS), one(SENDS)]
    return [
        (5, lambda: machine.a_worker_does_its_round(one([0, 2, 6, 11, 31]), sends, look_up)),
        (3, lambda: machine.an_alert_comes_in(one("AB"), one(["error", "fatal"]))),
        (4 * bool(world.taken), lambda: machine.a_report_comes_in(place, state, one(KINDS))),
        (2 * bool(world.taken), lambda: machine.the_provider_knows_a_status(place, state)),
        (1, lambda: machine.a_worker_takes_what_is_due(3)),
        (bool(world.flights), lambda: machine.a_request_is_made(place, sends[0], look_up)),
        (answered, lambda: machine.an_answer_is_written(place, one([True, False]))),
        (bool(world.flights), lambda: machine.a_worker_dies(place)),
        (1, lambda: machine.a_recipient_writes(one(WORDS), one([ADA, BOB]))),
        (1, lambda: machine.a_chore_is_done(one(CHORES))),
    ]


def live(machine: Deliveries, chance: random.Random, steps: int) -> None:
    """The same without Hypothesis, which likes to do few things often: this goes deeper."""
    machine.begin()
    try:
        for _ in range(steps):
            weights, actions = zip(*happenings(machine, chance), strict=True)
            chance.choices(actions, weights)[0]()
            machine.every_change_is_in_the_table()
            machine.none_is_lost()
            machine.of_twins_one_is_on_its_way()
            machine.a_message_belongs_to_one_delivery()
            machine.attempts_are_counted()
    finally:
        machine.teardown()


@pytest.mark.parametrize("seed", range(3))
def test_long_lives_lose_and_double_nothing_either(world: type[Deliveries], seed: int) -> None:
    live(world(), random.Random(seed), 150)


def test_with_caps_too(world: type[Deliveries], settings: Any) -> None:
    settings.RECIPIENT_CAPS = settings.WORST_CAPS = settings.DIGEST_CAPS = Caps.read("1/60,3/900")
    settings.PROJECT_CAP_HOUR = 10
    run(world)
