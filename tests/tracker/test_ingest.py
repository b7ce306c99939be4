"""One transaction, whoever else writes."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from sentry_twilio.core import Alert
from sentry_twilio.projects.models import Project, ProjectKey
from sentry_twilio.tracker import doors
from sentry_twilio.tracker.event import read_event
from sentry_twilio.tracker.ingest import ingest
from sentry_twilio.tracker.models import Event, Firing, Issue, Rule
from sentry_twilio.tracker.rejected import Rejected
from tests.tracker.captures import KEY, error, send

PROCESSES, EVENTS = 4, 25


def first_rule(project: Project) -> Rule:
    return Rule.objects.create(project=project, name="First")


@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_sent_again_counts_once(
    client: Client, project: Project, alerts: list[Alert]
) -> None:
    rule = first_rule(project)
    rule.trigger, rule.interval = Rule.Trigger.EVERY, 0
    rule.save()
    event = error()
    answers = [send(client, project.pk, event).json() for _ in range(3)]
    assert answers == [{"id": event["event_id"]}] * 3
    assert Event.objects.get().issue.times_seen == 1
    assert len(alerts) == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_is_stored_where_the_outbox_fails(
    client: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("disk full")

    first_rule(project)
    with monkeypatch.context() as patch:
        patch.setattr("sentry_twilio.delivery.outbox.enqueue", broken)
        with pytest.raises(RuntimeError):
            send(client, project.pk, error())
    assert not Issue.objects.exists()
    assert not Event.objects.exists()
    assert not Firing.objects.exists()
    assert send(client, project.pk, error()).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_project_that_is_gone_is_not_found(project: Project) -> None:
    door = doors.find(str(project.pk), KEY)
    Project.objects.all().delete()
    with pytest.raises(Rejected) as caught:
        ingest(door, read_event(error(), datetime.now(UTC)))
    assert caught.value.status == 404
    assert not Issue.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rule_that_is_gone_harms_no_event(project: Project, alerts: list[Alert]) -> None:
    rule = Rule.objects.create(project=project, name="x", trigger=Rule.Trigger.FREQUENT)
    door = doors.find(str(project.pk), KEY)
    rule.delete()
    ingest(door, read_event(error(), datetime.now(UTC)))
    assert Event.objects.count() == 1
    assert not alerts


def test_an_event_takes_few_statements(
    client: Client,
    project: Project,
    alerts: list[Alert],
    django_assert_max_num_queries: Any,
) -> None:
    first_rule(project)
    send(client, project.pk, error())
    with django_assert_max_num_queries(4):
        send(client, project.pk, error())
    with django_assert_max_num_queries(5):
        send(client, project.pk, error("another"))
    assert len(alerts) == 2


HAMMER = """
import os, sys, time
import django
from django.conf import settings
django.setup()
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from django.utils import timezone
from sentry_twilio.tracker import doors
from sentry_twilio.tracker.event import read_event
from sentry_twilio.delivery import outbox
from sentry_twilio.tracker.ingest import ingest
outbox.enqueue = lambda project, alert: print("fired", flush=True)
door = doors.find(sys.argv[2], sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[4])):
    ingest(door, read_event({"message": "the same"}, timezone.now()))
"""


@pytest.mark.django_db(transaction=True)
def test_several_processes_fire_a_rule_once_and_lose_no_count(project: Project) -> None:
    rule = first_rule(project)
    root = Path(__file__).parents[2]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", HAMMER, connection.settings_dict["NAME"], str(project.pk), KEY,
             str(EVENTS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "sentry_twilio.server.settings"},
        )
        for _ in range(PROCESSES)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = "".join(process.communicate()[0] for process in processes)
    assert [process.returncode for process in processes] == [0] * PROCESSES
    assert told == "fired\n"
    issue = Issue.objects.get()
    assert issue.times_seen == PROCESSES * EVENTS
    assert Firing.objects.get().rule == rule
    assert ProjectKey.objects.count() == 1
