"""How often a stranger may guess a password or the set-up code, and how often a project may send
a test."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

from sentry_twilio.projects.models import Project
from sentry_twilio.projects.quota import Quota

QUARTER, HOUR = 15 * 60, 60 * 60


def take_test(project: Project, what: str) -> str:
    """Use up one of the tests of `what` that the project may send in an hour.

    "" where it may be sent, else what a person is told, to stand behind "... was not sent: ".
    """
    limit = settings.TEST_MESSAGES_PER_HOUR
    wait = Quota(limit, HOUR).take(f"{what}:{project.pk}")
    if not wait:
        return ""
    return f"the limit is {limit} an hour for a project. Try again in {math.ceil(wait / 60)} min."


@dataclass(slots=True)
class Guess:
    """One attempt. `wait` is 0 where it may be made, else the minutes until the next one."""

    wait: int = 0
    was_right: bool = False


@contextmanager
def guess(request: HttpRequest, what: str) -> Iterator[Guess]:
    """Count an attempt before it is made, so that many at once do not slip through.

    One that turns out right is given back: only failures count.
    """
    scope = f"{what}:{_origin(request)}"
    quota = Quota(settings.LOGINS_PER_QUARTER, QUARTER)
    attempt = Guess(wait=math.ceil(quota.take(scope) / 60))
    yield attempt
    if attempt.was_right:
        quota.give_back(scope)


def _origin(request: HttpRequest) -> str:
    """The client's address; of IPv6 the /64, since that is what one connection is given."""
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:  # a Unix socket has none
        return "local"
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return address.exploded[:19]


def too_many(minutes: int) -> str:
    """What a person is told who has to wait."""
    unit = "minute" if minutes == 1 else "minutes"
    return (
        "There were too many failed attempts from your address. "
        f"Nothing was checked this time; try again in {minutes} {unit}."
    )
