"""Other trackers that report to a project: made, looked at, rotated and removed."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sentry_twilio.dashboard import source_page
from sentry_twilio.dashboard.forms.sources import MapForm, SourceForm
from sentry_twilio.dashboard.guard import ProjectRequest, for_admins
from sentry_twilio.projects.access import administered_by, record
from sentry_twilio.projects.models import Project
from sentry_twilio.projects.transactions import writing
from sentry_twilio.sources import creation, mapping, silence, vault
from sentry_twilio.sources.kinds import KINDS
from sentry_twilio.sources.models import Source

_LOOKED_AT = {
    0: "Saved. It holds for what comes from now on.",
    1: "Saved. 1 call that waited is looked at again.",
}


@require_safe
@for_admins
def source_list(request: ProjectRequest) -> HttpResponse:
    now = timezone.now()
    rows = [(source, silence.is_unusual(source, now)) for source in request.project.sources.all()]
    context = {"rows": rows, "kinds": KINDS.values()}
    return render(request, "dashboard/source_list.html", context)


@sensitive_post_parameters("secret", "token")
@require_http_methods(["GET", "POST"])
@for_admins
def new(request: ProjectRequest, kind: str) -> HttpResponse:
    if kind not in KINDS:
        raise Http404("There is no such kind of source.")
    row = KINDS[kind]
    blank = Source(project=request.project, kind=kind, name=row.title, base_url=row.base_url)
    form = SourceForm(request.POST or None, instance=blank)
    if form.is_valid():
        fields = {name: form.cleaned_data[name] for name in form.Meta.fields if name in _own(form)}
        with writing():
            name = fields.pop("name")
            source = creation.create(request.project, kind, name, request.user, **fields)
            vault.store(source, **form.secrets())
        messages.success(request, "Made. Now tell the tracker about it, as below.")
        return redirect("source", slug=request.project.slug, source_id=source.pk)
    return render(request, "dashboard/source_new.html", {"form": form, "kind": row})


def _own(form: SourceForm) -> set[str]:
    return {*form.fields} - {"secret", "token"}


@sensitive_post_parameters("secret", "token")
@require_http_methods(["GET", "POST"])
@for_admins
def source(request: ProjectRequest, source_id: int) -> HttpResponse:
    row = _find(request, source_id)
    stored = dict(vault.read(row))
    form = SourceForm(request.POST or None, instance=row, stored=stored)
    if form.is_valid():
        with writing():
            # Only these: the counts may have moved on since the row was read.
            form.save(commit=False).save(update_fields=sorted(_own(form)))
            vault.store(row, **form.secrets())
            if row.takes_unmapped and "takes_unmapped" in form.changed_data:
                mapping.look_again(row)
            names = ", ".join(sorted({*form.changed_data}))
            record(request.user, f"Changed the source {row}: {names}"[:200], request.project)
        messages.success(request, "Saved.")
        return redirect("source", slug=request.project.slug, source_id=row.pk)
    context = {"form": form, **source_page.whole(request, row, stored)}
    return render(request, "dashboard/source.html", context)


@require_safe
@for_admins
def called(request: ProjectRequest, source_id: int) -> HttpResponse:
    """The part of the page that changes once the first call came."""
    row = _find(request, source_id)
    return render(request, "dashboard/_source_called.html", source_page.called(request, row))


@require_http_methods(["GET", "POST"])
@for_admins
def rotate(request: ProjectRequest, source_id: int) -> HttpResponse:
    row = _find(request, source_id)
    if request.method != "POST":
        context = {"source": row, "kind": KINDS[row.kind]}
        return render(request, "dashboard/source_rotate.html", context)
    creation.rotate(row, request.user)
    schema = " and paste the schema again, too" if row.kind == "sentry" else ""
    secret = " and sign with the new secret" if KINDS[row.kind].makes_own_secret else ""
    messages.success(
        request,
        "The source has a new URL, and the old one is gone. "
        f"Enter it in the tracker now{schema}{secret}.",
    )
    return redirect("source", slug=request.project.slug, source_id=row.pk)


@require_http_methods(["GET", "POST"])
@for_admins
def remove(request: ProjectRequest, source_id: int) -> HttpResponse:
    row = _find(request, source_id)
    if request.method != "POST":
        return render(request, "dashboard/source_remove.html", {"source": row})
    creation.remove(row, request.user)
    messages.success(request, f"{row} is removed. What it reported before stays.")
    return redirect("source-list", slug=request.project.slug)


@require_POST
@for_admins
def map_project(request: ProjectRequest, source_id: int, foreign_id: int) -> HttpResponse:
    """Say where a project of the tracker belongs."""
    row = _find(request, source_id)
    foreign = get_object_or_404(row.foreign_projects, pk=foreign_id)
    ours = administered_by(request.user)
    form = MapForm(foreign, ours, request.POST)
    if form.is_valid():
        to = form.cleaned_data["to"]
        project: Project | None = None
        if to not in ("", MapForm.NOBODY):
            project = ours.filter(pk=int(to)).first() or foreign.project
        with writing():
            waited = mapping.map_to(foreign, project, is_ignored=to == MapForm.NOBODY)
            place = project.name if project else "nobody" if to else "no project"
            record(request.user, f"Mapped {foreign} of {row} to {place}"[:200], request.project)
        messages.success(
            request,
            _LOOKED_AT.get(waited, f"Saved. {waited} calls that waited are looked at again."),
        )
    else:
        messages.error(request, "Nothing was changed: choose one of the projects in the list.")
    return redirect("source", slug=request.project.slug, source_id=row.pk)


def _find(request: ProjectRequest, source_id: int) -> Source:
    row: Source = get_object_or_404(request.project.sources, pk=source_id)
    if row.kind not in KINDS:
        raise Http404("This host no longer knows this kind of source.")
    return row
