"""The lines for a shell work as they are pasted: from a source's page, and from the docs."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from sentry_twilio.sources import creation, vault
from sentry_twilio.sources.models import Call, Source
from tests.sources.conftest import Make

DOCS = Path(__file__).parents[2] / "docs/generic.md"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not (shutil.which("curl") and shutil.which("openssl")),
        reason="The lines use curl and openssl, which are not installed here.",
    ),
]


@pytest.fixture
def host(live_server: LiveServer, settings: Any) -> LiveServer:
    settings.PUBLIC_URL = live_server.url
    return live_server


def pasted(lines: str) -> None:
    subprocess.run(["sh", "-eu"], input=lines, check=True, text=True, timeout=60)


def assert_it_came(source: Source) -> None:
    assert [call.source_id for call in Call.objects.all()] == [source.pk]
    assert b"Backup failed on db-1" in bytes(Call.objects.get().body)


@pytest.mark.parametrize("is_signed", [True, False])
def test_the_lines_on_a_sources_page(
    is_signed: bool, host: LiveServer, make: Make, client: Client
) -> None:
    source = make("generic", is_signed=is_signed)
    client.force_login(User.objects.create_superuser("ada"))
    page = client.get(f"/projects/shop/settings/sources/{source.pk}/").content.decode()
    (lines,) = re.findall(r"From a shell</summary><pre>(.*?)</pre>", page, re.DOTALL)
    pasted(html.unescape(lines))
    assert_it_came(source)


def test_the_lines_of_the_docs(host: LiveServer, make: Make) -> None:
    source = make("generic")
    (lines,) = re.findall(r"```sh\n(.*?)```", DOCS.read_text(), re.DOTALL)
    lines, urls = re.subn("^URL='.*'$", f"URL='{creation.url(source)}'", lines, flags=re.MULTILINE)
    secret = vault.read(source)["secret"]
    lines, secrets = re.subn("^SECRET='.*'$", f"SECRET='{secret}'", lines, flags=re.MULTILINE)
    assert (urls, secrets) == (1, 1)
    pasted(lines)
    assert_it_came(source)
