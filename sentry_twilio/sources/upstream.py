"""Acting on an issue in Sentry, and asking it for names, with an internal integration's token.

Its address is the source's own, entered by an admin of the project, never one from a body; a
redirect is not followed, so the token goes nowhere else.
https://docs.sentry.io/api/events/update-an-issue/
"""

from __future__ import annotations

from typing import ClassVar, Literal
from urllib.parse import quote

from django.utils import timezone

from sentry_twilio.core import ApiClient, ApiError, PluginError
from sentry_twilio.core.addresses import web_address
from sentry_twilio.core.session import BearerAuth
from sentry_twilio.projects.transactions import writing
from sentry_twilio.sources import ending, following, vault
from sentry_twilio.sources.kinds import KINDS
from sentry_twilio.sources.models import ForeignIssue, ForeignProject
from sentry_twilio.tracker import shape
from sentry_twilio.tracker.lifecycle import Actor
from sentry_twilio.tracker.models import Issue

Action = Literal["resolve", "archive"]
CHANGES: dict[Action, dict[str, str]] = {
    "resolve": {"status": "resolved"},
    "archive": {"status": "ignored", "substatus": "archived_until_escalating"},
}
STATES: dict[Action, ForeignIssue.State] = {
    "resolve": ForeignIssue.State.RESOLVED,
    "archive": ForeignIssue.State.ARCHIVED,
}
ADVICE = {
    401: "The token is wrong or was revoked. Enter it anew in the source's settings.",
    403: "The token may not do this. Give the integration “Issue & Event: Read & Write”.",
    404: "Sentry knows no such issue. Is the organisation's slug right in the source's settings?",
}


class SentryApi(ApiClient):
    """Sentry's web API, for one organisation's token."""

    plugin_name: ClassVar[str] = "Sentry"
    allow_redirects: ClassVar[bool | None] = False
    timeout = (5.0, 10.0)

    def __init__(self, base_url: str, token: str) -> None:
        super().__init__(base_url, pool_size=1)
        self._auth = BearerAuth(token)

    def change_issue(self, organization: str, issue_id: str, change: dict[str, str]) -> None:
        path = f"/api/0/organizations/{_quoted(organization)}/issues/{_quoted(issue_id)}/"
        self.put(path, data=change, auth=self._auth, allow_text=True)

    def project_name(self, organization: str, slug: str) -> str:
        path = f"/api/0/projects/{_quoted(organization)}/{_quoted(slug)}/"
        body = self.get(path, auth=self._auth).body
        return shape.first_line(shape.mapping(body).get("name"), 100)


def can_act(known: ForeignIssue) -> bool:
    """Whether there is all that acting on it in Sentry takes. Metric alerts are no issues."""
    source = known.source
    return (
        KINDS[source.kind].has_token
        and known.foreign_id.isascii()
        and known.foreign_id.isdigit()
        and bool(source.organization or known.organization)
        and _is_address(source.base_url)
        and bool(vault.read(source).get("token"))
    )


def act(known: ForeignIssue, action: Action, by: Actor = None) -> None:
    """Resolve or archive an issue in Sentry, and then here.

    Raises `PluginError` with what went wrong and what to do.
    """
    source = known.source
    if not can_act(known):
        raise PluginError(
            "Nothing was changed in Sentry: the source needs the address, the organisation's slug "
            "and a token. Enter them in its settings."
        )
    organization = source.organization or known.organization
    with SentryApi(source.base_url, vault.read(source)["token"]) as sentry:
        try:
            sentry.change_issue(organization, known.foreign_id, CHANGES[action])
        except ApiError as exc:
            advice = ADVICE.get(exc.status or 0, "Try again later, or do it in Sentry.")
            raise PluginError(f"Nothing was changed in Sentry. {exc} {advice}") from None
    with writing():
        # Sentry will tell of it by a hook, and then it is no news.
        # The issue first, as whoever changes it by hand does.
        issue = Issue.objects.select_for_update().get(pk=known.issue_id)
        fresh = ForeignIssue.objects.get(pk=known.pk)
        ending.end(fresh, STATES[action], timezone.now())
        following.end(fresh, issue, by)
        fresh.save()


def name_projects(limit: int = 5) -> int:
    """Ask for the names of projects that are known by their slug alone; how many were asked for.

    Each is asked for once: where Sentry does not tell, the slug has to do.
    """
    rows = ForeignProject.objects.filter(name="").exclude(slug="").exclude(source__organization="")
    asked = 0
    for row in rows.select_related("source__project")[:limit]:
        token = vault.read(row.source).get("token", "")
        if not token or not _is_address(row.source.base_url):
            continue
        asked += 1
        with SentryApi(row.source.base_url, token) as sentry:
            try:
                name = sentry.project_name(row.source.organization, row.slug)
            except ApiError:
                name = ""
        ForeignProject.objects.filter(pk=row.pk).update(name=name or row.slug)
    return asked


def _quoted(part: str) -> str:
    return quote(part, safe="")


def _is_address(url: str) -> bool:
    parts = web_address(url)
    return parts is not None and "@" not in parts.netloc
