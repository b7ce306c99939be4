"""The whole way in a real browser: from an exception to the phone, and back to the issue."""

from __future__ import annotations

import json
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from .sources.conftest import captured
from .test_demo import free_port, start

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="There is no Chromium; install Debian's chromium to run the browser tests.",
    ),
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Demo:
    dashboard: str
    phone: str
    password: str


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo as a process of its own, as a newcomer runs it."""
    port, emulator_port = free_port(), free_port()
    ports = ("--port", str(port), "--emulator-port", str(emulator_port))
    process = start(tmp_path_factory.mktemp("demo"), *ports)
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            break
    found = re.search(r"password (\S+)", said)
    assert found, said + (process.stderr.read() if process.stderr else "")
    yield Demo(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{emulator_port}", found[1])
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=15_000)  # two slow cores are enough for these tests
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test on any error that the browser complains of."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(15_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert complaints == []


def log_in(page: Page, demo: Demo) -> None:
    page.goto(demo.dashboard)
    page.fill("[name=username]", "demo")
    page.fill("[name=password]", demo.password)
    page.press("[name=password]", "Enter")
    expect(page.get_by_role("link", name="Demo shop")).to_be_visible()


def test_the_text_on_the_phone_leads_to_the_stack_trace(page: Page, demo: Demo) -> None:
    page.goto(demo.phone)
    text = page.get_by_text("Sentry [Demo shop] ERROR: PaymentError: card declined").last
    expect(text).to_be_visible()
    link = page.get_by_role("link", name="/projects/demo-shop/issues/").last
    address = link.get_attribute("href")
    assert address
    log_in(page, demo)
    page.goto(address)
    expect(page.get_by_role("heading", name="PaymentError: card declined")).to_be_visible()
    expect(page.get_by_text('raise PaymentError(f"card declined').first).to_be_visible()
    expect(page.get_by_text("Delivered", exact=True).first).to_be_visible()


def test_a_test_message_reaches_the_phone_and_the_page_says_so(page: Page, demo: Demo) -> None:
    log_in(page, demo)
    page.goto(f"{demo.dashboard}/projects/demo-shop/plugins/twilio/")
    assert page.input_value("[name=auth_token]") == ""
    page.get_by_role("button", name="Send test message").click()
    expect(page.get_by_text("Delivered", exact=True).first).to_be_visible()
    page.goto(demo.phone)
    expect(page.get_by_text("This is a test message.").last).to_be_visible()


def test_a_bad_number_stands_beside_its_field_and_nothing_is_lost(page: Page, demo: Demo) -> None:
    log_in(page, demo)
    page.goto(f"{demo.dashboard}/projects/demo-shop/plugins/twilio/")
    page.fill("[name=sms_to]", "911, (415) 444-4444")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("911 is not a valid phone number.")).to_be_visible()
    assert page.input_value("[name=sms_to]") == "911, (415) 444-4444"
    page.fill("[name=sms_to]", "(415) 555-0123, (415) 444-4444")
    page.get_by_role("button", name="Save").click()
    page.goto(f"{demo.dashboard}/projects/demo-shop/plugins/twilio/")
    assert page.input_value("[name=sms_to]") == "+14154444444,+14155550123"


def test_an_issue_is_resolved_and_muted_by_its_buttons(page: Page, demo: Demo) -> None:
    log_in(page, demo)
    page.goto(f"{demo.dashboard}/projects/demo-shop/")
    page.get_by_role("link", name="PaymentError").first.click()
    page.get_by_role("button", name="Resolve", exact=True).click()
    expect(page.get_by_text("Resolved", exact=True).first).to_be_visible()
    page.get_by_role("button", name=re.compile("Unresolve|Reopen")).click()
    page.get_by_role("button", name="1 day").click()
    expect(page.get_by_text(re.compile("^Muted")).first).to_be_visible()


@contextmanager
def chat_room(said: list[str]) -> Iterator[str]:
    """The address of a webhook that puts the texts it gets into `said`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            said.append(json.loads(body)["text"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/room"
        server.shutdown()
        thread.join()


def test_a_fallback_is_set_up_and_its_trial_followed_to_the_end(page: Page, demo: Demo) -> None:
    log_in(page, demo)
    page.goto(f"{demo.dashboard}/projects/demo-shop/settings/")
    page.get_by_role("link", name="Delivery", exact=True).click()
    expect(page.get_by_text("if no text gets through, nobody is told")).to_be_visible()
    said: list[str] = []
    with chat_room(said) as address:
        page.fill("[name=webhook]", address)
        page.fill("[name=emails]", "oncall@example.com")
        # Saving it tries it out.
        page.get_by_role("button", name="Save").click()
        # The demo has no mail server, and says so beside the address.
        expect(page.get_by_text("Sent", exact=True)).to_be_visible()
        expect(page.get_by_text("Failed", exact=True)).to_be_visible()
        expect(page.get_by_text("EMAIL_URL")).to_be_visible()
        expect(page.locator("[data-poll]")).to_have_count(0)
    assert len(said) == 1
    assert "This is a trial of the fallback" in said[0]
    page.get_by_role("link", name="Back to the settings").click()
    expect(page.get_by_text("nobody is told")).to_have_count(0)
    expect(page.get_by_text("1 not reached")).to_be_visible()
    assert page.input_value("[name=webhook]") == ""


def test_an_odd_date_does_not_keep_the_others_from_being_local(page: Page, demo: Demo) -> None:
    log_in(page, demo)
    odd = '<time datetime="1-01-01T00:00:00Z">odd</time>'
    good = '<time datetime="2026-03-01T12:00:00Z">in UTC</time>'
    said = page.evaluate(
        """(html) => {
            const part = document.createElement("p");
            part.innerHTML = html;
            document.body.append(part);
            part.dispatchEvent(new Event("replaced", { bubbles: true }));
            return part.textContent;
        }""",
        odd + good,
    )
    assert said.startswith("odd")
    assert "2026" in said
    assert "in UTC" not in said


def call(url: str, body: dict[str, Any]) -> None:
    """Post to a source as a tracker does."""
    raw = json.dumps(body).encode()
    with urlopen(Request(url, raw, {"Content-Type": "application/json"}), timeout=15) as answer:
        assert answer.status == 202


def test_a_source_is_made_and_its_page_says_that_the_first_call_came(
    page: Page, demo: Demo
) -> None:
    log_in(page, demo)
    page.goto(f"{demo.dashboard}/projects/demo-shop/settings/")
    page.get_by_role("link", name="Sources", exact=True).click()
    page.get_by_role("link", name="Bugsink").click()
    page.fill("[name=name]", "Bugs at work")
    page.fill("[name=base_url]", "https://bugsink.example.com")
    page.get_by_role("button", name="Make the source").click()
    expect(page.get_by_role("heading", name="Bugs at work")).to_be_visible()
    expect(page.get_by_text("add a messaging service of the kind Custom")).to_be_visible()
    expect(page.get_by_text("Waiting for the first call")).to_be_visible()
    url = page.locator(".copy code").inner_text()
    assert url.startswith(f"{demo.dashboard}/hooks/bugsink/")
    call(url, captured("bugsink_2.6.2_new"))
    # The page notices it by itself, and asks no more.
    expect(page.get_by_text("It came.")).to_be_visible()
    expect(page.locator("[data-poll]")).to_have_count(0)
    expect(page.get_by_text("Waiting for the first call")).to_have_count(0)
    expect(page.locator("[data-poll]")).to_have_count(0)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.reload()
        expect(page.get_by_text("It came.")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(demo.phone)
    expect(page.get_by_role("link", name="https://bugsink.example.com/").last).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    "path",
    [
        "settings/delivery/",
        "plugins/twilio/",
        "deliveries/",
        "settings/sources/",
        "settings/sources/new/sentry/",
    ],
)
def test_no_page_is_wider_than_its_screen(path: str, width: int, page: Page, demo: Demo) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    log_in(page, demo)
    page.goto(f"{demo.dashboard}/projects/demo-shop/{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
