"""What every page tells who is logged in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from sentry_twilio.delivery import worker_heartbeat
from sentry_twilio.delivery.models import WorkerHeartbeat

from .conftest import Browse, World, said

NOTICE = "No worker is running, so nothing is sent. Start "


@pytest.mark.parametrize(
    "path",
    ["/", "/password/", "/projects/web-shop/", "/projects/web-shop/settings/rules/"],
)
def test_it_says_that_no_worker_runs_until_one_does(
    path: str, world: World, browser: Browse
) -> None:
    client = browser("admin")
    page = client.get(path)
    assert page.status_code == 200
    assert said(page).count(NOTICE) == 1
    worker_heartbeat.beat()
    assert NOTICE not in said(client.get(path))


def test_a_worker_that_has_fallen_silent_does_not_run(world: World, browser: Browse) -> None:
    worker_heartbeat.beat()
    WorkerHeartbeat.objects.update(beat_at=timezone.now() - timedelta(seconds=61))
    assert NOTICE in said(browser("member").get("/projects/web-shop/"))


def test_who_is_not_logged_in_is_not_told(world: World, browser: Browse) -> None:
    client = browser("anonymous")
    for path in ("/login/", f"/invite/{world.invitation}/"):
        page = client.get(path)
        assert page.status_code == 200
        assert NOTICE not in said(page)
