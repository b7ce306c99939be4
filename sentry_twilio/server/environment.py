"""Every setting that an operator can make, in one table: its name, default and meaning.

Read once at start from the environment. `docs/production.md` shows the same table; a test
compares the two.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from sentry_twilio.delivery.cap import Cap, Caps


class LogLevel(StrEnum):
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class LogFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable. `kind` says how it is read: see `_READERS`.

    `least` is the smallest number that makes sense, and `most` the largest: three years, where it
    is seconds, which no clock minds. `zero` says what 0 means, where 0 may be chosen too.
    """

    name: str
    kind: type
    default: Any
    meaning: str
    least: int = 1
    most: int = 100_000_000
    zero: str = ""


def _home(variable: str, fallback: str) -> str:
    base = os.environ.get(variable) or str(Path.home() / fallback)
    return str(Path(base) / "sentry-twilio")


NO_LIMIT = "no limit"

SETTINGS = (
    # Where things are
    Setting(
        "DATA_DIR", str, _home("XDG_DATA_HOME", ".local/share"), "Folder of the SQLite database."
    ),
    Setting(
        "KEYS_DIR",
        str,
        _home("XDG_CONFIG_HOME", ".config"),
        "Folder of `secret_key` and `encryption_keys`, made with mode 0600 where missing. "
        "Keep it apart from the data and its backups.",
    ),
    Setting("DATABASE_URL", str, "", "The database; empty means SQLite in DATA_DIR."),
    # Who we are
    Setting(
        "PUBLIC_URL",
        str,
        "http://127.0.0.1:8000",
        "The address at which people, SDKs and Twilio reach this host. "
        "Delivery reports need https here. Where it is not set, `serve` takes its own --host and "
        "--port.",
    ),
    Setting(
        "ALLOWED_HOSTS",
        list,
        [],
        "Further host names to answer to; that of PUBLIC_URL, localhost and 127.0.0.1 are in.",
    ),
    Setting(
        "TRUSTED_PROXY",
        str,
        "",
        "Address of the reverse proxy whose X-Forwarded-* headers are believed. Empty: none.",
    ),
    Setting("SECRET_KEY", str, "", "Signs sessions and invitations; wins over the file."),
    Setting(
        "ENCRYPTION_KEYS",
        list,
        [],
        "Fernet keys for plugin options, the newest first; win over the file.",
    ),
    Setting("SENTRY_DSN", str, "", "Where this host reports its own errors. Empty: nowhere."),
    Setting("DEBUG", bool, False, "Django's debug pages. Never in production."),
    Setting("LOG_LEVEL", LogLevel, "INFO", "DEBUG, INFO, WARNING or ERROR."),
    # Twilio
    Setting(
        "TWILIO_BASE_URL",
        str,
        "https://api.twilio.com",
        "Twilio's API, or the emulator's. For all projects.",
    ),
    Setting(
        "TWILIO_REGION",
        str,
        "",
        "The region of the Twilio accounts, such as `ie1`; empty means `us1`. With TWILIO_EDGE, "
        "and instead of TWILIO_BASE_URL.",
    ),
    Setting("TWILIO_EDGE", str, "", "Where to enter that region, such as `dublin`."),
    Setting("PHONE_REGION", str, "US", "Region by which numbers without a country code are read."),
    Setting("MAX_RECIPIENTS", int, 10, "Recipients a project may have."),
    # Sending
    Setting("SENDER_THREADS", int, 10, "Messages that one worker sends at the same time."),
    Setting(
        "LEASE_SECONDS",
        int,
        60,
        "How long a worker owns what it took, before others may. A request may take 30 s.",
        least=60,
    ),
    Setting(
        "USEFUL_SECONDS",
        int,
        3600,
        "An alert that could not be sent for so long is not sent. A project can choose its own.",
    ),
    # Storms
    Setting(
        "RECIPIENT_CAPS",
        Caps,
        Caps((Cap(1, 60), Cap(5, 900), Cap(11, 3600))),
        "Messages to one recipient, across projects: so many within so many seconds. "
        "`off`: no limit. What is over leaves in a digest.",
    ),
    Setting(
        "WORST_CAPS",
        Caps,
        Caps((Cap(3, 900),)),
        "The same for fatal errors, critical metrics and sites that are down, "
        "which never wait behind lesser alerts.",
    ),
    Setting("DIGEST_CAPS", Caps, Caps((Cap(1, 300), Cap(6, 3600))), "The same for digests."),
    Setting(
        "PROJECT_CAP_HOUR",
        int,
        100,
        "Messages of one project in an hour. A project can choose its own.",
        zero=NO_LIMIT,
    ),
    Setting(
        "ACCOUNT_SEGMENTS_A_DAY",
        int,
        1000,
        "Segments of one Twilio account within 24 hours; a warning comes at 80 %.",
        zero=NO_LIMIT,
    ),
    # When no text message gets through
    Setting(
        "FALLBACK_ACCEPTED_SECONDS",
        int,
        180,
        "An alert that Twilio has taken for nobody by then goes to the project's fallback.",
    ),
    Setting(
        "FALLBACK_DELIVERED_SECONDS",
        int,
        900,
        "The same where none was delivered by then.",
        zero="delivery is not waited for",
    ),
    Setting(
        "EMAIL_URL",
        str,
        "",
        "The mail server, as smtp+tls://user:password@host:587. Empty: no e-mail can be sent.",
    ),
    Setting(
        "EMAIL_FROM",
        str,
        "",
        "The sender's address of e-mail. Empty: sentry-twilio at the host of PUBLIC_URL.",
    ),
    Setting(
        "HEARTBEAT_URL",
        str,
        "",
        "Asked for each minute while everything is well, so that a service elsewhere can tell "
        "when this host falls silent. Empty: none.",
    ),
    # Seen from outside
    Setting(
        "METRICS_TOKEN",
        str,
        "",
        "Bearer token for /metrics. Empty: only requests from this machine are answered.",
    ),
    Setting(
        "OVERDUE_SECONDS",
        int,
        300,
        "/healthz is unwell when a message has been due for so long and nobody has sent it.",
    ),
    Setting("LOG_FORMAT", LogFormat, "text", "text or json."),
    # Workers
    Setting(
        "CELERY_BROKER_URL",
        str,
        "",
        "Redis for Celery, as redis://host:6379/0. Empty: threads send, and no broker is needed.",
    ),
    Setting(
        "STATUS_POLL_SECONDS",
        int,
        30,
        "First question after a message's status, where reports cannot come.",
    ),
    Setting(
        "STATUS_OVERDUE_SECONDS",
        int,
        600,
        "First question after a message's status, where a report should have come.",
    ),
    Setting(
        "TEST_MESSAGES_PER_HOUR", int, 10, "Presses of the test button, per project.", zero=NO_LIMIT
    ),
    Setting(
        "LOGINS_PER_QUARTER", int, 20, "Failed log-ins per address in 15 minutes.", zero=NO_LIMIT
    ),
    # Receiving
    Setting("EVENTS_PER_MINUTE_KEY", int, 600, "Events a minute per DSN.", zero=NO_LIMIT),
    Setting("EVENTS_PER_MINUTE_PROJECT", int, 1200, "Events a minute per project.", zero=NO_LIMIT),
    Setting("ENVELOPE_MAX_BYTES", int, 20 * 1024 * 1024, "Largest request, packed or unpacked."),
    Setting("EVENT_MAX_BYTES", int, 1024 * 1024, "Largest single event."),
    Setting("ENVELOPE_MAX_ITEMS", int, 100, "Items in one envelope."),
    Setting("ENVELOPE_MAX_HEADER_BYTES", int, 8192, "Longest header line of an envelope."),
    Setting("EVENTS_KEPT_PER_ISSUE", int, 100, "Newest events kept of an issue."),
    Setting("EVENTS_KEPT_PER_PROJECT", int, 10_000, "Newest events kept of a project."),
    Setting("HOOKS_PER_MINUTE", int, 1200, "Calls a minute per source.", zero=NO_LIMIT),
    Setting("HOOK_MAX_BYTES", int, 1024 * 1024, "Largest call of another tracker."),
    Setting("SERVER_THREADS", int, 8, "Requests that `serve` answers at the same time."),
)

_BY_NAME = {setting.name: setting for setting in SETTINGS}
_YES_AND_NO = {"1": True, "true": True, "yes": True, "on": True} | {
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}
# Each raises a LookupError or ValueError where it cannot read the text. django-environ would
# take a value that begins with "$" for another variable's name, which a secret may well do.
_READERS: dict[type, tuple[Callable[[str], Any], str]] = {
    str: (str, "text"),
    int: (int, "a whole number"),
    bool: (lambda text: _YES_AND_NO[text.lower()], "yes or no"),
    list: (
        lambda text: [item.strip() for item in text.split(",") if item.strip()],
        "a list with commas",
    ),
    Caps: (Caps.read, "caps such as 1/60,5/900 (so many/within so many seconds), or off"),
    LogFormat: (lambda text: str(LogFormat(text.lower())), "one of " + ", ".join(LogFormat)),
    LogLevel: (lambda text: str(LogLevel(text.upper())), "one of " + ", ".join(LogLevel)),
}


def value(name: str) -> Any:
    """The value of a setting: from the environment, else its default. Empty means the default.

    Raises ImproperlyConfigured where the environment's value cannot be read as its kind.
    """
    setting = _BY_NAME[name]
    text = os.environ.get(name, "").strip()
    if not text:
        return setting.default
    read, expected = _READERS[setting.kind]
    try:
        found = read(text)
    except (LookupError, ValueError):
        # Without the value: a secret may have been put on the wrong line.
        raise ImproperlyConfigured(f"{name} must be {expected}.") from None
    least = 0 if setting.zero else setting.least
    if setting.kind is int and found < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}.")
    if setting.kind is int and found > setting.most:
        raise ImproperlyConfigured(f"{name} must be at most {setting.most}.")
    return found
