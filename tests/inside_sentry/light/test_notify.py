import base64
import logging
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest
import requests
import responses
from sentry.exceptions import PluginError
from sentry.plugins.base import Notification
from sentry.plugins.bases.notify import NotificationPlugin

ACCOUNT, TOKEN = "AC" + "a" * 32, "b" * 32
URL = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
THREE = "+14154444441,+14154444442,+14154444443"


@pytest.fixture
def twilio():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def accept(twilio):
    twilio.add(responses.POST, URL, json={"sid": "SM1", "status": "queued"}, status=201)


def refuse(twilio, code, status=400, **more):
    body = {"code": code, "message": "No.", "status": status}
    twilio.add(responses.POST, URL, json=body, status=status, **more)


def forms(twilio):
    return [
        {name: values[0] for name, values in parse_qs(call.request.body).items()}
        for call in twilio.calls
    ]


def failure(plugin, event):
    with pytest.raises(PluginError) as caught:
        plugin.notify_users(event.group, event, triggering_rules=[])
    return str(caught.value)


def test_it_posts_what_the_builtin_posted(plugin, options, event, twilio):
    accept(twilio)
    plugin.notify_users(group=event.group, event=event, triggering_rules=["my rule"])
    [form] = forms(twilio)
    assert form["To"] == "+14154444444"
    assert form["From"] == "+14158675309"
    assert form["Body"] == "Sentry [Bar] WARNING: Hello world"
    authorization = twilio.calls[0].request.headers["Authorization"].split()[1]
    assert base64.b64decode(authorization).decode() == f"{ACCOUNT}:{TOKEN}"


def test_it_takes_keywords_that_it_does_not_know(plugin, options, event, twilio):
    accept(twilio)
    plugin.notify_users(
        group=event.group, event=event, triggering_rules=[], fail_silently=False, later="more"
    )
    plugin.notify_users(event.group, event)
    assert len(twilio.calls) == 2


def test_culprit_environment_and_link_come_by_the_projects_own_text(plugin, options, event, twilio):
    options["sms_template"] = "{level} {title} {culprit} {environment} {rule} {link}"
    options["sms_link"] = True
    accept(twilio)
    plugin.notify_users(event.group, event, triggering_rules=["my rule"])
    [form] = forms(twilio)
    assert form["Body"] == (
        "WARNING Hello world shop.views production my rule "
        "https://sentry.example.com/organizations/acme/issues/42/"
    )


def test_it_does_without_what_later_versions_lack(plugin, options, event, twilio, monkeypatch):
    monkeypatch.delattr(NotificationPlugin, "add_notification_referrer_param")
    options["sms_link"] = True
    accept(twilio)
    plugin.notify_users(event.group, event)
    [form] = forms(twilio)
    assert form["Body"].endswith(" https://sentry.example.com/organizations/acme/issues/42/")


def test_three_rules_are_one_text(plugin, options, event, twilio):
    accept(twilio)
    futures = [
        SimpleNamespace(rule=SimpleNamespace(id=n, label=f"rule {n}"), kwargs={}) for n in (1, 2, 3)
    ]
    plugin.rule_notify(event, futures)
    assert len(twilio.calls) == 1


def fire(plugin, event, number):
    """As the workflow engine does, from 25.9 on: in a task of its own for each alert."""
    rule = SimpleNamespace(id=number, label=f"rule {number}")
    plugin.rule_notify(event, [SimpleNamespace(rule=rule, kwargs={})])


def test_three_alerts_on_one_event_are_one_text(plugin, options, event, twilio, shared_cache):
    accept(twilio)
    for number in (1, 2, 3):
        fire(plugin, event, number)
    assert len(twilio.calls) == 1


def test_an_alert_that_sentry_runs_again_texts_only_whom_twilio_refused(
    plugin, options, event, twilio, shared_cache
):
    options["sms_to"] = THREE
    refused = iter(range(1))

    def answer(request):
        to = parse_qs(request.body)["To"][0]
        if to.endswith("2") and next(refused, None) is not None:
            return 400, {}, '{"code": 21612, "message": "No.", "status": 400}'
        if to.endswith("3"):
            return 500, {}, "{}"
        return 201, {}, '{"sid": "SM1", "status": "queued"}'

    twilio.add_callback(responses.POST, URL, answer)
    fire(plugin, event, 1)
    fire(plugin, event, 1)
    assert sorted(form["To"][-1] for form in forms(twilio)) == ["1", "2", "2", "3"]


def test_without_a_cache_every_call_sends(plugin, options, event, twilio):
    # Sentry's default, where sentry.conf.py sets none.
    accept(twilio)
    fire(plugin, event, 1)
    fire(plugin, event, 2)
    assert len(twilio.calls) == 2


def test_nothing_is_sent_where_it_is_not_configured(plugin, options, event, twilio):
    options["auth_token"] = ""
    plugin.notify_users(event.group, event)
    assert len(twilio.calls) == 0


# The builtin's failures ------------------------------------------------------------------


def test_a_number_with_blanks_is_one_recipient(plugin, options, event, twilio):
    options["sms_to"] = "(415) 444-4444"
    accept(twilio)
    plugin.notify_users(event.group, event)
    assert [form["To"] for form in forms(twilio)] == ["+14154444444"]


def test_two_spellings_of_a_number_are_one_text(plugin, options, event, twilio):
    options["sms_to"] = "4154444444, +1 415-444-4444"
    accept(twilio)
    plugin.notify_users(event.group, event)
    assert len(twilio.calls) == 1


def test_every_failed_recipient_is_named_with_twilios_code(plugin, options, event, twilio):
    options["sms_to"] = THREE

    def answer(request):
        to = parse_qs(request.body)["To"][0]
        code = {"+14154444441": 21610, "+14154444443": 21614}.get(to)
        if code is None:
            return 201, {}, '{"sid": "SM1", "status": "queued"}'
        return 400, {}, f'{{"code": {code}, "message": "No.", "status": 400}}'

    twilio.add_callback(responses.POST, URL, answer)
    text = failure(plugin, event)
    assert text.startswith("Error communicating with Twilio: 2 of 3 recipients were not reached.")
    for line, number, code in zip(
        text.splitlines()[1:], ("+14154444441", "+14154444443"), (21610, 21614), strict=True
    ):
        assert line.startswith(f"{number}: ")
        assert f"Twilio error {code}" in line


def test_a_401_keeps_twilios_code(plugin, options, event, twilio):
    refuse(twilio, 20003, 401)
    assert "Twilio error 20003" in failure(plugin, event)


def test_a_long_text_is_cut_at_a_character(plugin, options, event, twilio):
    event.data["metadata"] = {"title": "é" * 400}
    accept(twilio)
    plugin.notify_users(event.group, event)
    [form] = forms(twilio)
    assert form["Body"].startswith("Sentry [Bar] WARNING: éé")
    assert "�" not in form["Body"]
    assert len(form["Body"]) == 158  # a bracket counts twice


def test_a_429_is_repeated(plugin, options, event, twilio):
    refuse(twilio, 20429, 429, headers={"Retry-After": "0"})
    accept(twilio)
    plugin.notify_users(event.group, event)
    assert len(twilio.calls) == 2


def test_an_unknown_is_never_repeated_and_not_called_a_failure(plugin, options, event, twilio):
    twilio.add(responses.POST, URL, body=requests.ReadTimeout("late"))
    text = failure(plugin, event)
    assert "+14154444444: It may or may not have been sent, and was not repeated." in text
    assert len(twilio.calls) == 1


# How Sentry calls it ---------------------------------------------------------------------


def test_a_failure_is_logged_with_masked_numbers_and_swallowed(
    plugin, options, event, twilio, caplog
):
    refuse(twilio, 21610)
    with caplog.at_level(logging.DEBUG):
        assert plugin.notify(Notification(event=event)) is False
    assert "+1415•••••44" in caplog.text
    assert "21610" in caplog.text
    assert "4154444444" not in caplog.text
    assert TOKEN not in caplog.text


def test_a_failure_is_raised_where_sentry_asks_for_it(plugin, options, event, twilio):
    refuse(twilio, 21610)
    with pytest.raises(PluginError, match="21610"):
        plugin.notify(Notification(event=event), raise_exception=True)


def test_a_failure_can_be_silenced(plugin, options, event, twilio):
    refuse(twilio, 21610)
    plugin.notify_users(event.group, event, fail_silently=True)
    assert len(twilio.calls) == 1


# The test button -------------------------------------------------------------------------


def pressed(plugin, project):
    return plugin.test_configuration_and_get_test_results(project)


def test_the_button_says_how_many_were_reached_and_makes_no_issue(plugin, options, project, twilio):
    options["sms_to"] = THREE
    accept(twilio)
    assert pressed(plugin, project) == "A test message was accepted for 3 recipients."
    assert {form["Body"] for form in forms(twilio)} == {
        "Sentry [Bar] INFO: This is a test message. Alerts will look like this."
    }


def test_the_button_names_all_failed_recipients_however_long_it_gets(
    plugin, options, project, twilio
):
    numbers = [f"+1415444444{n}" for n in range(10)]
    options["sms_to"] = ",".join([*numbers, "12"])
    refuse(twilio, 21610)
    text = pressed(plugin, project)
    assert text.startswith("Error communicating with Twilio: 11 of 11")
    assert all(number in text for number in numbers)
    assert text.endswith("(Twilio error 21610)")
    assert "12: This is not a valid phone number." in text


def test_the_button_says_what_is_missing(plugin, options, project, twilio):
    options.clear()
    text = pressed(plugin, project)
    assert text.startswith("Error communicating with Twilio: this project's settings are incompl")


def test_the_button_has_an_answer_to_a_mistake_of_ours(
    plugin, options, project, monkeypatch, caplog
):
    def broken(*_):
        raise ZeroDivisionError(TOKEN)

    monkeypatch.setattr(plugin.twilio, "compose", broken, raising=False)
    text = pressed(plugin, project)
    assert text.startswith("Error communicating with Twilio: ")
    assert "ZeroDivisionError" in text
    assert "in broken" in caplog.text
    assert TOKEN not in text + caplog.text


@pytest.mark.parametrize("wrong", [{"sms_to": "12"}, {}])
def test_sentrys_own_way_to_show_an_error_would_show_ours(plugin, options, project, twilio, wrong):
    if wrong:
        options.update(wrong)
    else:
        options.clear()
    with pytest.raises(PluginError, match=r"^Error communicating with "):
        plugin.test_configuration(project)
