"""What Sentry's own plugin stored becomes projects of this host."""

from __future__ import annotations

import base64
import json
import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.contrib.auth.models import User
from django.db import connection

from sentry_twilio.cli import cli
from sentry_twilio.core import plugins
from sentry_twilio.projects.models import Project
from sentry_twilio.sources.sentry_options import QUERY, CannotRead, from_json, read_value

SID, TOKEN = "AC" + "a" * 32, "b" * 32
STORED = {
    "twilio:account_sid": SID,
    "twilio:auth_token": TOKEN,
    "twilio:sms_from": "4158675309",
    "twilio:sms_to": "(415) 444-4444, 415-555-0123",
    "twilio:enabled": True,
    "mail:subject_prefix": "[Sentry]",
}
Rows = list[dict[str, Any]]


def rows(**changes: Any) -> Rows:
    stored = STORED | {f"twilio:{name}": value for name, value in changes.items()}
    common = {"project": "Front end", "slug": "front-end"}
    return [{**common, "key": key, "value": json.dumps(value)} for key, value in stored.items()]


def exported() -> Rows:
    """As `sentry export` writes it."""
    project = {"name": "Front end", "slug": "front-end", "organization": 1}
    return [
        {"model": "sentry.project", "pk": 3, "fields": project},
        *(
            {
                "model": "sentry.projectoption",
                "pk": number,
                "fields": {"project": 3, "key": key, "value": value},
            }
            for number, (key, value) in enumerate(STORED.items())
        ),
    ]


def of_two_organisations(**second: Any) -> Rows:
    """Two projects of one name and slug, the first one without recipients."""
    first = {key: value for key, value in STORED.items() if key != "twilio:sms_to"}
    other = STORED | {"twilio:account_sid": "AC" + "c" * 32} | second
    return [
        {"id": number, "project": "Front end", "slug": "front-end", "key": key, "value": value}
        for number, stored in ((3, first), (9, other))
        for key, value in stored.items()
    ]


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def run(owner: User, tmp_path: Path) -> Callable[..., Result]:
    def run(content: Any, *arguments: str) -> Result:
        path = tmp_path / "twilio.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return CliRunner().invoke(cli, ["import-sentry", str(path), "--owner", "ada", *arguments])

    return run


@pytest.mark.parametrize("content", [rows(), exported()], ids=["rows", "sentry export"])
def test_a_project_is_made_with_sender_and_recipients(
    content: Rows, run: Callable[..., Result], owner: User
) -> None:
    result = run(content)
    assert result.exit_code == 0, result.output
    assert TOKEN not in result.output
    project = Project.objects.get()
    assert (project.name, project.slug) == ("Front end", "front-end")
    assert plugins.get("twilio").get_options(project) == {
        "account_sid": SID,
        "auth_token": TOKEN,
        "sms_from": "+14158675309",
        "sms_to": "+14154444444,+14155550123",
    }
    assert project.memberships.get().user == owner


def test_a_second_run_changes_nothing(run: Callable[..., Result]) -> None:
    run(rows())
    result = run(rows(sms_to="+14155550199"))
    assert "left alone" in result.output
    assert Project.objects.count() == 1
    assert "0199" not in plugins.get("twilio").get_options(Project.objects.get())["sms_to"]


def test_a_dry_run_writes_nothing(run: Callable[..., Result]) -> None:
    result = run(of_two_organisations(), "--dry-run")
    assert "would be made" in result.output
    assert "so it got front-end-2" in result.output
    assert not Project.objects.exists()


def test_projects_of_two_organisations_with_one_slug_stay_apart(run: Callable[..., Result]) -> None:
    result = run(of_two_organisations())
    assert "Its slug front-end is taken here, so it got front-end-2." in result.output
    first, second = Project.objects.order_by("pk")
    assert (first.slug, second.slug) == ("front-end", "front-end-2")
    one, two = map(plugins.get("twilio").get_options, (first, second))
    assert (one["account_sid"], two["account_sid"]) == (SID, "AC" + "c" * 32)
    assert "sms_to" not in one
    assert two["sms_to"] == "+14154444444,+14155550123"
    assert run(of_two_organisations()).output.count("left alone") == 2


def test_an_export_tells_them_apart_by_its_keys(run: Callable[..., Result]) -> None:
    content = exported()
    content += [{**row, "pk": 9} for row in content[:1]]
    sid = {"project": 9, "key": "twilio:account_sid", "value": "AC" + "c" * 32}
    content += [{"model": "sentry.projectoption", "pk": 99, "fields": sid}]
    run(content)
    options = [plugins.get("twilio").get_options(p) for p in Project.objects.order_by("pk")]
    assert [found["account_sid"] for found in options] == [SID, "AC" + "c" * 32]
    assert "auth_token" not in options[1]


def test_rows_that_cannot_be_told_apart_are_refused(run: Callable[..., Result]) -> None:
    result = run([{**row, "id": None} for row in of_two_organisations()])
    assert result.exit_code == 1
    assert "two organisations have such a project" in result.output
    assert "docs/sentry-integration.md" in result.output
    assert not Project.objects.exists()


def test_what_the_plugin_would_not_take_is_said_and_left_out(run: Callable[..., Result]) -> None:
    result = run(rows(sms_to="911"))
    assert "sms_to: 911 is not a valid phone number." in result.output
    options = plugins.get("twilio").get_options(Project.objects.get())
    assert options["sms_from"] == "+14158675309"
    assert "sms_to" not in options


@pytest.mark.parametrize("content", [rows(enabled=False), rows()[:-2]], ids=["off", "never on"])
def test_a_plugin_that_was_off_stays_off(content: Rows, run: Callable[..., Result]) -> None:
    result = run(content)
    assert "It was off in Sentry" in result.output
    plugin = plugins.get("twilio")
    options = plugin.get_options(Project.objects.get())
    assert not plugin.is_enabled_with(options)
    assert plugin.is_configured_with(options)


def test_nothing_found_is_said(run: Callable[..., Result]) -> None:
    for nothing in ("\n", "", [], rows()[-1:]):
        result = run(nothing)
        assert result.exit_code == 0
        assert "no options of Sentry's Twilio plugin in it. Nothing was done." in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["/nowhere.json", "--owner", "ada"], "cannot be read"),
        (["postgres://u:hunter2@127.0.0.1:1/sentry", "--owner", "ada"], "could not be read"),
        ([__file__, "--owner", "ada"], "not valid JSON"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(arguments: list[str], said: str, owner: User) -> None:
    result = CliRunner().invoke(cli, ["import-sentry", *arguments])
    assert result.exit_code == 1
    assert said in result.output
    assert "hunter2" not in result.output
    assert "Traceback" not in result.output


def test_an_owner_who_is_not_there_is_named(run: Callable[..., Result]) -> None:
    User.objects.all().delete()
    result = run(rows())
    assert result.exit_code == 2
    assert "There is no user ada." in result.output


@pytest.mark.parametrize("text", ["{", "{}", "[1]", "[[]]"])
def test_what_is_no_list_of_rows_is_refused(text: str) -> None:
    with pytest.raises(CannotRead):
        from_json(text)


def test_values_are_read_however_sentry_wrote_them() -> None:
    pickled = base64.b64encode(pickle.dumps("+14155550123")).decode()
    assert read_value('"+14155550123"') == "+14155550123"
    assert read_value(pickled) == "+14155550123"
    assert read_value(["+14155550123", "+14155550124"]) == "+14155550123,+14155550124"
    assert read_value("4158675309") == "4158675309"
    assert read_value(None) == ""
    for truth, text in ((True, "1"), (False, "0")):
        assert read_value(truth) == read_value(json.dumps(truth)) == text
        assert read_value(base64.b64encode(pickle.dumps(truth, 2)).decode()) == text


def test_a_pickle_is_never_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "evil"),)

    read_value(base64.b64encode(pickle.dumps(Evil())).decode())
    assert not (tmp_path / "evil").exists()


@pytest.fixture
def sentry_tables(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE sentry_project (id int, name text, slug text)")
        cursor.execute("CREATE TABLE sentry_projectoptions (project_id int, key text, value text)")
        cursor.execute("INSERT INTO sentry_project VALUES (3, 'Front end', 'front-end')")
        for key, value in STORED.items():
            cursor.execute(
                "INSERT INTO sentry_projectoptions VALUES (3, %s, %s)", [key, json.dumps(value)]
            )


def test_the_query_finds_the_plugins_options_in_sentrys_tables(sentry_tables: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(QUERY)
        found = cursor.fetchall()
    assert {row[3] for row in found} == {key for key in STORED if key.startswith("twilio:")}
    assert {row[1:3] for row in found} == {("Front end", "front-end")}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="json_agg is PostgreSQL's.")
def test_the_query_for_psql_that_the_docs_show_makes_a_file_that_is_read(
    sentry_tables: None,
) -> None:
    page = (Path(__file__).parents[2] / "docs/sentry-integration.md").read_text()
    shown = re.search(r'psql -At sentry -c "(.*?)"', page, re.DOTALL)
    assert shown
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO sentry_project VALUES (9, 'Front end', 'front-end')")
        cursor.execute(
            "INSERT INTO sentry_projectoptions VALUES (9, 'twilio:account_sid', %s)", ['"ACx"']
        )
        cursor.execute(f"SELECT ({shown[1]})::text")
        first, second = from_json(cursor.fetchone()[0])
        cursor.execute("DELETE FROM sentry_projectoptions")
        cursor.execute(f"SELECT ({shown[1]})::text")
        assert cursor.fetchone() == (None,), "psql writes an empty line"
    assert first.options["sms_to"] == STORED["twilio:sms_to"]
    assert second.options == {"account_sid": "ACx"}
