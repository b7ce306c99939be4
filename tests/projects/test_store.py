"""Options as encrypted rows."""

import logging

import pytest

from sentry_twilio.core import options
from sentry_twilio.projects import crypto, keys, store
from sentry_twilio.projects.creation import create_project
from sentry_twilio.projects.models import PluginOption
from sentry_twilio.projects.store import ModelOptionStore

pytestmark = pytest.mark.django_db
TOKEN = "0123456789abcdef0123456789abcdef"
kept = ModelOptionStore()


def test_it_is_what_the_plugins_of_a_host_use():
    assert isinstance(options.installed(), ModelOptionStore)


def test_options_are_set_changed_and_removed(shop):
    kept.set(shop, "twilio", {"auth_token": TOKEN, "sms_from": "+14155552671"})
    kept.set(shop, "twilio", {"sms_from": "+14155552672", "sms_to": "", "gone": None})
    kept.set(shop, "pager", {"to": "ada"})
    assert kept.all(shop) == {
        "twilio": {"auth_token": TOKEN, "sms_from": "+14155552672", "sms_to": ""},
        "pager": {"to": "ada"},
    }
    kept.set(shop, "twilio", {"auth_token": None})
    assert "auth_token" not in kept.all(shop)["twilio"]
    assert PluginOption.objects.filter(conf_key="twilio").count() == 2


def test_projects_do_not_see_each_others_options(shop, ada):
    blog = create_project("Blog", ada)
    kept.set(shop, "twilio", {"sms_to": "+14155552671"})
    kept.set(blog, "twilio", {"sms_to": None, "sms_from": "x"})
    assert kept.all(shop) == {"twilio": {"sms_to": "+14155552671"}}
    assert kept.all(blog) == {"twilio": {"sms_from": "x"}}


def test_what_is_stored_does_not_show(shop):
    kept.set(shop, "twilio", {"auth_token": TOKEN})
    row = PluginOption.objects.get()
    assert TOKEN not in row.ciphertext
    assert TOKEN not in repr(row)


def test_options_of_all_projects_cost_one_statement(shop, ada, django_assert_num_queries):
    blog = create_project("Blog", ada)
    for project in (shop, blog):
        kept.set(project, "twilio", {"sms_to": project.name, "sms_from": "x"})
        kept.set(project, "pager", {"to": "ada"})
    with django_assert_num_queries(1):
        found = kept.of_projects([shop.id, blog.id, 999_999])
    assert {number: options["twilio"]["sms_to"] for number, options in found.items()} == {
        shop.id: "Shop",
        blog.id: "Blog",
    }


@pytest.mark.parametrize("count", [1, 20])
def test_setting_many_options_costs_as_much_as_one(shop, count, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        kept.set(shop, "twilio", {f"option{number}": "x" for number in range(count)})


def test_an_option_without_its_key_is_as_good_as_not_set(shop, lose_the_key, caplog):
    kept.set(shop, "twilio", {"auth_token": TOKEN})
    ciphertext = PluginOption.objects.get().ciphertext
    lose_the_key()
    kept.set(shop, "twilio", {"sms_to": "+14155552671"})
    with caplog.at_level(logging.ERROR):
        assert kept.all(shop) == {"twilio": {"sms_to": "+14155552671"}}
    (record,) = caplog.records
    assert "option auth_token" in record.getMessage()
    assert TOKEN not in caplog.text
    assert ciphertext not in caplog.text


def test_what_no_key_fits_is_told_apart_from_what_nobody_set(shop, ada, lose_the_key):
    blog = create_project("Blog", ada)
    for project in (shop, blog):
        kept.set(project, "twilio", {"auth_token": TOKEN, "sms_from": "x"})
    lose_the_key()
    kept.set(shop, "pager", {"to": "ada"})
    kept.set(blog, "twilio", {"auth_token": TOKEN, "sms_from": "x"})
    found = kept.read([shop.id, blog.id])
    assert found.options == {
        shop.id: {"pager": {"to": "ada"}},
        blog.id: {"twilio": {"auth_token": TOKEN, "sms_from": "x"}},
    }
    assert found.unreadable == {(shop.id, "twilio")}


def test_it_says_whether_the_keys_fit(shop, lose_the_key, django_assert_num_queries):
    assert store.keys_fit()
    kept.set(shop, "twilio", {"auth_token": TOKEN})
    with django_assert_num_queries(1):
        assert store.keys_fit()
    lose_the_key()
    assert not store.keys_fit()


def test_a_rotation_brings_everything_under_the_newest_key(shop, key_file):
    kept.set(shop, "twilio", {"auth_token": TOKEN, "sms_to": "+14155552671"})
    before = kept.all(shop)
    keys.add_encryption_key(key_file.parent)
    assert store.rotate() == 2
    keys.drop_old_encryption_keys(key_file.parent)
    assert kept.all(shop) == before


def test_an_option_that_no_key_fits_does_not_stop_a_rotation(shop, settings, lose_the_key, caplog):
    kept.set(shop, "twilio", {"lost": TOKEN})
    lost = PluginOption.objects.get().ciphertext
    lose_the_key()
    kept.set(shop, "twilio", {"kept": TOKEN})
    old = settings.ENCRYPTION_KEYS
    lose_the_key()
    settings.ENCRYPTION_KEYS += old
    with caplog.at_level(logging.ERROR):
        assert store.rotate() == 1
    assert "twilio:lost" in caplog.text
    assert PluginOption.objects.get(name="lost").ciphertext == lost
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    assert crypto.decrypt(PluginOption.objects.get(name="kept").ciphertext) == TOKEN
