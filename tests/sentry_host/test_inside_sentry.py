"""What needs real Sentry and no services, in a process of its own: Django is set up once."""

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
OF_ITS_OWN = ROOT / ".venv-sentry"
PLUGIN = ROOT / "sentry_twilio/sentry_host/plugin.py"


def python_with_sentry() -> str:
    """This interpreter, or that of the environment that `make test-sentry` made, or ""."""
    if importlib.util.find_spec("sentry"):
        return sys.executable
    finished = (OF_ITS_OWN / ".installed-plugin").exists()
    return str(OF_ITS_OWN / "bin/python") if finished else ""


@pytest.mark.skipif(
    not python_with_sentry(),
    reason="Sentry is not installed here; `make test-sentry` installs it and runs these tests.",
)
def test_the_light_set_passes_inside_real_sentry():
    ended = subprocess.run(
        [python_with_sentry(), "-m", "pytest"],
        cwd=ROOT / "tests/inside_sentry/light",
        # The code that lies here, not what was last installed there.
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_of_sentry_it_imports_only_what_every_version_has():
    imported = {
        f"{node.module}.{name.name}"
        for node in ast.walk(ast.parse(PLUGIN.read_text()))
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "sentry"
        for name in node.names
    }
    assert imported == {
        "sentry.exceptions.PluginError",
        "sentry.plugins.base.plugins",
        "sentry.plugins.bases.notify.NotificationPlugin",
    }
