"""Django's settings, all of them derived from the table in `environment`."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import environ
from django.core.exceptions import ImproperlyConfigured

from sentry_twilio.delivery.cap import Caps
from sentry_twilio.projects import keys
from sentry_twilio.server import mail
from sentry_twilio.server.environment import value
from sentry_twilio.twilio import regions

DATA_DIR = Path(value("DATA_DIR"))
KEYS_DIR = Path(value("KEYS_DIR"))
PUBLIC_URL: str = value("PUBLIC_URL").rstrip("/")
DEBUG: bool = value("DEBUG")

# What the rooms read as `settings.NAME`, by the names of the table.
TRUSTED_PROXY: str = value("TRUSTED_PROXY")
SENDER_THREADS: int = value("SENDER_THREADS")
LEASE_SECONDS: int = value("LEASE_SECONDS")
USEFUL_SECONDS: int = value("USEFUL_SECONDS")
RECIPIENT_CAPS: Caps = value("RECIPIENT_CAPS")
WORST_CAPS: Caps = value("WORST_CAPS")
DIGEST_CAPS: Caps = value("DIGEST_CAPS")
PROJECT_CAP_HOUR: int = value("PROJECT_CAP_HOUR")
ACCOUNT_SEGMENTS_A_DAY: int = value("ACCOUNT_SEGMENTS_A_DAY")
FALLBACK_ACCEPTED_SECONDS: int = value("FALLBACK_ACCEPTED_SECONDS")
FALLBACK_DELIVERED_SECONDS: int = value("FALLBACK_DELIVERED_SECONDS")
HEARTBEAT_URL: str = value("HEARTBEAT_URL")
METRICS_TOKEN: str = value("METRICS_TOKEN")
OVERDUE_SECONDS: int = value("OVERDUE_SECONDS")
CELERY_BROKER_URL: str = value("CELERY_BROKER_URL")
STATUS_POLL_SECONDS: int = value("STATUS_POLL_SECONDS")
STATUS_OVERDUE_SECONDS: int = value("STATUS_OVERDUE_SECONDS")
TEST_MESSAGES_PER_HOUR: int = value("TEST_MESSAGES_PER_HOUR")
LOGINS_PER_QUARTER: int = value("LOGINS_PER_QUARTER")
EVENTS_PER_MINUTE_KEY: int = value("EVENTS_PER_MINUTE_KEY")
EVENTS_PER_MINUTE_PROJECT: int = value("EVENTS_PER_MINUTE_PROJECT")
ENVELOPE_MAX_BYTES: int = value("ENVELOPE_MAX_BYTES")
EVENT_MAX_BYTES: int = value("EVENT_MAX_BYTES")
ENVELOPE_MAX_ITEMS: int = value("ENVELOPE_MAX_ITEMS")
ENVELOPE_MAX_HEADER_BYTES: int = value("ENVELOPE_MAX_HEADER_BYTES")
EVENTS_KEPT_PER_ISSUE: int = value("EVENTS_KEPT_PER_ISSUE")
EVENTS_KEPT_PER_PROJECT: int = value("EVENTS_KEPT_PER_PROJECT")
HOOKS_PER_MINUTE: int = value("HOOKS_PER_MINUTE")
HOOK_MAX_BYTES: int = value("HOOK_MAX_BYTES")
SERVER_THREADS: int = value("SERVER_THREADS")

_kept_key: str = value("SECRET_KEY") or next(
    iter(keys.read_lines(KEYS_DIR / keys.SECRET_KEY_FILE)), ""
)
# Without a key (a command that never serves) a throw-away one does; W002 says so.
SECRET_KEY_IS_TEMPORARY = not _kept_key
SECRET_KEY = _kept_key or secrets.token_urlsafe(50)
ENCRYPTION_KEYS: list[str] = value("ENCRYPTION_KEYS")
ENCRYPTION_KEYS_FILE = KEYS_DIR / keys.ENCRYPTION_KEYS_FILE

try:
    _public = urlsplit(PUBLIC_URL)
    # Browsers keep cookies by host name and not by port: of two hosts on one machine, each log-in
    # would end the other's.
    _cookie_suffix = f"_{_public.port}" if _public.port else ""
except ValueError:
    raise ImproperlyConfigured("PUBLIC_URL must be a URL.") from None
ALLOWED_HOSTS: list[str] = [
    *value("ALLOWED_HOSTS"),
    *filter(None, [_public.hostname]),
    "localhost",
    "127.0.0.1",
    "[::1]",
]
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
SESSION_COOKIE_NAME = f"sessionid{_cookie_suffix}"
CSRF_COOKIE_NAME = f"csrftoken{_cookie_suffix}"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _public.scheme == "https"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 3600 * 24 * 30 if _public.scheme == "https" else 0
# TLS ends at the reverse proxy, and the path from there is its business.
SECURE_SSL_REDIRECT = False
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "sentry_twilio.projects",
    "sentry_twilio.delivery",
    "sentry_twilio.tracker",
    "sentry_twilio.sources",
    "sentry_twilio.dashboard",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]
ROOT_URLCONF = "sentry_twilio.server.urls"
WSGI_APPLICATION = "sentry_twilio.server.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


def _database(url: str) -> dict[str, Any]:
    if not url:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(DATA_DIR / "db.sqlite3")}
    try:
        known = urlsplit(url).scheme in environ.Env.DB_SCHEMES
        if known:
            return dict(environ.Env.db_url_config(url))
    except ValueError:  # it quotes the URL, and with it the password
        pass
    raise ImproperlyConfigured(
        "DATABASE_URL must be like postgres://user:password@host:5432/name or "
        "sqlite:////folder/file; special characters in it are percent-encoded."
    )


DATABASES: dict[str, Any] = {"default": _database(value("DATABASE_URL"))}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # Without IMMEDIATE, a SELECT followed by an UPDATE fails as soon as two processes do it.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # Batches come in all sizes, each a statement of its own: 128 of them, which is Python's
        # default, are megabytes in each thread.
        "cached_statements": 16,
        # FULL: after a power cut, a `sending` that was not on disk would be sent twice.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
    }
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # A server that vanished is noticed within seconds, not after the 15 min that TCP takes by
    # itself; what the URL says wins.
    # https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "tcp_user_timeout": 15_000,
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        **DATABASES["default"].get("OPTIONS", {}),
    }
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

HAS_MAIL_SERVER: bool = bool(value("EMAIL_URL"))
# How it is reached, by the names that this version of Django has for it.
globals().update(mail.settings_for(value("EMAIL_URL"), django.VERSION))
DEFAULT_FROM_EMAIL: str = value("EMAIL_FROM") or f"sentry-twilio@{_public.hostname or 'localhost'}"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "project-list"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
# Served straight from the packages: no collectstatic step that an update could forget.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG


def _twilio_address() -> str:
    names = ("TWILIO_BASE_URL", "TWILIO_REGION", "TWILIO_EDGE")
    try:
        return regions.resolve(*map(value, names))
    except ValueError as exc:
        raise ImproperlyConfigured(f"{', '.join(names)}: {exc}") from None


# What the operator sets for a plugin in all projects, by slug.
PLUGINS = {
    "twilio": {
        "base_url": _twilio_address(),
        "connections": SENDER_THREADS,
        "default_region": value("PHONE_REGION"),
        "max_recipients": value("MAX_RECIPIENTS"),
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {
            "()": "sentry_twilio.server.logs.TextFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        },
        "json": {"()": "sentry_twilio.server.logs.JsonFormatter"},
    },
    "filters": {"expected": {"()": "sentry_twilio.server.logs.ExpectedAnswers"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": value("LOG_FORMAT")}},
    "root": {"handlers": ["console"], "level": value("LOG_LEVEL")},
    "loggers": {
        # Without the handlers that Django gives them: those mask nothing.
        "django": {"handlers": []},
        "django.server": {"handlers": [], "propagate": True},
        "django.request": {"level": "ERROR", "filters": ["expected"]},
        # At DEBUG it logs whole URLs, and a query names phone numbers.
        "urllib3": {"level": "INFO"},
        "waitress.queue": {"level": "ERROR"},
    },
}
