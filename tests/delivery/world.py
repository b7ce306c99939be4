"""A world in which everything that can befall a delivery befalls it, on a clock of its own."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from django.db import connection
from django.utils import timezone

from sentry_twilio.core import Accepted, CannotLookUp, Message, Outcome, Refused, Unknown
from sentry_twilio.core.errors import ApiServerError
from sentry_twilio.delivery import clock
from sentry_twilio.delivery.calls import call
from sentry_twilio.delivery.job import Answer, Job, Result

from .provider import FakePlugin

LAG = timedelta(seconds=12)
"""How long an accepted message may be missing in the provider's list."""

REFUSALS: dict[str, Refused] = {
    "rate_limited": Refused(20429, "rate_limited", "Too many requests."),
    "transient": Refused(500, "transient", "Not now."),
    "recipient": Refused(21211, "recipient", "There is no such number."),
    "message": Refused(21617, "message", "The text is too long."),
    "opted_out": Refused(21610, "recipient", "They opted out.", opted_out=True),
    "halts": Refused(20003, "config", "The credentials are wrong.", halts=True),
}
SENDS = ("accepted", "accepted, unheard", "lost", *REFUSALS)
LOOK_UPS = ("honest", "away", "cannot")


@dataclass(frozen=True)
class Taken:
    """A message that the provider accepted."""

    sid: str
    message: Message
    attempt: str
    delivery: int
    at: datetime


@dataclass
class Flight:
    """A job that a worker is at work on; without an answer, its request was not made yet."""

    job: Job
    answered: bool = False
    answer: Answer = None

    def result(self) -> Result:
        return Result(self.job, self.answer, 0.1)


@dataclass
class World:
    """The clock, the provider and the workers' jobs."""

    plugin: FakePlugin
    now: datetime = field(default_factory=lambda: timezone.now())
    elapsed: float = 1000.0
    taken: dict[str, Taken] = field(default_factory=dict)
    flights: list[Flight] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = itertools.count()
        self._patches = [
            mock.patch.object(timezone, "now", side_effect=lambda: self.now),
            mock.patch.object(clock, "elapsed", side_effect=lambda: self.elapsed),
        ]
        for patch in self._patches:
            patch.start()

    def end(self) -> None:
        for patch in self._patches:
            patch.stop()

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.elapsed += seconds

    def request(self, flight: Flight, how: str) -> None:
        """Do the job's one call; `how` is one of SENDS or LOOK_UPS, as it fits the job."""
        provider = self.plugin.provider
        provider.script = lambda message, number: self._send(message, flight.job, how)
        provider.find = lambda message, known: self._find(flight.job, known, how)
        flight.answer, flight.answered = call(flight.job), True

    def _send(self, message: Message, job: Job, how: str) -> Outcome:
        if how in REFUSALS:
            return REFUSALS[how]
        if how.startswith("accepted"):
            sid = f"SM{next(self._numbers)}"
            self.taken[sid] = Taken(sid, message, job.token, job.delivery, self.now)
            if how == "accepted":
                return Accepted(sid, "queued", 1)
        return Unknown("The line went dead.")

    def _find(self, job: Job, known: Collection[str], how: str) -> Any:
        if how == "away":
            raise ApiServerError("It is away.")
        if how == "cannot":
            return CannotLookUp("It does not say.")
        for taken in self.taken.values():
            listed = job.look_since <= taken.at <= self.now - LAG
            if listed and taken.message == job.message and taken.sid not in known:
                return Accepted(taken.sid, "sent", 1)
        return None


class TransitionLog:
    """Every change of a delivery's state, as the database itself saw it."""

    _CREATE = {
        "sqlite": (
            "CREATE TABLE state_log (id integer PRIMARY KEY, delivery integer, a text, b text)",
            """CREATE TRIGGER state_change AFTER UPDATE ON delivery_delivery
            WHEN old.state <> new.state BEGIN
                INSERT INTO state_log (delivery, a, b) VALUES (old.id, old.state, new.state);
            END""",
        ),
        "postgresql": (
            "CREATE TABLE state_log (id serial PRIMARY KEY, delivery bigint, a text, b text)",
            """CREATE FUNCTION log_state() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO state_log (delivery, a, b) VALUES (old.id, old.state, new.state);
                RETURN NULL;
            END $$""",
            """CREATE TRIGGER state_change AFTER UPDATE ON delivery_delivery FOR EACH ROW
            WHEN (old.state <> new.state) EXECUTE FUNCTION log_state()""",
        ),
    }
    _DROP = {
        "sqlite": ("DROP TRIGGER state_change", "DROP TABLE state_log"),
        "postgresql": (
            "DROP TRIGGER state_change ON delivery_delivery",
            "DROP FUNCTION log_state",
            "DROP TABLE state_log",
        ),
    }

    def __enter__(self) -> TransitionLog:
        self._run(*self._CREATE[connection.vendor])
        return self

    def __exit__(self, *_: object) -> None:
        self._run(*self._DROP[connection.vendor])

    def read(self) -> list[tuple[int, str, str]]:
        """What changed since the last reading: (delivery, before, after)."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT delivery, a, b FROM state_log ORDER BY id")
            rows = cursor.fetchall()
            if rows:
                cursor.execute("DELETE FROM state_log")
        return rows

    def _run(self, *statements: str) -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
