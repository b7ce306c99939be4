"""The docs say what is true now.

`python -m tests.test_docs` writes the table of settings into docs/production.md.
"""

from __future__ import annotations

import ast
import os
import re
import runpy
import tomllib
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from sentry_twilio import __version__

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PRODUCTION = DOCS / "production.md"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("**/*.md")])
SETTINGS_TABLE = re.compile(
    r"(<!-- settings: begin .*?-->\n)(.*?)(<!-- settings: end -->)", re.DOTALL
)
HOME = "/home/you"


def settings_table() -> str:
    """SETTINGS as a Markdown table, with the defaults of a user without XDG variables."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")} | {"HOME": HOME}
    with mock.patch.dict(os.environ, environ, clear=True):
        module = runpy.run_path(str(ROOT / "sentry_twilio/server/environment.py"))
    lines = ["| setting | default | meaning |", "|---|---|---|"]
    lines += [f"| `{s.name}` | {_shown(s.default)} | {_meaning(s)} |" for s in module["SETTINGS"]]
    return "\n".join(lines) + "\n"


def _shown(default: Any) -> str:
    if default in ("", []):
        return ""
    text = str(default).replace(HOME, "~")
    return f"`{text.lower() if isinstance(default, bool) else text}`"


def _meaning(setting: Any) -> str:
    return f"{setting.meaning} 0: {setting.zero}." if setting.zero else str(setting.meaning)


def test_it_shows_every_setting_with_its_default() -> None:
    written = SETTINGS_TABLE.search(PRODUCTION.read_text())
    assert written, "docs/production.md has lost the marks around its table of settings"
    assert written[2] == settings_table(), (
        "The table in docs/production.md is old. Rewrite it with: "
        ".venv/bin/python -m tests.test_docs"
    )


# Links -----------------------------------------------------------------------------------


def links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for target in re.findall(r"!?\[[^\]]*\]\(([^)\s]+)\)", page.read_text()):
            if not re.match(r"[a-z]+:", target):
                yield page, target


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize(
    ("page", "target"), [pytest.param(p, t, id=f"{p.name}->{t}") for p, t in links()]
)
def test_it_links_only_to_what_is_there(page: Path, target: str) -> None:
    path, _, anchor = target.partition("#")
    there = (page.parent / path) if path else page
    assert there.exists()
    if anchor:
        assert anchor in anchors(there)


# Names -----------------------------------------------------------------------------------


def first_column(page: Path) -> set[str]:
    """What stands first in the rows of a page's tables, code marks removed."""
    rows = re.findall(r"^\| ([^|]+) \|", page.read_text(), re.MULTILINE)
    return {row.strip("` ") for row in rows}


def test_it_gives_a_reason_for_each_dependency_and_for_no_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    declared = {re.split(r"[\[<>=!~; ]", line)[0] for line in lines} - {project["name"]}
    assert first_column(DOCS / "dependencies.md") - {"package"} == declared


def test_it_describes_each_room() -> None:
    package = ROOT / "sentry_twilio"
    rooms = {path.parent.name for path in package.glob("*/__init__.py")} | {"cli.py"}
    architecture = DOCS / "architecture.md"
    table = architecture.read_text().split("## Words")[0]
    described = {row.strip("`") for row in re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)}
    assert described == rooms


def test_it_names_only_files_that_are_there() -> None:
    text = (DOCS / "architecture.md").read_text()
    section = text.split("## One alert, file by file")[1].split("\n## ")[0]
    room, named = ROOT, 0
    for line in section.splitlines():
        if entered := re.match(r"[^0-9 ].*?`([a-z_]+)/`", line):
            room = ROOT / "sentry_twilio" / entered[1]
        for path in re.findall(r"`([\w./]+\.py)`", line):
            assert (room / path).is_file(), f"{path} is not in {room.name}"
            named += 1
    assert named > 100


def test_it_describes_each_state_of_a_delivery() -> None:
    from sentry_twilio.delivery.states import State

    table = (DOCS / "architecture.md").read_text().split("## Words")[1]
    described = [row.strip("`") for row in re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)]
    assert sorted(described) == sorted(State.values)


def test_it_speaks_only_of_targets_that_make_knows() -> None:
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    said = {
        target
        for page in PAGES
        for target in re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.MULTILINE)
    }
    assert said <= known


def test_it_tells_contributors_of_each_target_that_runs_tests() -> None:
    known = set(re.findall(r"^(test[a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    said = (ROOT / "CONTRIBUTING.md").read_text()
    assert {target for target in known if f"make {target} " not in said} == set()


def test_it_has_a_page_for_each_source_and_leads_to_it() -> None:
    from sentry_twilio.sources.kinds import KINDS

    readme = (ROOT / "README.md").read_text()
    for kind in KINDS.values():
        name = "sentry-integration" if kind.slug.startswith("sentry") else kind.slug
        page = DOCS / f"{name}.md"
        assert page.exists(), f"CONTRIBUTING.md asks for a page about {kind.title}"
        assert kind.title in " ".join(page.read_text().replace("*", "").split())
        assert f"(docs/{page.name})" in readme


def test_it_describes_each_measurement() -> None:
    # Read, not imported: what is measured against is not installed with the tests.
    module = ast.parse((ROOT / "bench/__main__.py").read_text())
    (measurements,) = [
        node.value
        for node in module.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MEASUREMENTS"
    ]
    assert isinstance(measurements, ast.Dict)
    names = [ast.literal_eval(key) for key in measurements.keys if key]
    table = (DOCS / "benchmarks.md").read_text().split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == names


def test_it_speaks_only_of_subcommands_that_exist() -> None:
    import click

    from sentry_twilio.cli import cli

    context = click.Context(cli)
    said = {
        tuple(words.split())
        for page in PAGES
        for words in re.findall(
            r"(?:^|`|/bin/)sentry-twilio ((?:keys )?[a-z-]+)", page.read_text(), re.MULTILINE
        )
    }
    assert said, "the docs name no subcommand at all"
    for first, *rest in said:
        command = cli.get_command(context, first)
        assert command is not None, f"there is no `sentry-twilio {first}`"
        for name in rest:
            assert isinstance(command, click.Group)
            assert command.get_command(context, name), f"there is no `sentry-twilio {first} {name}`"


def test_what_people_read_points_at_no_file_that_pip_does_not_install() -> None:
    import click

    from sentry_twilio.cli import cli

    context = click.Context(cli)
    texts = {
        name: command.get_help(click.Context(command))
        for name in cli.list_commands(context)
        if (command := cli.get_command(context, name))
    }
    templates = (ROOT / "sentry_twilio").glob("*/templates/**/*.*")
    texts |= {template.name: template.read_text() for template in templates}
    assert len(texts) > 50
    assert [name for name, text in texts.items() if re.search(r"docs/[\w-]+\.md", text)] == []


def test_it_has_a_changelog_entry_for_this_version() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == __version__


def test_it_passes_settings_to_the_service_that_exist() -> None:
    from sentry_twilio.server.environment import SETTINGS

    known = {setting.name for setting in SETTINGS} | {"PYTHONUNBUFFERED"}
    for path in (DOCS / "sentry-twilio.service", ROOT / "Dockerfile"):
        names = re.findall(r"^(?:Environment=|ENV |    )([A-Z_]+)=", path.read_text(), re.MULTILINE)
        assert names
        assert set(names) <= known


# The wrapper for other web servers ---------------------------------------------------------


@pytest.fixture
def wrapped() -> Callable[..., bytes]:
    """The docs' wrapper around an application that answers with the body it was given."""
    code = re.search(r"```python\n(# chunked\.py.*?)```", PRODUCTION.read_text(), re.DOTALL)
    assert code
    names: dict[str, Any] = {}
    exec(code[1], names)

    def echo(environ: dict[str, Any], start_response: object) -> list[bytes]:
        return [environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))]

    def call(body: bytes, **environ: Any) -> bytes:
        with mock.patch.dict(names, {"django": echo, "LIMIT": 200_000}):
            values = {"wsgi.input": BytesIO(body), **environ}
            return b"".join(names["application"](values, lambda *a: None))

    return call


def test_the_wrapper_measures_a_chunked_body(wrapped: Callable[..., bytes]) -> None:
    body = bytes(range(256)) * 500
    assert wrapped(body, **{"wsgi.input_terminated": True}) == body


def test_the_wrapper_leaves_a_measured_body_alone(wrapped: Callable[..., bytes]) -> None:
    environ = {"wsgi.input_terminated": True, "CONTENT_LENGTH": "3"}
    assert wrapped(b"abcdef", **environ) == b"abc"


def test_the_wrapper_stops_reading_at_its_limit(wrapped: Callable[..., bytes]) -> None:
    body = wrapped(b"x" * 1_000_000, **{"wsgi.input_terminated": True})
    assert 200_000 <= len(body) < 300_000


if __name__ == "__main__":
    text = PRODUCTION.read_text()
    PRODUCTION.write_text(SETTINGS_TABLE.sub(lambda m: m[1] + settings_table() + m[3], text))
