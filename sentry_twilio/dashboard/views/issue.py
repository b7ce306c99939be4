"""One issue, its events, and what a person does about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from sentry_twilio.core import plugins
from sentry_twilio.dashboard.guard import ProjectRequest, for_admins, for_members
from sentry_twilio.dashboard.shown import ShownDelivery, show_all
from sentry_twilio.dashboard.words import ISSUE_TONES, PAUSES, Tone
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.sources import upstream
from sentry_twilio.sources.kinds import KINDS
from sentry_twilio.sources.models import ForeignIssue
from sentry_twilio.tracker import lifecycle
from sentry_twilio.tracker.display import describe
from sentry_twilio.tracker.models import Event, Issue

TEXTS_SHOWN = 20

MUTES: dict[str, tuple[str, timedelta | None]] = {
    **PAUSES,
    "forever": ("for good", None),
}


@require_safe
@for_members
def issue(request: ProjectRequest, issue_id: int, event_id: str = "") -> HttpResponse:
    """The issue with one of its events, the newest unless `event_id` names another."""
    row = get_object_or_404(request.project.issues, pk=issue_id)
    event = _event(row, event_id)
    texts = (
        Delivery.objects.filter(
            notification__project=request.project, notification__group=row.group
        )
        .select_related("notification")
        .order_by("-id")[:TEXTS_SHOWN]
    )
    seen = describe(event.data) if event else None
    shown, now = show_all(texts, request.is_project_admin), timezone.now()
    origin = _origin(row)
    context = {
        "issue": row,
        "tone": ISSUE_TONES[row.status],
        "event": event,
        "older": _neighbour(row, event, "id__lt", "-id"),
        "newer": _neighbour(row, event, "id__gt", "id"),
        "seen": seen,
        # The one that the issue is named for first, its causes after it.
        "exceptions": reversed(seen.exceptions) if seen else (),
        "texts": shown,
        "text_states": _states(shown),
        "why_no_text": "" if shown else _why_no_text(row, bool(origin), now),
        "most_texts": TEXTS_SHOWN,
        "mutes": MUTES,
        "now": now,
        **origin,
    }
    return render(request, "dashboard/issue.html", context)


@require_safe
@for_admins
def event_json(request: ProjectRequest, issue_id: int, event_id: str) -> HttpResponse:
    """What the SDK sent, whole, as a file: with the secrets that the page hides."""
    row = get_object_or_404(request.project.issues, pk=issue_id)
    event = get_object_or_404(row.events, event_id=event_id)
    response = JsonResponse(event.data, safe=False, json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="event-{event.event_id}.json"'
    return response


@require_POST
@for_members
def change(request: ProjectRequest, issue_id: int) -> HttpResponse:
    """Resolve, unresolve, mute or unmute."""
    row = get_object_or_404(request.project.issues, pk=issue_id)
    action = ACTIONS.get(request.POST.get("action", ""))
    mute = MUTES.get(request.POST.get("for", "forever"))
    if action is None or mute is None:
        return HttpResponseBadRequest("There is no such action.")
    _, span = mute
    changed = action.act(row, request.user, timezone.now() + span if span else None)
    messages.success(request, action.said if changed else "It was so already; nothing changed.")
    return redirect("issue", slug=request.project.slug, issue_id=row.pk)


@dataclass(frozen=True, slots=True)
class Action:
    """What a button does, and what the page says after it. The time is for mutes only."""

    act: Callable[[Issue, User, datetime | None], bool]
    said: str


ACTIONS = {
    "resolve": Action(
        lambda row, user, _: lifecycle.resolve(row, user),
        "Resolved. Should it come back, it counts as regressed.",
    ),
    "unresolve": Action(
        lambda row, user, _: lifecycle.unresolve(row, user), "The issue is unresolved again."
    ),
    "mute": Action(lifecycle.mute, "Muted. Its events are still counted, and nobody is told."),
    "unmute": Action(
        lambda row, user, _: lifecycle.unmute(row, user),
        "No longer muted. Rules fire for it again.",
    ),
}


def _states(shown: list[ShownDelivery]) -> list[tuple[Tone, str, int]]:
    """How many are in each state, with its tone and its name: the newest one's state first."""
    counts = Counter((delivery.word.tone, delivery.row.get_state_display()) for delivery in shown)
    return [(tone, label, count) for (tone, label), count in counts.items()]


def _why_no_text(row: Issue, is_foreign: bool, now: datetime) -> str:
    """What keeps an issue without texts from having one; "" where that is not known."""
    if not plugins.for_project(row.project):
        return "off"
    if row.status == Issue.Status.MUTED:
        is_over = row.muted_until is not None and row.muted_until <= now
        return "" if is_over else "muted"
    # What comes from another tracker is told by that tracker's rules.
    return "" if is_foreign or row.status == Issue.Status.RESOLVED else "not new"


def _origin(row: Issue) -> dict[str, object]:
    """The tracker that an issue comes from, where that is another one."""
    known = ForeignIssue.objects.select_related("source__project").filter(issue=row).first()
    if known is None or known.source.kind not in KINDS:
        return {}
    kind = KINDS[known.source.kind]
    return {"origin": known, "origin_kind": kind, "can_act_upstream": upstream.can_act(known)}


def _event(row: Issue, event_id: str) -> Event | None:
    if event_id:
        return get_object_or_404(row.events, event_id=event_id)
    return row.events.order_by("-id").first()


def _neighbour(row: Issue, event: Event | None, side: str, order: str) -> str | None:
    if event is None:
        return None
    found = row.events.filter(**{side: event.pk}).order_by(order)
    return found.values_list("event_id", flat=True).first()
