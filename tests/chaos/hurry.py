"""`python -m tests.chaos.hurry FACTOR ARGUMENTS`: `sentry-twilio ARGUMENTS` with shorter waits.

The waits keep their proportions, so that the order of events stays what it is.
"""

from __future__ import annotations

import sys


def hurry(factor: float) -> None:
    """Make the waits of the loaded host shorter. 1 leaves everything as it is."""
    if factor == 1:
        return
    from django.conf import settings

    from sentry_twilio import TwilioApiClient
    from sentry_twilio.delivery import schedule

    schedule.LOOK_UPS = tuple(seconds / factor for seconds in schedule.LOOK_UPS)  # type: ignore[assignment]
    schedule.RETRY_FIRST = schedule.RETRY_FIRST / factor
    # A request may take twice the sum of them, and has to fit into a lease.
    connect = read = settings.LEASE_SECONDS / factor / 5
    TwilioApiClient.timeout = (connect, read)
    settings.LEASE_SECONDS = settings.LEASE_SECONDS / factor


def main() -> None:
    factor, *arguments = sys.argv[1:]
    from sentry_twilio.cli import cli
    from sentry_twilio.server.boot import boot

    boot()
    hurry(float(factor))
    cli(arguments)


if __name__ == "__main__":
    main()
