"""Sentry's own settings, on PostgreSQL at TEST_DATABASE_URL, and without Kafka."""

import os
from urllib.parse import urlsplit

from sentry.conf.server import *  # noqa: F403
from sentry.conf.server import DATABASES

_url = urlsplit(os.environ["TEST_DATABASE_URL"])
DATABASES["default"] |= {
    "ENGINE": "sentry.db.postgres",
    # A name of its own: the host's tests may run on the same server at the same time.
    "NAME": "inside_sentry",
    "USER": _url.username,
    "PASSWORD": _url.password,
    "HOST": _url.hostname,
    "PORT": str(_url.port or 5432),
}

SENTRY_EVENTSTREAM = "silent_eventstream.SilentEventStream"
