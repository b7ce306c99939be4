"""An organisation's source serves several projects of ours."""

from __future__ import annotations

import pytest

from sentry_twilio.core import Project as Foreign
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.projects.models import Project
from sentry_twilio.sources import mapping
from sentry_twilio.sources.mapping import Nowhere
from sentry_twilio.sources.models import Source
from sentry_twilio.sources.processing import process_due
from sentry_twilio.tracker.models import Issue
from tests.sources import sentry_bodies as bodies
from tests.sources.conftest import Make, Tracker, configure


@pytest.fixture
def source(make: Make) -> Source:
    return make("sentry")


@pytest.fixture
def other(project: Project) -> Project:
    other = Project.objects.create(name="Back office", slug="back")
    configure(other)
    return other


def test_a_mapped_projects_alerts_are_that_projects(
    source: Source, other: Project, tracker: Tracker
) -> None:
    source.foreign_projects.create(slug="front-end", project=other)
    texts = tracker.tell(source, bodies.event_alert(), "event_alert")
    assert texts == [f"Sentry [Back office] ERROR: {bodies.TITLE}"]
    assert other.issues.count() == 1


def test_an_unknown_one_is_listed_and_told_to_the_sources_own(
    source: Source, tracker: Tracker
) -> None:
    assert len(tracker.tell(source, bodies.issue("created"), "issue")) == 1
    row = source.foreign_projects.get()
    assert (row.foreign_id, row.slug, row.name, row.project) == (
        "1",
        "front-end",
        "Front end",
        None,
    )


def test_an_unknown_one_waits_where_the_source_says_so(
    source: Source, other: Project, tracker: Tracker
) -> None:
    Source.objects.update(takes_unmapped=False)
    assert tracker.tell(source, bodies.event_alert(), "event_alert") == []
    assert source.inbox.get().state == "unmapped"
    assert mapping.map_to(source.foreign_projects.get(), other) == 1
    assert process_due() == 1
    assert Delivery.objects.get().project == other


def test_of_several_alerts_those_that_were_told_are_not_told_again(
    make: Make, other: Project, tracker: Tracker
) -> None:
    source = make("generic", is_signed=False, takes_unmapped=False)
    first = source.foreign_projects.create(slug="one", project=other)
    later = source.foreign_projects.create(slug="three")
    names = ("one", "two", "three")
    alerts = [{"title": f"It broke in {name}", "project": name} for name in names]
    assert len(tracker.tell(source, {"alerts": alerts})) == 1
    for row in (first, later, first, source.foreign_projects.get(slug="two"), first):
        mapping.map_to(row, other)
        process_due()
    titles = Delivery.objects.order_by("pk").values_list("notification__title", flat=True)
    assert list(titles) == ["It broke in one", "It broke in three", "It broke in two"]
    assert source.inbox.get().state == "done"
    assert Issue.objects.count() == 3


def test_an_ignored_one_is_not_told(source: Source, tracker: Tracker) -> None:
    source.foreign_projects.create(foreign_id="1", is_ignored=True)
    assert tracker.tell(source, bodies.event_alert(), "event_alert") == []
    assert "is ignored" in source.inbox.get().result


def test_id_and_slug_turn_out_to_be_one(source: Source, other: Project) -> None:
    def find(**named: object) -> Project | Nowhere:
        foreign = Foreign(**{"id": 0, "slug": "", "name": "", **named})  # type: ignore[arg-type]
        return mapping.find(source, foreign, source.created_at)

    find(slug="front-end")
    source.foreign_projects.update(project=other)
    find(id=1)
    assert source.foreign_projects.count() == 2
    assert find(id=1, slug="front-end") == other
    row = source.foreign_projects.get()
    assert (row.foreign_id, row.slug) == ("1", "front-end")


def test_a_slug_that_is_used_anew_is_another_project(source: Source, other: Project) -> None:
    source.foreign_projects.create(foreign_id="1", slug="front-end", project=other)
    new = Foreign(id=2, slug="front-end", name="")
    assert mapping.find(source, new, source.created_at) == source.project


def test_others_cannot_fill_the_table(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping, "MOST", 2)
    for number in range(1, 5):
        found = mapping.find(source, Foreign(number, "", ""), source.created_at)
        assert found == source.project
    assert source.foreign_projects.count() == 2
