"""Whether a provider accepts credentials that were just saved: better said now than at night."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from sentry_twilio.core import ApiError, NotificationPlugin, Sender, account_of
from sentry_twilio.delivery import deadline

logger = logging.getLogger(__name__)

LONGEST = 6.0
"""Seconds that whoever saved them waits for the provider."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`is_good` is None where the provider could not be asked. `text` is for a person."""

    is_good: bool | None
    text: str


def are_new(
    plugin: NotificationPlugin, before: Mapping[str, str], after: Mapping[str, str]
) -> bool:
    """Whether the options have another account, or another secret to prove oneself with."""
    secrets = {name for name in plugin.secret_options if before.get(name) != after.get(name)}
    accounts = {account_of(plugin.sender_key(options)) for options in (before, after)}
    return bool(secrets) or len(accounts) > 1


def verdict(plugin: NotificationPlugin, options: Mapping[str, str]) -> Verdict:
    """What the provider says of the credentials. Nothing is sent, and nothing is repeated."""
    slow = Verdict(None, _could_not(plugin, f"no answer came within {LONGEST:g} seconds."))
    work = partial(_ask, plugin, plugin.connect(options))
    return deadline.run_all([work], LONGEST, slow)[0]


def _ask(plugin: NotificationPlugin, sender: Sender) -> Verdict:
    try:
        refused = sender.check()
    except ApiError as exc:
        return Verdict(None, _could_not(plugin, str(exc)))
    except Exception as exc:
        logger.exception("The plugin %s could not check its credentials.", plugin.slug)
        return Verdict(None, _could_not(plugin, f"{type(exc).__name__}."))
    finally:
        sender.close()
    if refused is None:
        return Verdict(True, f"{plugin.title} accepts the credentials.")
    is_named = refused.code is None or str(refused.code) in refused.reason
    code = "" if is_named else f" (code {refused.code})"
    return Verdict(False, f"{plugin.title} does not accept the credentials{code}: {refused.reason}")


def _could_not(plugin: NotificationPlugin, why: str) -> str:
    return f"Whether {plugin.title} accepts the credentials could not be asked: {why}"
