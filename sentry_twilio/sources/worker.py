"""Processes calls beside the delivery worker, in the same process."""

from __future__ import annotations

import time

from sentry_twilio.delivery import clock
from sentry_twilio.sources import intake
from sentry_twilio.sources.processing import process_due

AT_ONCE = 5
PATIENCE = 0.5
"""Seconds that a few calls may wait for others to be answered: trackers wait for answers, people
do not notice half a second."""
LONGEST = 10.0
"""Seconds after which the process looks whether it is to stop."""


def process() -> None:
    """Process what waits, a little at a time."""
    until = clock.elapsed() + LONGEST
    while process_due(AT_ONCE) and clock.elapsed() < until:
        _let_answers_go_first()


def _let_answers_go_first() -> None:
    until = clock.elapsed() + PATIENCE
    while intake.is_busy() and clock.elapsed() < until:
        time.sleep(0.01)
