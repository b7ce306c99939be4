from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from sentry_twilio.delivery.models import Attempt, Notification
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.creation import create_project
from sentry_twilio.projects.models import Project
from sentry_twilio.tracker.models import Issue
from tests.dashboard.conftest import (
    NUMBER,
    Browse,
    make_delivery,
    make_digest,
    make_issue,
    said,
    try_fallback,
)

LIST = "/projects/web-shop/deliveries/"


@pytest.mark.parametrize("query", ["", "?state=delivered", "?state=nonsense", "?page=7"])
def test_it_filters_by_state(query: str, project: Project, issue: Issue, browser: Browse) -> None:
    pending = make_delivery(project, issue)
    done = make_delivery(project, issue, State.DELIVERED)
    shown = [d.row for d in browser("member").get(LIST + query).context["deliveries"]]
    assert shown == ([done] if "delivered" in query else [done, pending])


@pytest.mark.parametrize("who", ["member", "admin"])
def test_it_filters_by_recipient_and_no_address_names_a_number(
    who: str, project: Project, issue: Issue, browser: Browse
) -> None:
    other = "+14155550144"
    make_delivery(project, issue)
    theirs = make_delivery(project, issue, recipient=other)
    nobodys = make_delivery(project, issue, recipient="")
    done = make_delivery(project, issue, State.DELIVERED, recipient=other)
    client = browser(who)
    page = said(client.get(LIST))
    choices = dict(re.findall(r'<option value="([0-9a-f]{16})">([^<]+)</option>', page))
    by_name = {name: value for value, name in choices.items()}
    shown_as = "••••••••••44" if who == "member" else other
    assert by_name.keys() == {shown_as, "••••••••••23" if who == "member" else NUMBER, "nobody"}

    def listed(query: str) -> list[Any]:
        return [d.row for d in client.get(LIST + query).context["deliveries"]]

    assert listed(f"?recipient={by_name[shown_as]}") == [done, theirs]
    assert listed(f"?recipient={by_name[shown_as]}&state=delivered") == [done]
    assert listed(f"?recipient={by_name['nobody']}") == [nobodys]
    assert listed(f"?recipient={other[1:]}") == []


@pytest.mark.parametrize("query", ["?digest=x", "?digest=²", f"?digest={'9' * 30}", "?page=x"])
def test_what_makes_no_sense_in_its_address_is_left_out(
    query: str, project: Project, issue: Issue, browser: Browse
) -> None:
    make_delivery(project, issue)
    assert len(browser("member").get(LIST + query).context["deliveries"]) == 1


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
    assert "No delivery is like that" in said(browser("admin").get(f"{LIST}?state=refused"))


def test_it_asks_as_much_for_many_deliveries_as_for_one(
    project: Project, issue: Issue, browser: Browse, django_assert_num_queries: Callable
) -> None:
    client = browser("member")
    for _ in range(20):
        make_delivery(project, issue)
    # session, user, project, role, recipients, count, deliveries with their notifications, halts
    with django_assert_num_queries(9):
        client.get(LIST)


def href(row: Any) -> str:
    return f'href="{LIST}{row.pk}/"'


@pytest.mark.parametrize("state", State.values)
def test_it_has_a_page_and_a_filter_for_every_state(
    state: str, project: Project, issue: Issue, browser: Browse
) -> None:
    row = make_delivery(project, issue, state, reason="Because of <this>.")
    for path in (f"{LIST}?state={state}", f"{LIST}{row.pk}/"):
        page = said(browser("member").get(path))
        assert row.get_state_display() in page
        assert "Because of <this>." in page


def test_what_got_no_text_of_its_own_leads_to_the_digest_and_back(
    project: Project, issue: Issue, browser: Browse
) -> None:
    reason = f"1 message went to {NUMBER}, and no more than 1 may."
    rows = [make_delivery(project, issue, reason=reason) for _ in range(2)]
    digest = make_digest(project, rows, state=State.DELIVERED)
    page = said(browser("member").get(f"{LIST}{rows[0].pk}/"))
    assert href(digest) in page
    page = said(browser("member").get(f"{LIST}{digest.pk}/"))
    (link,) = re.findall(rf'<a href="({LIST}\?[^"]+)">2</a>', page)
    make_delivery(project, issue)
    alerts = browser("member").get(link)
    assert [shown.row for shown in alerts.context["deliveries"]] == [*reversed(rows)]
    assert href(digest) in said(alerts)
    assert f'<a href="/projects/web-shop/issues/{issue.pk}/">{issue.title}</a>' in page
    assert "1 message went to ••••••••••23" in said(alerts)
    assert NUMBER not in page + said(alerts)


def test_a_digest_names_all_that_it_stands_for_page_by_page(
    project: Project, browser: Browse, django_assert_num_queries: Callable
) -> None:
    rows = [make_delivery(project, make_issue(project, f"Bug {n}")) for n in range(51)]
    digest = make_digest(project, rows)
    client = browser("member")
    # session, user, project, role, delivery, attempts, callbacks, issues that it stands for: how
    # many, which, the newest of each, their statuses; how many alerts, halts
    with django_assert_num_queries(14):
        first = said(client.get(f"{LIST}{digest.pk}/"))
    second = said(client.get(f"{LIST}{digest.pk}/?page=2"))
    assert [href(row) in first for row in rows] == [False] + [True] * 50
    assert href(rows[0]) in second
    assert href(rows[1]) not in second


def test_a_digest_names_each_issue_once_and_the_worst_first(
    project: Project, browser: Browse
) -> None:
    bugs = {name: make_issue(project, f"Bug {name}") for name in ("mild", "fatal", "loud")}
    order = ["loud", "fatal", "loud", "mild", "loud"]
    rows = [make_delivery(project, bugs[name]) for name in order]
    Notification.objects.filter(title="Bug mild").update(level="warning")
    Notification.objects.filter(title="Bug fatal").update(level="fatal")
    Notification.objects.filter(pk=rows[4].notification_id).update(level="info")
    digest = make_digest(project, rows)
    response = browser("member").get(f"{LIST}{digest.pk}/")
    lines = [line for line, _ in response.context["lines"]]
    assert [(line.newest.row, line.count, line.level) for line in lines] == [
        (rows[1], 1, "fatal"),
        (rows[4], 3, "error"),
        (rows[3], 1, "warning"),
    ]
    assert "5 alerts of 3 issues, the worst first" in said(response)


def test_a_digest_survives_that_its_issues_are_gone(
    project: Project, issue: Issue, browser: Browse
) -> None:
    digest = make_digest(project, [make_delivery(project, issue)])
    issue.delete()
    assert "ValueError: no stock" in said(browser("member").get(f"{LIST}{digest.pk}/"))


def test_a_digest_that_gave_its_members_back_says_so(project: Project, browser: Browse) -> None:
    digest = make_digest(project, [], state=State.EXPIRED)
    assert "named in the next digest" in said(browser("member").get(f"{LIST}{digest.pk}/"))


def test_the_address_in_a_text_leads_members_to_its_digest(
    project: Project, browser: Browse
) -> None:
    digest = make_digest(project, [])
    response = browser("member").get(f"/d/{digest.pk}/")
    assert response.headers["Location"] == f"{LIST}{digest.pk}/"
    create_project("Other", browser("stranger").get("/").wsgi_request.user)
    assert browser("stranger").get(f"/d/{digest.pk}/").status_code == 404
    assert browser("member").get("/d/999999/").status_code == 404


def test_a_repetition_leads_to_what_it_repeats_and_back(
    project: Project, issue: Issue, browser: Browse
) -> None:
    failed = make_delivery(project, issue, State.UNDELIVERED)
    again = make_delivery(project, issue, repeats=failed)
    assert href(again) in said(browser("member").get(f"{LIST}{failed.pk}/"))
    assert href(failed) in said(browser("member").get(f"{LIST}{again.pk}/"))


def test_it_names_the_fallback_that_told_of_it(
    project: Project, issue: Issue, browser: Browse
) -> None:
    row = make_delivery(project, issue, State.REFUSED)
    Notification.objects.update(fallback=try_fallback(project))
    assert "oncall@example.com" in said(browser("admin").get(f"{LIST}{row.pk}/"))
    page = said(browser("member").get(f"{LIST}{row.pk}/"))
    assert "Told through the fallback" in page
    assert "o•••@example.com" in page
    assert "oncall@example.com" not in page
    assert "Nobody was told" not in page


def test_it_says_that_nobody_was_told(project: Project, issue: Issue, browser: Browse) -> None:
    row = make_delivery(project, issue, State.SUPPRESSED)
    assert "Nobody was told" in said(browser("member").get(f"{LIST}{row.pk}/"))
    page = said(browser("admin").get(f"{LIST}{row.pk}/"))
    assert 'href="/projects/web-shop/settings/delivery/"' in page
