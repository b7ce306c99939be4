"""Fallback messages on their way: to a real mail server and a real web server on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as django_mail
from django.utils import timezone

from sentry_twilio.delivery import deadline, fallback_sending, notices, policy, watch, webhook
from sentry_twilio.delivery import fallback as fallback_messages
from sentry_twilio.delivery.models import Delivery, FallbackMessage, FallbackTarget, Notification
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.models import Project
from sentry_twilio.server.mail import settings_for

from .listeners import MailServer, WebServer, running

EMAIL, WEBHOOK = FallbackTarget.Channel.EMAIL, FallbackTarget.Channel.WEBHOOK
PENDING, SENT, FAILED = FallbackTarget.State


@pytest.fixture
def mails(settings: Any) -> Iterator[MailServer]:
    with running(MailServer()) as server:
        settings.HAS_MAIL_SERVER = True
        settings.DEFAULT_FROM_EMAIL = "alerts@example.com"
        url = f"smtp://127.0.0.1:{server.port}"
        for name, value in settings_for(url, (5, 2)).items():
            setattr(settings, name, value)
        yield server


@pytest.fixture
def web() -> Iterator[WebServer]:
    with running(WebServer()) as server:
        yield server


def due_again() -> None:
    FallbackTarget.objects.exclude(due_at=None).update(due_at=timezone.now())


def send() -> None:
    fallback_sending.send_mails()
    fallback_sending.call_webhooks()


def test_a_trial_reaches_everybody_in_the_fallback(
    project: Project, mails: MailServer, web: WebServer
) -> None:
    policy.save(project, {"emails": "ann@example.com,bob@example.com", "webhook": web.url})
    message = fallback_messages.try_out(project)
    send()
    assert message is not None
    assert [target.state for target in message.targets.all()] == [SENT] * 3
    assert sorted(str(mail["To"]) for mail in mails.messages) == [
        "ann@example.com",
        "bob@example.com",
    ]
    assert len(web.requests) == 1


def test_without_a_fallback_there_is_nothing_to_try_or_to_tell(project: Project) -> None:
    assert fallback_messages.try_out(project) is None
    notices.tell(project, "Something", "is wrong")
    assert not FallbackMessage.objects.exists()


def test_a_notice_is_an_e_mail_that_says_why_one_gets_it(
    project: Project, mails: MailServer
) -> None:
    policy.save(project, {"emails": "ann@example.com"})
    notices.tell(project, "Nothing\nis sent", "The Auth Token is wrong.")
    send()
    (mail,) = mails.messages
    assert mail["Subject"] == "[Shop] Nothing is sent"
    assert mail["From"] == "alerts@example.com"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert text.startswith("The Auth Token is wrong.")
    assert "your address is in the fallback of the project Shop" in text
    assert mails.envelopes == [["mail from:<alerts@example.com>", "rcpt to:<ann@example.com>"]]


def test_a_notice_about_a_plugin_leads_to_its_settings(project: Project) -> None:
    policy.save(project, {"emails": "ann@example.com"})
    notices.tell(project, "Nothing is sent", "The Auth Token is wrong.", "fake")
    page = "https://alerts.example.com/projects/shop/plugins/fake/"
    message = FallbackMessage.objects.get()
    assert webhook.payload(message)["url"] == page
    assert message.body == f"The Auth Token is wrong.\n\n{page}"


def test_the_webhook_gets_the_documented_fields(
    project: Project, delivery: Delivery, web: WebServer
) -> None:
    policy.save(project, {"webhook": f"{web.url}/hook?key=1"})
    Delivery.objects.update(state=State.REFUSED, reason="No such number.")
    Notification.objects.update(watch_at=timezone.now())
    watch.sweep()
    send()
    ((method, path, headers, body),) = web.requests
    message, notification = FallbackMessage.objects.get(), Notification.objects.get()
    assert (method, path) == ("POST", "/hook?key=1")
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("sentry_twilio/")
    assert json.loads(body) == {
        "version": 1,
        "id": message.pk,
        "kind": "alerts",
        "project": {"id": project.pk, "slug": "shop", "name": "Shop"},
        "subject": "[Shop] Nobody was reached: It broke",
        "text": f"{message.subject}\n\n{message.body}",
        "url": "https://alerts.example.com/projects/shop/deliveries/",
        "created_at": message.created_at.isoformat(),
        "alerts_total": 1,
        "alerts": [
            {
                "id": notification.pk,
                "group": "issue:1",
                "title": "It broke",
                "level": "error",
                "reason": "new",
                "url": "",
                "created_at": notification.created_at.isoformat(),
            }
        ],
    }


def test_the_documented_request_has_the_fields_of_a_real_one(
    project: Project, delivery: Delivery
) -> None:
    policy.save(project, {"emails": "ann@example.com"})
    Delivery.objects.update(state=State.REFUSED)
    Notification.objects.update(watch_at=timezone.now())
    watch.sweep()
    page = (Path(__file__).parents[2] / "docs/fallback.md").read_text()
    written = json.loads(page.partition("```json\n")[2].partition("```")[0])
    sent = webhook.payload(FallbackMessage.objects.get())
    assert list(written) == list(sent)
    assert list(written["alerts"][0]) == list(sent["alerts"][0])
    assert list(written["project"]) == list(sent["project"])


def test_what_fails_is_tried_again_until_it_arrives(
    project: Project, mails: MailServer, web: WebServer
) -> None:
    policy.save(project, {"emails": "ann@example.com", "webhook": web.url})
    notices.tell(project, "Something", "is wrong")
    mails.answers["RCPT"] = "451 later"
    web.status = 503
    send()
    rows = {row.channel: row for row in FallbackTarget.objects.all()}
    assert {row.state for row in rows.values()} == {PENDING}
    assert rows[EMAIL].reason == "The mail server does not accept this address. (SMTP 451)"
    assert rows[WEBHOOK].reason == "The webhook answered with HTTP 503."
    send()  # not before its time
    assert len(web.requests) == 1
    mails.answers.clear()
    web.status = 204
    due_again()
    send()
    assert [(row.state, row.tries) for row in FallbackTarget.objects.all()] == [(SENT, 2)] * 2
    assert len(mails.messages) == 1


def test_it_is_tried_for_a_day_and_then_given_up(
    project: Project, web: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    waits = [fallback_sending.retry_after(n) for n in range(1, fallback_sending.TRIES)]
    assert timedelta(hours=23) < sum(waits, timedelta()) < timedelta(hours=25)
    policy.save(project, {"webhook": web.url})
    notices.tell(project, "Something", "is wrong")
    web.status = 500
    for _ in range(fallback_sending.TRIES + 3):
        send()
        due_again()
    row = FallbackTarget.objects.get()
    assert (row.state, row.tries, row.due_at) == (FAILED, fallback_sending.TRIES, None)
    assert len(web.requests) == fallback_sending.TRIES
    assert [record.levelname for record in caplog.records if "fallback" in record.message] == [
        "WARNING",
        "ERROR",
    ]


def test_a_trial_fails_at_once_because_somebody_waits_for_it(
    project: Project, web: WebServer
) -> None:
    web.status = 404
    policy.save(project, {"webhook": web.url})
    fallback_messages.try_out(project)
    send()
    row = FallbackTarget.objects.get()
    assert (row.state, row.reason) == (FAILED, "The webhook answered with HTTP 404.")


def test_a_redirect_is_not_followed(project: Project, web: WebServer) -> None:
    web.status, web.headers = 307, {"Location": f"{web.url}/elsewhere"}
    policy.save(project, {"webhook": web.url})
    fallback_messages.try_out(project)
    send()
    assert len(web.requests) == 1
    assert "redirect" in FallbackTarget.objects.get().reason


def test_a_crash_repeats_one_try_and_the_mail_says_that_it_is_the_same(
    project: Project, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy.save(project, {"emails": "ann@example.com"})
    notices.tell(project, "Something", "is wrong")
    with monkeypatch.context() as crash:
        crash.setattr(fallback_sending, "_write", lambda *_: None)
        send()
    send()  # somebody is at work on it, as far as anybody can tell
    assert len(mails.messages) == 1
    FallbackTarget.objects.update(due_at=timezone.now())
    send()
    first, second = mails.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert FallbackTarget.objects.get().state == SENT


def test_who_comes_too_late_does_not_overwrite_a_later_try(
    project: Project, web: WebServer
) -> None:
    policy.save(project, {"webhook": web.url})
    notices.tell(project, "Something", "is wrong")
    (slow,) = fallback_sending._claim(WEBHOOK)
    due_again()
    send()
    fallback_sending._write(slow, "It took too long.", timezone.now())
    assert FallbackTarget.objects.get().state == SENT


def test_whoever_left_the_fallback_gets_nothing_and_whoever_came_gets_it(
    project: Project, mails: MailServer
) -> None:
    policy.save(project, {"emails": "old@example.com,stays@example.com"})
    notices.tell(project, "Something", "is wrong")
    policy.save(project, {"emails": "new@example.com,stays@example.com"})
    send()
    send()
    assert sorted(str(mail["To"]) for mail in mails.messages) == [
        "new@example.com",
        "stays@example.com",
    ]
    states = dict(FallbackTarget.objects.values_list("address", "state"))
    assert states == {
        "old@example.com": FAILED,
        "stays@example.com": SENT,
        "new@example.com": SENT,
    }


def test_a_server_that_never_answers_does_not_hold_up_the_others(
    project: Project, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fallback_sending, "LONGEST", 0.2)
    policy.save(project, {"webhook": web.url})
    other = Project.objects.create(name="Bank", slug="bank")
    with running(WebServer()) as quick:
        policy.save(other, {"webhook": quick.url})
        web.holds = True
        notices.tell(project, "Something", "is wrong")
        notices.tell(other, "Something", "is wrong")
        send()
        rows = {row.message.project.slug: row for row in FallbackTarget.objects.all()}
    assert rows["bank"].state == SENT
    assert (rows["shop"].state, rows["shop"].reason) == (PENDING, fallback_sending.TOO_LONG)


def test_work_that_takes_too_long_is_left_behind() -> None:
    release = threading.Event()

    def slow() -> str:
        release.wait(60)
        return "slow"

    assert deadline.run_all([slow, lambda: "quick"], 0.1, "late") == ["late", "quick"]
    release.set()
    assert deadline.run_all([slow, lambda: "quick"], 60, "late") == ["slow", "quick"]


MAIL_TROUBLE = [
    ("EHLO", "hang up", "The mail server closed the connection."),
    ("MAIL", "550 no", "The mail server does not accept the sender in EMAIL_FROM. (SMTP 550)"),
    ("RCPT", "550 no", "The mail server does not accept this address. (SMTP 550)"),
    ("DATA", "554 spam", "The mail server did not take the message. (SMTP 554)"),
]


@pytest.mark.parametrize(("command", "answer", "reason"), MAIL_TROUBLE)
def test_a_mail_server_s_refusal_is_put_into_words(
    project: Project, mails: MailServer, command: str, answer: str, reason: str
) -> None:
    mails.answers[command] = answer
    if command == "EHLO":
        mails.answers["HELO"] = answer
    policy.save(project, {"emails": "ann@example.com"})
    fallback_messages.try_out(project)
    send()
    assert FallbackTarget.objects.get().reason == reason


@pytest.mark.parametrize(
    ("scheme", "reason"),
    [
        ("smtp+tls", "The mail server does not offer what EMAIL_URL asks for"),
        ("smtp+ssl", "No secure connection to the mail server"),
    ],
)
def test_without_the_encryption_that_was_asked_for_nothing_is_sent(
    project: Project, mails: MailServer, settings: Any, scheme: str, reason: str
) -> None:
    url = f"{scheme}://user:sesame@127.0.0.1:{mails.port}"
    for name, value in settings_for(url, (5, 2)).items():
        setattr(settings, name, value)
    policy.save(project, {"emails": "ann@example.com"})
    fallback_messages.try_out(project)
    send()
    row = FallbackTarget.objects.get()
    assert row.state == FAILED
    assert row.reason.startswith(reason)
    assert not mails.messages


def test_a_log_in_that_is_refused_names_no_password(
    project: Project, mails: MailServer, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    mails.answers |= {"EHLO": "250-hello\r\n250 AUTH PLAIN", "AUTH": "535 user:sesame is wrong"}
    url = f"smtp://user:sesame@127.0.0.1:{mails.port}"
    for name, value in settings_for(url, (5, 2)).items():
        setattr(settings, name, value)
    policy.save(project, {"emails": "ann@example.com"})
    fallback_messages.try_out(project)
    send()
    reason = FallbackTarget.objects.get().reason
    assert reason == (
        "The mail server does not accept the user name and password in EMAIL_URL. (SMTP 535)"
    )
    assert "sesame" not in caplog.text


def test_without_a_mail_server_the_reason_says_what_to_set(project: Project) -> None:
    policy.save(project, {"emails": "ann@example.com"})
    fallback_messages.try_out(project)
    send()
    assert "EMAIL_URL" in FallbackTarget.objects.get().reason
    assert not django_mail.outbox


def test_a_webhook_that_cannot_be_reached_shows_nowhere(
    project: Project, web: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    policy.save(project, {"webhook": "http://127.0.0.1:1/services/sesame"})
    notices.tell(project, "Something", "is wrong")
    (errand,) = fallback_sending._claim(WEBHOOK)
    assert "sesame" not in repr(errand)
    due_again()
    send()
    assert FallbackTarget.objects.get().reason == "The webhook could not be reached."
    assert "sesame" not in caplog.text


def test_credentials_in_the_webhook_s_url_are_sent_as_a_header(
    project: Project, web: WebServer
) -> None:
    policy.save(project, {"webhook": web.url.replace("://", "://ann:open%20sesame@")})
    fallback_messages.try_out(project)
    send()
    assert web.requests[0][2]["authorization"] == "Basic YW5uOm9wZW4gc2VzYW1l"


def test_due_dates_of_a_clock_that_was_set_back_are_not_waited_for(
    project: Project, web: WebServer
) -> None:
    policy.save(project, {"webhook": web.url})
    notices.tell(project, "Something", "is wrong")
    FallbackTarget.objects.update(due_at=timezone.now() + timedelta(days=2))
    send()
    assert FallbackTarget.objects.get().state == SENT


@pytest.fixture
def claim_together(project: Project) -> Callable[[], list[int]]:
    """Two processes at once, as far as threads with connections of their own can stand for them."""
    from django.db import connection

    def claim_together() -> list[int]:
        claimed: list[int] = []
        start = threading.Barrier(2)

        def claim() -> None:
            start.wait(60)
            claimed.extend(errand.target for errand in fallback_sending._claim(WEBHOOK))
            connection.close()

        threads = [threading.Thread(target=claim) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return claimed

    return claim_together


@pytest.mark.django_db(transaction=True)
def test_two_processes_do_not_take_the_same(
    project: Project, claim_together: Callable[[], list[int]]
) -> None:
    policy.save(project, {"webhook": "http://127.0.0.1:1/"})
    for _ in range(5):
        notices.tell(project, "Something", "is wrong")
    claimed = claim_together()
    assert sorted(claimed) == sorted(FallbackTarget.objects.values_list("pk", flat=True))
