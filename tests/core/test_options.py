"""Where options go."""

import pytest

from sentry_twilio.core import Project
from sentry_twilio.core.options import MemoryOptionStore, as_text, merged

SHOP, BLOG = Project(1, "shop", "Shop"), Project(2, "blog", "Blog")


def test_options_are_kept_by_project_and_plugin():
    store = MemoryOptionStore()
    store.set(SHOP, "pager", {"to": "ada"})
    store.set(SHOP, "twilio", {"to": "+14155552671"})
    store.set(BLOG, "pager", {"to": "bob"})
    assert store.all(SHOP) == {"pager": {"to": "ada"}, "twilio": {"to": "+14155552671"}}
    assert store.all(BLOG) == {"pager": {"to": "bob"}}


def test_none_removes_an_option_and_leaves_the_others():
    store = MemoryOptionStore()
    store.set(SHOP, "pager", {"to": "ada", "tone": "loud"})
    store.set(SHOP, "pager", {"to": None, "never set": None})
    assert store.all(SHOP) == {"pager": {"tone": "loud"}}


def test_a_project_without_options_has_none():
    assert MemoryOptionStore().all(SHOP) == {}


def test_overrides_replace_add_and_take_away_and_leave_the_rest():
    stored = {"to": "ada", "tone": "loud", "note": ""}
    assert merged(stored, {"to": "bob", "tone": "", "via": "x"}) == {
        "to": "bob",
        "note": "",
        "via": "x",
    }
    assert stored == {"to": "ada", "tone": "loud", "note": ""}


@pytest.mark.parametrize(
    ("value", "stored"),
    [(None, ""), (False, ""), (True, "1"), (0, "0"), (3, "3"), ("  x\n", "x"), ("", "")],
)
def test_whatever_a_form_has_becomes_a_text(value, stored):
    assert as_text(value) == stored
