"""Who comes in: views about a project get it from here, and no other way."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from sentry_twilio.projects.access import is_admin, visible_to
from sentry_twilio.projects.models import Project


class UserRequest(HttpRequest):
    """A request of somebody who is logged in, as the middleware has made sure."""

    user: User


class ProjectRequest(UserRequest):
    """A request about a project that its user may see."""

    project: Project
    is_project_admin: bool


View = Callable[..., HttpResponse]


def for_members(view: View) -> View:
    """Let in whoever sees the project of the URL's `slug`; anybody else gets a 404."""

    @wraps(view)
    def guarded(request: ProjectRequest, slug: str, **kwargs: Any) -> HttpResponse:
        request.project = get_object_or_404(visible_to(request.user), slug=slug)
        request.is_project_admin = is_admin(request.user, request.project)
        return view(request, **kwargs)

    return guarded


def for_admins(view: View) -> View:
    """As `for_members`, and a member who is no admin gets a 403 that says so."""

    @wraps(view)
    def guarded(request: ProjectRequest, **kwargs: Any) -> HttpResponse:
        if not request.is_project_admin:
            raise PermissionDenied(
                f"Only admins of {request.project} see and change its settings. "
                "Ask one of them, or have them make you an admin."
            )
        return view(request, **kwargs)

    return for_members(guarded)
