"""Which plugins there are."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sentry_twilio.core import DuplicateSlug, PluginRegistry, Project, plugins, registry
from tests.core.pager import PagerPlugin

SHOP = Project(1, "shop", "Shop")


class OtherPlugin(PagerPlugin):
    slug = conf_key = "other"


class SameSlugPlugin(PagerPlugin):
    pass


class EntryPoint:
    def __init__(self, plugin: object) -> None:
        self.plugin = plugin
        self.value = "somewhere:Plugin"
        self.loaded = 0

    def load(self) -> object:
        self.loaded += 1
        if isinstance(self.plugin, Exception):
            raise self.plugin
        return self.plugin


def installed(monkeypatch, *entries: EntryPoint) -> PluginRegistry:
    """A registry for which these entry points are installed."""
    monkeypatch.setattr(registry, "entry_points", lambda group: entries if group == "x" else ())
    return PluginRegistry("x")


def test_the_package_declares_its_own_plugin():
    assert plugins.get("twilio").title == "Twilio (SMS)"


def test_a_plugin_is_found_by_its_slug():
    known = PluginRegistry()
    pager = known.register(PagerPlugin)
    other = known.register(OtherPlugin())
    assert isinstance(pager, PagerPlugin)
    assert known.get("pager") is pager
    assert known.all() == [pager, other]
    with pytest.raises(KeyError):
        known.get("pigeon")


def test_a_slug_is_given_once():
    known = PluginRegistry()
    pager = known.register(PagerPlugin)
    with pytest.raises(DuplicateSlug, match="'pager' belongs to PagerPlugin already"):
        known.register(SameSlugPlugin)
    assert known.get("pager") is pager


@pytest.mark.parametrize("by_instance", [True, False])
def test_a_plugin_can_be_taken_out(by_instance):
    known = PluginRegistry()
    pager = known.register(PagerPlugin)
    known.unregister(pager if by_instance else PagerPlugin)
    assert known.all() == []
    with pytest.raises(KeyError):
        known.unregister(PagerPlugin)


def test_taking_out_what_is_not_in_leaves_its_namesake():
    known = PluginRegistry()
    pager = known.register(PagerPlugin)
    for stranger in (SameSlugPlugin, PagerPlugin()):
        with pytest.raises(KeyError):
            known.unregister(stranger)
    assert known.all() == [pager]


def test_entry_points_are_loaded_once_at_the_first_look(monkeypatch):
    entry = EntryPoint(PagerPlugin)
    known = installed(monkeypatch, entry)
    assert entry.loaded == 0
    assert known.get("pager") is known.get("pager")
    known.all()
    assert entry.loaded == 1


def test_threads_that_look_at_once_see_the_same_plugins(monkeypatch):
    entry = EntryPoint(PagerPlugin)
    known = installed(monkeypatch, entry)
    together = threading.Barrier(8)

    def look(_: int) -> object:
        together.wait(5)
        return known.get("pager")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(look, range(8)))) == 1
    assert entry.loaded == 1


def test_a_broken_package_does_not_keep_the_others_out(monkeypatch, caplog):
    broken = EntryPoint(ImportError("no module named pigeon"))
    second = EntryPoint(SameSlugPlugin)
    known = installed(monkeypatch, broken, EntryPoint(PagerPlugin), second, EntryPoint(OtherPlugin))
    with caplog.at_level(logging.ERROR):
        assert [type(plugin) for plugin in known.all()] == [PagerPlugin, OtherPlugin]
    assert [record.getMessage() for record in caplog.records] == [
        "The plugin somewhere:Plugin could not be loaded."
    ] * 2


def test_a_project_has_the_plugins_that_are_on_and_configured(store):
    known = PluginRegistry()
    pager, other = known.register(PagerPlugin), known.register(OtherPlugin)
    assert known.for_project(SHOP) == []
    store.set(SHOP, "pager", {"to": "ada"})
    store.set(SHOP, "other", {"to": "bob", "enabled": "0"})
    assert known.for_project(SHOP) == [pager]
    store.set(SHOP, "other", {"enabled": "1"})
    assert known.for_project(SHOP) == [pager, other]
    assert dict(known.with_options(SHOP))[other] == {"to": "bob", "enabled": "1"}


def test_one_look_at_the_store_is_enough_for_all_plugins(store, monkeypatch):
    looks = []
    find = store.all
    monkeypatch.setattr(store, "all", lambda project: looks.append(project) or find(project))
    known = PluginRegistry()
    known.register(PagerPlugin)
    known.register(OtherPlugin)
    known.for_project(SHOP)
    assert looks == [SHOP]
