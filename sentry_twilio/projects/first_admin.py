"""The first account of an empty host, made by whoever can read its console."""

from __future__ import annotations

import base64

from django.contrib.auth.models import User
from django.utils.crypto import constant_time_compare, salted_hmac

from sentry_twilio.projects.access import record
from sentry_twilio.projects.transactions import writing


def is_needed() -> bool:
    """Whether there is no account yet."""
    return not User.objects.exists()


def setup_code() -> str:
    """The code that `serve` prints: the same for every process of this host, and no other."""
    digest = salted_hmac("sentry_twilio.first_admin", "setup", algorithm="sha256").digest()
    text = base64.b32encode(digest[:10]).decode()
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def create(code: str, username: str, password: str) -> User | None:
    """Make the account; None where the code is wrong or there is an account by now."""
    if not constant_time_compare(code.strip().upper(), setup_code()):
        return None
    with writing(one_at_a_time="first admin"):
        if not is_needed():
            return None
        user = User.objects.create_superuser(username=username, password=password)
        record(user, "Made the first account")
    return user
