"""The host's own settings, with a database and keys that last as long as the run."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = Path(tempfile.mkdtemp(prefix="sentry-twilio-tests-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)

# A setting in the developer's shell must not decide how a test ends.
from sentry_twilio.server.environment import SETTINGS  # noqa: E402

for _setting in SETTINGS:
    if _setting.name != "DATABASE_URL":
        os.environ.pop(_setting.name, None)
os.environ |= {
    "DATA_DIR": str(_folder / "data"),
    "KEYS_DIR": str(_folder / "keys"),
    "SECRET_KEY": "only for tests",
    "ENCRYPTION_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "PUBLIC_URL": "https://alerts.example.com",
}
os.environ.pop("SENTRY_DSN", None)

from sentry_twilio.server.settings import *  # noqa: E402, F403
from sentry_twilio.server.settings import DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file: threads of the delivery tests each open a connection of their own to it.
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF"
    )
