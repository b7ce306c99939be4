import subprocess
import sys
from importlib import metadata

import pytest
from django.test import override_settings
from sentry.plugins.base import bindings, plugins
from sentry.plugins.bases.notify import NotificationPlugin
from sentry_plugins.twilio.plugin import TwilioPlugin as Builtin

from sentry_twilio.sentry_host import TwilioPlugin
from sentry_twilio.twilio.plugin import TwilioPlugin as Ours


@pytest.fixture
def registered():
    """The registry as it was before the test, afterwards too."""
    before = list(plugins.class_list)
    yield plugins
    plugins.update(before)


def of_slug():
    return [type(p) for p in plugins.all(version=None) if p.slug == "twilio"]


def test_sentry_finds_it_by_its_entry_point_under_the_builtins_slug():
    [point] = metadata.distribution("sentry-twilio-sms").entry_points.select(group="sentry.plugins")
    assert point.load() is TwilioPlugin
    assert type(plugins.get("twilio")) is TwilioPlugin


def test_it_is_the_only_one_of_its_slug_once_sentry_is_up():
    assert of_slug() == [TwilioPlugin]


@pytest.mark.parametrize("order", [(Builtin, TwilioPlugin), (TwilioPlugin, Builtin)])
def test_the_builtin_goes_in_whichever_order_they_came(registered, order):
    registered.update([])
    for plugin in order:
        registered.register(plugin)
    for plugin in registered.all(version=None):
        plugin.setup(bindings)
    assert of_slug() == [TwilioPlugin]


def test_other_plugins_stay(registered):
    others = {p.slug for p in plugins.all(version=None)} - {"twilio"}
    plugins.get("twilio").setup(bindings)
    assert {p.slug for p in plugins.all(version=None)} - {"twilio"} == others
    assert "webhooks" in others


@pytest.mark.parametrize("seed", ["0", "1", "2"])
def test_no_hash_seed_brings_the_builtin_back(seed):
    code = (
        "import sentry_twilio, os; os.environ['_SENTRY_SKIP_CONFIGURATION'] = '1';"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'sentry.conf.server';"
        "import warnings; warnings.simplefilter('ignore');"
        "from django.conf import settings; from sentry.runner.initializer import *;"
        "bootstrap_options(settings); settings.SECRET_KEY = 'x';"
        "settings.SENTRY_CACHE = 'sentry.cache.django.DjangoCache';"
        "settings.SENTRY_CACHE_OPTIONS = {};"
        "import django; django.setup(); register_plugins(settings);"
        "from sentry.plugins.base import plugins;"
        "print(*[type(p).__module__ for p in plugins.all(version=None) if p.slug == 'twilio'])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.stdout.split() == ["sentry_twilio.sentry_host.plugin"], ended.stderr


def test_of_sentrys_classes_it_builds_on_the_notification_plugin_alone():
    assert TwilioPlugin.__bases__ == (NotificationPlugin,)
    assert not issubclass(TwilioPlugin, Ours)


def test_it_keeps_slug_options_and_name_of_the_builtin():
    for name in ("slug", "conf_key", "required_field"):
        assert getattr(TwilioPlugin, name) == getattr(Builtin, name)
    assert TwilioPlugin.title == str(Builtin.title)
    assert TwilioPlugin().get_title() == Builtin().get_title()


def test_the_operators_settings_hold_for_all_projects(plugin, monkeypatch):
    monkeypatch.setattr(TwilioPlugin, "twilio", Ours())
    with override_settings(SENTRY_TWILIO={"default_region": "GB", "max_recipients": 2}):
        plugin.setup(bindings)
    assert (plugin.twilio.default_region, plugin.twilio.max_recipients) == ("GB", 2)


@pytest.mark.parametrize("wrong", [{"regoin": "GB"}, ["GB"]])
def test_a_mistake_in_them_is_logged_and_sentry_starts(plugin, monkeypatch, caplog, wrong):
    monkeypatch.setattr(TwilioPlugin, "twilio", Ours())
    with override_settings(SENTRY_TWILIO=wrong):
        plugin.setup(bindings)
    assert "SENTRY_TWILIO in sentry.conf.py cannot be used" in caplog.text
