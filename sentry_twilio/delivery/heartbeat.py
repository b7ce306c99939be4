"""A sign of life to a service elsewhere, which raises the alarm when it stays away."""

from __future__ import annotations

import logging
from functools import partial

from django.conf import settings

from sentry_twilio.delivery import deadline, health
from sentry_twilio.delivery.outside import request

logger = logging.getLogger(__name__)

LONGEST = 20.0
"""Seconds for one request, from its start to its outcome."""
NAME = "The service behind HEARTBEAT_URL"


class Heartbeat:
    """Asks for HEARTBEAT_URL while all is well. Says in the log once why it does not."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def beat(self) -> None:
        if not settings.HEARTBEAT_URL:
            return
        trouble = self._trouble()
        if trouble:
            self._in_a_row += 1
            # Once may be a worker that has only just started, or the network.
            if self._in_a_row == 2:
                logger.warning("There is no heartbeat until this is mended: %s", trouble)
        else:
            if self._in_a_row > 1:
                logger.warning("There is a heartbeat again.")
            self._in_a_row = 0

    def _trouble(self) -> str:
        found = health.check()
        if not found.is_well:
            return " ".join(check.sentence for check in found.checks if not check.ok)
        ask = partial(request, "GET", settings.HEARTBEAT_URL, NAME)
        return deadline.run_all([ask], LONGEST, f"{NAME} did not answer in time.")[0]


beat = Heartbeat().beat
