"""The trackers that can report here, one row each. CONTRIBUTING.md has how to add one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from sentry_twilio.core import Alert
from sentry_twilio.sources import (
    bugsink,
    foxray,
    generic,
    glitchtip,
    sentry,
    sentry_legacy,
    signatures,
)
from sentry_twilio.sources.hook import Hook

Identity = Callable[[Hook, bytes], str]


def whole_body(hook: Hook, body: bytes) -> str:
    """The same body is the same call."""
    return hashlib.sha256(hook.resource.encode() + b"\0" + body).hexdigest()


def of_sentry(hook: Hook, body: bytes) -> str:
    """The same body is the same call, but for changes of an issue: whoever resolves it, opens it
    and resolves it again makes Sentry send the same bytes twice, and both are true. What sets
    them apart is when they were sent; should Sentry repeat one call under another time, the
    issue is in that state already, and nobody is told again (see `telling`)."""
    known = whole_body(hook, body)
    if hook.resource in CHANGES_OF_ISSUES and hook.sent_at:
        return hashlib.sha256(f"{hook.sent_at} {known}".encode("utf-8", "replace")).hexdigest()
    return known


CHANGES_OF_ISSUES = frozenset({"issue", "activity_alert"})


def never(hook: Hook, body: bytes) -> str:
    """No two calls are the same."""
    return ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A tracker. `read` raises `NotUnderstood` for a body that is not this tracker's.

    - `verify` says what is wrong with a call's signature, "" for nothing. Where it is None, the
      key in the URL is all the proof there is. `may_be_unsigned`: the source's owner may switch
      it off. `makes_own_secret`: the secret is ours, and the sender is told it.
    - `identity`: what a call is known again by when it comes twice, "" for nothing. Of some
      trackers the same body may well tell of something that happened again.
    - `may_be_late`: its queue may hold a call back for hours; the others call at once or never.
    - `has_token`: its API can be used, to resolve and archive. `has_projects`: a source may
      speak for several of its projects.
    - `reports_ends`: it says when something is over.
    - `base_url` is where its links lead, where that is the same for many.
    """

    slug: str
    title: str
    read: Callable[[Hook], list[Alert]]
    verify: signatures.Verify | None = None
    may_be_unsigned: bool = False
    makes_own_secret: bool = False
    identity: Identity = whole_body
    may_be_late: bool = False
    has_token: bool = False
    has_projects: bool = False
    reports_ends: bool = False
    base_url: str = ""


KINDS: dict[str, Kind] = {
    kind.slug: kind
    for kind in (
        Kind(
            "sentry",
            "Sentry (internal integration)",
            sentry.read,
            verify=signatures.of_sentry,
            identity=of_sentry,
            may_be_late=True,
            has_token=True,
            has_projects=True,
            reports_ends=True,
            base_url="https://sentry.io",
        ),
        Kind(
            "sentry-legacy",
            "Sentry (a project's WebHooks)",
            sentry_legacy.read,
            may_be_late=True,
            base_url="https://sentry.io",
        ),
        Kind(
            "glitchtip",
            "GlitchTip",
            glitchtip.read,
            identity=never,
            reports_ends=True,
            base_url="https://app.glitchtip.com",
        ),
        Kind("bugsink", "Bugsink", bugsink.read),
        Kind("foxray", "Foxray", foxray.read),
        Kind(
            "generic",
            "Anything else",
            generic.read,
            verify=signatures.of_generic,
            may_be_unsigned=True,
            makes_own_secret=True,
            may_be_late=True,
            identity=generic.identity,
            has_projects=True,
            reports_ends=True,
        ),
    )
}


def has_token(kind: str) -> bool:
    """Whether such a source can act in its tracker; False for a kind that is not known."""
    return kind in KINDS and KINDS[kind].has_token
