"""What an installation gets, and what it is spared."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import sentry_twilio
from sentry_twilio import core, host_python

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "sentry_twilio"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DISTRIBUTION = "sentry-twilio-sms"

# Modules of what only the extras bring.
ONLY_FOR_EXTRAS = (
    "aiohttp",
    "brotli",
    "click",
    "cryptography",
    "csp",
    "environ",
    "prometheus_client",
    "sentry_sdk",
    "waitress",
    "whitenoise",
)


def python_without_extras(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process in which the extras' modules cannot be imported."""
    hide = f"import sys\nfor name in {ONLY_FOR_EXTRAS!r}: sys.modules[name] = None\n"
    return subprocess.run(
        [sys.executable, "-c", hide + textwrap.dedent(code)],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_it_hides_each_package_of_the_extras_from_the_bare_process() -> None:
    modules = metadata.packages_distributions()
    hidden = {modules[name][0].lower().replace("_", "-") for name in ONLY_FOR_EXTRAS}
    extras = PYPROJECT["project"]["optional-dependencies"]
    needed = {re.split(r"[<>=]", line)[0] for line in extras["host"] + extras["emulator"]}
    assert hidden == needed - {"Django"}


@pytest.mark.parametrize("name", ["TwilioPlugin", "TwilioConfigurationForm", "TwilioApiClient"])
def test_it_imports_the_plugin_without_the_extras(name: str) -> None:
    ended = python_without_extras(f"""
        import sentry_twilio
        print(getattr(sentry_twilio, {name!r}).__name__)
    """)
    assert (ended.stdout.strip(), ended.returncode) == (name, 0), ended.stderr


def test_it_loads_neither_django_nor_requests_for_its_version() -> None:
    ended = python_without_extras("""
        import sys, sentry_twilio
        print(sentry_twilio.__version__, "django" in sys.modules, "requests" in sys.modules)
    """)
    assert ended.stdout.split() == [sentry_twilio.__version__, "False", "False"], ended.stderr


def test_it_says_what_to_install_where_the_command_lacks_the_host() -> None:
    ended = python_without_extras("from sentry_twilio.__main__ import main; main()")
    assert ended.returncode != 0
    assert "pip install 'sentry-twilio-sms[host]'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_it_says_which_python_the_host_needs_where_this_one_is_too_old() -> None:
    ended = python_without_extras("""
        from sentry_twilio import host_python
        from sentry_twilio.__main__ import main
        host_python.OLDEST = (3, 99)
        main()
    """)
    assert ended.returncode != 0
    assert ended.stderr.startswith("The host needs Python 3.99 or newer, and this is 3.")
    assert ended.stderr.splitlines()[1:] == ["These four need click: pip install click"]


def test_it_says_everywhere_the_same_of_pythons_versions() -> None:
    project, tool = PYPROJECT["project"], PYPROJECT["tool"]
    host = ".".join(map(str, host_python.OLDEST))
    bare = project["requires-python"].removeprefix(">=")
    named = [line.split(" :: ")[-1] for line in project["classifiers"] if " :: Python :: " in line]
    assert named[:3] == ["3", bare, host]
    assert tool["mypy"]["python_version"] == host
    assert tool["ruff"]["target-version"] == f"py{host.replace('.', '')}"
    older = tool["ruff"]["per-file-target-version"]
    assert set(older.values()) == {f"py{bare.replace('.', '')}"}
    assert f"--python-version {bare} " in (ROOT / "Makefile").read_text()
    # A `*` there would mean the files of every room.
    outside_rooms = ",".join(sorted(path.stem for path in PACKAGE.glob("*.py")))
    assert f"sentry_twilio/{{{outside_rooms}}}.py" in older


def test_it_names_in_all_what_it_exports() -> None:
    for module in (sentry_twilio, core):
        for name in module.__all__:
            assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match="TwilioPigeon"):
        sentry_twilio.TwilioPigeon  # noqa: B018


def test_it_is_installed_under_its_own_name_with_its_version() -> None:
    assert metadata.version(DISTRIBUTION) == sentry_twilio.__version__


def test_it_brings_the_command_and_the_plugin_as_entry_points() -> None:
    found = {
        (point.group, point.name): point.load()
        for point in metadata.distribution(DISTRIBUTION).entry_points
        if point.group != "sentry.plugins"  # which needs Sentry
    }
    assert callable(found["console_scripts", "sentry-twilio"])
    assert found["sentry_twilio.plugins", "twilio"] is sentry_twilio.TwilioPlugin
    assert isinstance(core.plugins.get("twilio"), sentry_twilio.TwilioPlugin)


def test_it_asks_for_little_without_extras() -> None:
    bare = {re.split(r"[<>=]", line)[0] for line in PYPROJECT["project"]["dependencies"]}
    assert bare == {"Django", "grapheme", "phonenumberslite", "requests"}


def test_it_packs_every_file_that_is_no_code() -> None:
    patterns = PYPROJECT["tool"]["setuptools"]["package-data"]["sentry_twilio"]
    packed = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    lying_there = {
        path
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
    }
    assert lying_there - packed == set()


def test_it_packs_every_folder_with_code() -> None:
    without = {
        str(path.parent.relative_to(ROOT))
        for path in PACKAGE.rglob("*.py")
        if not (path.parent / "__init__.py").exists()
    }
    assert without == set(), "a folder without __init__.py is left out of the wheel"


def test_it_brings_real_sentry_its_plugin_under_the_builtins_name() -> None:
    points = metadata.distribution(DISTRIBUTION).entry_points.select(group="sentry.plugins")
    assert [(p.name, p.module, p.attr) for p in points] == [
        ("twilio", "sentry_twilio.sentry_host.plugin", "TwilioPlugin")
    ]
