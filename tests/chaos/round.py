"""One round in one set-up: `python -m tests.chaos.round JSON` prints its tally as JSON.

A process of its own, since Django knows one database in its life.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.chaos import alerts, faults
from tests.chaos.accounts import UNSETTLED, Tally, take_stock
from tests.chaos.stage import Stage, Twilio, free_port

LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Round:
    """`spread`: seconds over which the alerts come. `trouble`: seconds of faults and kills, one
    every `kill_every`, and up to twice as many where not every message was tried by then;
    Twilio's list lags until the end. After `limit` seconds, what has not come to an end counts
    as unaccounted. `hurry` divides all waits of the host's and Twilio's.
    `caps`: whether messages are held back, and leave in digests.
    """

    alerts: int = 500
    recipients: int = 4
    workers: int = 2
    caps: bool = False
    seed: int = 1
    spread: float = 40.0
    trouble: float = 55.0
    kill_every: float = 4.0
    limit: float = 600.0
    hurry: float = 1.0


def settings_of(plan: Round, port: int, twilio_port: int) -> dict[str, str]:
    """What the processes of the round are told, beside where their database is."""

    def in_a_hurry(seconds: int) -> int:
        return max(1, round(seconds / plan.hurry))

    off = {"RECIPIENT_CAPS": "off", "WORST_CAPS": "off", "DIGEST_CAPS": "off"}
    caps = {
        "RECIPIENT_CAPS": f"2/{in_a_hurry(20)},5/{in_a_hurry(60)}",
        "WORST_CAPS": f"3/{in_a_hurry(30)}",
        "DIGEST_CAPS": f"1/{in_a_hurry(20)}",
    }
    return {
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TWILIO_BASE_URL": Twilio(twilio_port).base_url,
        "ACCOUNT_SEGMENTS_A_DAY": "0",
        "PROJECT_CAP_HOUR": "0",
        "STATUS_POLL_SECONDS": str(in_a_hurry(20)),
        "STATUS_OVERDUE_SECONDS": str(in_a_hurry(20)),
        "LOG_LEVEL": "WARNING",
        **(caps if plan.caps else off),
    }


def play(plan: Round, folder: Path, port: int, twilio_port: int) -> Tally:
    """Play the round in the database of the loaded Django, and say how it ended."""
    began = time.monotonic()
    twilio = Twilio(twilio_port)
    project = alerts.prepare(plan.recipients)
    host = ("tests.chaos.hurry", str(plan.hurry))
    workers = {f"worker-{n}": (*host, "worker") for n in range(1, plan.workers + 1)}
    with Stage(folder, plan.seed) as stage:
        emulator = ("sentry_twilio", "emulator", "--port", str(twilio_port))
        # The longer an answer takes, the more of them are lost with a worker that is killed.
        stage.start("twilio", *emulator, "--seed", str(plan.seed), "--latency", "0.2")
        stage.start("host", *host, "serve", "--no-worker", "--no-migrate", "--port", str(port))
        stage.await_port("twilio", twilio_port)
        stage.await_port("host", port)
        lasting = faults.lasting(plan.hurry, alerts.recipients(plan.recipients))
        twilio.set_faults([*lasting, *faults.troubles(plan.hurry)])
        for name, arguments in workers.items():
            stage.start(name, *arguments)
        trouble_ends = time.monotonic() + plan.trouble
        stage.begin_kills(workers, plan.kill_every)
        alerts.report(project, plan.alerts, plan.spread, plan.seed)
        time.sleep(max(0.0, trouble_ends - time.monotonic()))
        await_first_tries(trouble_ends + plan.trouble)
        stage.end_kills()
        twilio.set_faults(lasting)
        rows = rows_at_the_end(began + plan.limit)
        tally = take_stock(rows, twilio.messages(), plan.caps)
    tally.alerts, tally.kills = plan.alerts, stage.kills
    tally.seconds = round(time.monotonic() - began, 1)
    _count_attempts(tally)
    return tally


def rows_at_the_end(deadline: float) -> list[dict[str, Any]]:
    """The deliveries, once it is known of each what became of it, or the time is over."""
    from sentry_twilio.delivery.models import Delivery

    while True:
        rows = list(Delivery.objects.values())
        if time.monotonic() > deadline or not any(row["state"] in UNSETTLED for row in rows):
            return rows
        time.sleep(LOOK_SECONDS)


def await_first_tries(deadline: float) -> None:
    """Wait until hardly a message is left that has met no trouble, or the time is over."""
    from sentry_twilio.delivery.models import Delivery

    # Some wait longer: for their twin, whose fate is unknown.
    most = Delivery.objects.count() * alerts.TWIN_SHARE
    untried = Delivery.objects.filter(state="pending", tries=0)
    while time.monotonic() < deadline and untried.count() > most:
        time.sleep(LOOK_SECONDS)


def _count_attempts(tally: Tally) -> None:
    from sentry_twilio.delivery.models import Attempt

    tally.attempts = Attempt.objects.count()
    unanswered = Attempt.objects.filter(outcome__in=("", "unknown"))
    tally.looked_up = unanswered.values("delivery").distinct().count()


def main() -> None:
    given = json.loads(sys.argv[1])
    folder = Path(given.pop("folder"))
    plan = Round(**given)
    port, twilio_port = free_port(), free_port()
    os.environ |= settings_of(plan, port, twilio_port)
    from sentry_twilio.server.boot import boot

    boot()
    print(json.dumps(asdict(play(plan, folder, port, twilio_port))))


if __name__ == "__main__":
    main()
