from __future__ import annotations

from collections.abc import Callable

import pytest

from sentry_twilio.core import Invalid, Receipt
from sentry_twilio.delivery import clock, verification
from sentry_twilio.delivery.verification import SignedRequest, read_by_any
from sentry_twilio.projects.models import Project

from .provider import FakePlugin, sign

URL = "https://alerts.example.com/hooks/fake/status/"
MakeProject = Callable[..., Project]


@pytest.fixture
def make_project(plugin: FakePlugin, db: None) -> MakeProject:
    def make(name: str, **options: str) -> Project:
        project = Project.objects.create(name=name, slug=name)
        for option, value in options.items():
            plugin.set_option(option, value, project)
        return project

    return make


def request(plugin: FakePlugin, secret: str, account: str = "account") -> SignedRequest:
    params = [("sid", "SM1"), ("state", "delivered"), ("account", account)]
    return SignedRequest(plugin, URL, params, sign(URL, secret), None)


@pytest.fixture
def time_passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    now = [1000.0]
    monkeypatch.setattr(clock, "elapsed", lambda: now[0])

    def pass_by(seconds: float) -> None:
        now[0] += seconds

    return pass_by


def test_all_projects_whose_credentials_fit_are_named(
    plugin: FakePlugin, make_project: MakeProject
) -> None:
    shop = make_project("shop", secret="s1", to="+14155550100")
    till = make_project("till", secret="s1", to="+14155550101")
    make_project("other", secret="s2", to="+14155550100")
    make_project("elsewhere", secret="s1", account="another")
    said, projects = read_by_any(request(plugin, "s1"))
    assert said == Receipt("SM1", "delivered", "delivered")
    assert projects == {shop.pk, till.pk}


def test_what_nobody_s_credentials_prove_is_invalid(
    plugin: FakePlugin, make_project: MakeProject
) -> None:
    make_project("shop", secret="s1", to="+14155550100")
    for wrong in (request(plugin, "guess"), request(plugin, "s1", account="another")):
        said, projects = read_by_any(wrong)
        assert isinstance(said, Invalid)
        assert projects == frozenset()


def test_each_account_and_secret_is_tried_once_however_many_projects_share_it(
    plugin: FakePlugin, make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        make_project(f"shop-{number}", secret="s1", to=f"+1415555010{number}")
    make_project("other", secret="s2")
    tried = []
    monkeypatch.setattr(plugin, "read_callback", lambda *args: tried.append(args) or Invalid("no"))
    read_by_any(request(plugin, "guess"))
    assert len(tried) == 2


def test_a_flood_of_strangers_reads_the_credentials_once_a_second(
    plugin: FakePlugin,
    make_project: MakeProject,
    time_passes: Callable[[float], None],
    django_assert_num_queries: Callable[[int], object],
) -> None:
    make_project("shop", secret="s1", to="+14155550100")
    read_by_any(request(plugin, "guess"))
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        for _ in range(100):
            read_by_any(request(plugin, "guess"))
    time_passes(1.1)
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        for _ in range(100):
            read_by_any(request(plugin, "guess"))


def test_a_secret_that_was_just_saved_counts_a_second_later_at_most(
    plugin: FakePlugin, make_project: MakeProject, time_passes: Callable[[float], None]
) -> None:
    shop = make_project("shop", secret="old")
    assert read_by_any(request(plugin, "old"))[1] == {shop.pk}
    plugin.set_option("secret", "new", shop)
    time_passes(1.1)
    assert read_by_any(request(plugin, "new"))[1] == {shop.pk}
    assert read_by_any(request(plugin, "old"))[1] == frozenset()


def test_a_secret_that_was_replaced_counts_for_a_few_seconds_at_most(
    plugin: FakePlugin, make_project: MakeProject, time_passes: Callable[[float], None]
) -> None:
    shop = make_project("shop", secret="old")
    assert read_by_any(request(plugin, "old"))[1] == {shop.pk}
    plugin.set_option("secret", "new", shop)
    time_passes(verification.FRESH_SECONDS + 0.1)
    assert read_by_any(request(plugin, "old"))[1] == frozenset()


def test_a_plugin_s_mistake_about_one_project_leaves_the_others(
    plugin: FakePlugin, make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = make_project("shop", secret="s1")
    make_project("broken", secret="s1", account="boom")
    real = plugin.sender_key

    def sender_key(options: dict[str, str]) -> str:
        if options.get("account") == "boom":
            raise ValueError("boom")
        return real(options)

    monkeypatch.setattr(plugin, "sender_key", sender_key)
    assert read_by_any(request(plugin, "s1"))[1] == {shop.pk}
