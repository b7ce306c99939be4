"""The demo's user and project. A second run finds the first one's and brings them up to date."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sentry_twilio.core import PluginError, plugins
from sentry_twilio.demo.account import Account
from sentry_twilio.projects.models import Project


@dataclass(frozen=True, slots=True)
class Prepared:
    project: Project
    dsn: str
    password: str


def prepare(account: Account, username: str) -> Prepared:
    """Make or update user, project and Twilio settings.

    Raises `PluginError` naming what is wrong with the account's options.
    """
    from django.contrib.auth.models import User

    from sentry_twilio.projects.creation import create_project
    from sentry_twilio.projects.dsn import dsn

    password = secrets.token_urlsafe(9)
    user, _ = User.objects.get_or_create(
        username=username, defaults={"is_superuser": True, "is_staff": True}
    )
    user.set_password(password)
    user.save()

    project = Project.objects.filter(slug="demo-shop").first()
    project = project or create_project("Demo shop", user)
    _configure(project, account)
    key = project.keys.filter(is_active=True).first() or project.keys.create()
    return Prepared(project=project, dsn=dsn(key), password=password)


def _configure(project: Project, account: Account) -> None:
    from sentry_twilio.core import options

    plugin = plugins.get("twilio")
    # Twilio opens links only where people can: one to this machine would cost text for nothing.
    link = {} if account.is_real else {"sms_link": "1"}
    values, errors = plugin.clean({**account.options, **link})
    if errors:
        raise PluginError("\n".join(f"{name}: {error}" for name, error in errors.items()))
    stored = plugin.get_options(project)
    options.installed().set(project, plugin.conf_key, dict.fromkeys(stored) | values)
