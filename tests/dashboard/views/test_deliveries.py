from __future__ import annotations

from collections.abc import Callable

import pytest

from sentry_twilio.delivery.models import Attempt
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.models import Project
from sentry_twilio.tracker.models import Issue
from tests.dashboard.conftest import NUMBER, Browse, make_delivery, said

LIST = "/projects/web-shop/deliveries/"


@pytest.mark.parametrize("query", ["", "?state=delivered", "?state=nonsense", "?page=7"])
def test_it_filters_by_state(query: str, project: Project, issue: Issue, browser: Browse) -> None:
    pending = make_delivery(project, issue)
    done = make_delivery(project, issue, State.DELIVERED)
    shown = [d.row for d in browser("member").get(LIST + query).context["deliveries"]]
    assert shown == ([done] if "delivered" in query else [done, pending])


def test_it_shows_numbers_only_to_admins(project: Project, issue: Issue, browser: Browse) -> None:
    row = make_delivery(project, issue, reason=f"The carrier refused {NUMBER}.")
    Attempt.objects.create(delivery=row, number=1, reason=f"Busy: {NUMBER}", outcome="refused")
    for path in (LIST, f"{LIST}{row.pk}/"):
        assert NUMBER in said(browser("admin").get(path))
        member = said(browser("member").get(path))
        assert NUMBER not in member
        assert NUMBER[1:-2] not in member
        assert "••23" in member


def test_it_tells_what_happened_step_by_step(
    project: Project, issue: Issue, browser: Browse
) -> None:
    row = make_delivery(project, issue, State.DELIVERED, possibly_repeated=True)
    Attempt.objects.create(
        delivery=row,
        number=1,
        seconds=1.5,
        outcome="refused",
        code=20429,
        reason="Too many requests.",
        request_id="RQ1",
    )
    Attempt.objects.create(delivery=row, number=2, seconds=0.2, outcome="accepted")
    response = browser("member").get(f"{LIST}{row.pk}/")
    text = said(response)
    for part in ("Too many requests.", "took 1.50 s", "code 20429", "request RQ1", row.body):
        assert part in text
    assert "It may have arrived twice" in text
    assert f"/projects/web-shop/issues/{issue.pk}/" in text
    assert response.context["steps"][0].title == "Written down"


def test_it_survives_an_issue_and_a_plugin_that_are_gone(
    project: Project, issue: Issue, browser: Browse
) -> None:
    row = make_delivery(project, issue)
    type(row).objects.update(plugin="removed")
    issue.delete()
    text = said(browser("member").get(f"{LIST}{row.pk}/"))
    assert "For removed." in text
    assert "ValueError: no stock" in text


def test_it_links_no_issue_of_another_project(
    project: Project, issue: Issue, browser: Browse
) -> None:
    row = make_delivery(project, issue)
    issue.project = Project.objects.create(name="Other", slug="other")
    issue.save()
    assert browser("member").get(f"{LIST}{row.pk}/").context["issue"] is None


def test_it_says_what_to_do_while_nothing_was_sent(project: Project, browser: Browse) -> None:
    assert "/projects/web-shop/plugins/" in said(browser("admin").get(LIST))
    assert "No delivery is in this state" in said(browser("admin").get(f"{LIST}?state=refused"))


def test_it_asks_as_much_for_many_deliveries_as_for_one(
    project: Project, issue: Issue, browser: Browse, django_assert_num_queries: Callable
) -> None:
    client = browser("member")
    for _ in range(20):
        make_delivery(project, issue)
    # session, user, project, role, count, deliveries with their notifications
    with django_assert_num_queries(6):
        client.get(LIST)
