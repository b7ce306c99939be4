from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sentry_twilio.emulator.testing import RunningEmulator

from .conftest import PHONE, SENDER, Api

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html"),
        ("/phone/phone.js", "text/javascript"),
        ("/phone/links.js", "text/javascript"),
        ("/phone/phone.css", "text/css"),
        ("/phone/icon.svg", "image/svg+xml"),
    ],
)
def test_it_serves_its_files_and_lets_nothing_else_in(
    api: Api, path: str, content_type: str
) -> None:
    answer = requests.get(api.base_url + path, timeout=5)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == f"{content_type}; charset=utf-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "http://" not in answer.text.replace("http://www.w3.org", "").replace("`http://", "")


def test_there_are_no_other_files(api: Api) -> None:
    for name in ("nothing.js", "..%2fphone.py", "%2e%2e/phone.py"):
        assert requests.get(f"{api.base_url}/phone/{name}", timeout=5).status_code == 404


def events(answer: requests.Response) -> Iterator[tuple[str, Any]]:
    kind = ""
    for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            yield kind, json.loads(value)


def test_changes_are_pushed_as_they_happen(emulator: RunningEmulator, api: Api) -> None:
    api.create(Body="before")
    emulator.wait_for()
    with requests.get(f"{api.base_url}/phone/events", stream=True, timeout=5) as stream:
        stream.encoding = "utf-8"
        pushed = events(stream)
        kind, snapshot = next(pushed)
        assert (kind, [message["body"] for message in snapshot]) == ("all", ["before"])
        api.create(Body="after ✓", To="+14155550199")
        seen = [next(pushed)[1] for _ in range(4)]
        assert [m["status"] for m in seen] == ["queued", "sending", "sent", "delivered"]
        assert {m["body"] for m in seen} == {"after ✓"}
        emulator.reset()
        assert next(pushed) == ("all", [])


def test_closing_ends_an_open_page_at_once() -> None:
    emulator = RunningEmulator()
    with requests.get(f"{emulator.base_url}/phone/events", stream=True, timeout=5) as stream:
        emulator.close()
        assert list(events(stream)) == [("all", [])]


def test_a_reply_needs_all_of_its_parts(api: Api) -> None:
    for reply in ({}, [], {"from": PHONE, "to": SENDER, "body": " "}, {"from": PHONE, "body": 1}):
        assert api.request("POST", "/phone/reply", json=reply).status_code == 400


@pytest.mark.browser
def test_a_text_arrives_on_the_phone_and_is_answered(emulator: RunningEmulator, api: Api) -> None:
    if not CHROMIUM.exists():
        pytest.skip(f"There is no Chromium at {CHROMIUM}.")
    from playwright.sync_api import expect, sync_playwright

    text = "<b>x</b> & see https://sentry.example.com/issues/1/?a=b&c=(d). By me@example.com"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        page = browser.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        page.goto(emulator.base_url)
        expect(page.locator("#connection")).to_have_text("Connected")
        api.create(Body=text)
        expect(page.locator(".bubble")).to_have_text(text)
        links = page.locator(".bubble a")
        expect(links).to_have_count(1)
        expect(links).to_have_attribute("href", "https://sentry.example.com/issues/1/?a=b&c=(d)")
        expect(page.locator(".meta")).to_contain_text("1 segment · delivered")
        emulator.fail("delivery", status="undelivered", code=30003)
        api.create(To="+14155550199")
        expect(page.locator("#elsewhere")).to_contain_text("undelivered, 30003")
        page.fill("#reply", "STOP")
        page.press("#reply", "Enter")
        expect(page.locator(".mine .bubble")).to_have_text("STOP")
        expect(page.locator(".bubble")).to_have_count(3)
        browser.close()
    assert errors == []
    assert api.create().json()["code"] == 21610
