"""Which events are one issue."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sentry_twilio.tracker.grouping import fingerprint, normalise
from tests.tracker.captures import load

ERROR = load("py_exception-1").event()


def changed(**values: Any) -> dict[str, Any]:
    return copy.deepcopy(ERROR) | values


def frames(event: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = event["exception"]["values"][-1]["stacktrace"]["frames"]
    return found


def test_lines_that_move_do_not_make_a_new_issue() -> None:
    moved = changed()
    for frame in frames(moved):
        frame["lineno"] += 10
        frame["context_line"] = "other"
    assert fingerprint(moved) == fingerprint(ERROR)


def test_the_value_does_not_matter_where_there_are_frames() -> None:
    other = changed()
    other["exception"]["values"][-1]["value"] = "division by nil"
    assert fingerprint(other) == fingerprint(ERROR)


def test_library_frames_do_not_matter() -> None:
    other = changed()
    frames(other).append({"module": "lib", "function": "x", "in_app": False})
    assert fingerprint(other) == fingerprint(ERROR)


@pytest.mark.parametrize(("part", "value"), [("function", "refund"), ("module", "shop.refunds")])
def test_another_place_is_another_issue(part: str, value: str) -> None:
    other = changed()
    frames(other)[-1][part] = value
    assert fingerprint(other) != fingerprint(ERROR)


def test_another_type_is_another_issue() -> None:
    other = changed()
    other["exception"]["values"][-1]["type"] = "ValueError"
    assert fingerprint(other) != fingerprint(ERROR)


def test_only_the_innermost_frames_count() -> None:
    def deep(outer: str) -> dict[str, Any]:
        names = [outer, "a", "b", "c", "d", "e"]
        rows = [{"module": "m", "function": name, "in_app": True} for name in names]
        return {"exception": {"values": [{"type": "E", "stacktrace": {"frames": rows}}]}}

    assert fingerprint(deep("one")) == fingerprint(deep("two"))


def test_a_bundle_is_known_by_its_name_alone() -> None:
    def at(filename: str) -> dict[str, Any]:
        rows = [{"filename": filename, "function": "render", "in_app": True}]
        return {"exception": {"values": [{"type": "E", "stacktrace": {"frames": rows}}]}}

    assert fingerprint(at("https://a.example/static/app.0123abcd89.js?v=1")) == fingerprint(
        at("https://b.example/app.fedc981234.js")
    )
    assert fingerprint(at("https://a.example/app.js")) != fingerprint(at("https://a.example/b.js"))


def test_messages_are_joined_by_their_template_and_logger() -> None:
    def said(user: str, logger: str = "shop") -> dict[str, Any]:
        entry = {"message": "failed for %s", "formatted": f"failed for {user}"}
        return {"logentry": entry, "logger": logger}

    assert fingerprint(said("alice")) == fingerprint(said("bob"))
    assert fingerprint(said("alice")) != fingerprint(said("alice", "other"))


@pytest.mark.parametrize(
    ("message", "normal"),
    [
        ("order 77 of 12.5", "order <int> of <int>.<int>"),
        ("id 6a5b280d-e6c0-441b-ab73-57a6b02733e5!", "id <uuid>!"),
        ("at 0x7f0e8c612c50, sha 3b18e512dba79e4c", "at <hex>, sha <hex>"),
        ("a deadbeef facade", "a deadbeef facade"),
    ],
)
def test_it_takes_out_what_varies(message: str, normal: str) -> None:
    assert normalise(message) == normal


def test_values_count_where_there_are_no_frames() -> None:
    def bare(value: str) -> dict[str, Any]:
        return {"exception": {"values": [{"type": "E", "value": value}]}}

    assert fingerprint(bare("order 1 failed")) == fingerprint(bare("order 2 failed"))
    assert fingerprint(bare("order failed")) != fingerprint(bare("cart failed"))


def test_the_sdk_may_group_for_itself() -> None:
    other = changed(fingerprint=["db"], exception=None, message="quite different")
    assert fingerprint(changed(fingerprint=["db"])) == fingerprint(other)
    assert fingerprint(changed(fingerprint=["db"])) != fingerprint(ERROR)


def test_the_default_can_be_part_of_it() -> None:
    split = changed(fingerprint=["{{ default }}", "eu"])
    assert fingerprint(split) == fingerprint(changed(fingerprint=["{{default}}", "eu"]))
    assert len({fingerprint(e) for e in (split, ERROR, changed(fingerprint=["eu"]))}) == 3
    assert fingerprint(changed(fingerprint=["{{ default }}"])) == fingerprint(ERROR)


@pytest.mark.parametrize("nothing", [[], None, "x", [None], [{}]])
def test_a_fingerprint_that_says_nothing_is_none(nothing: Any) -> None:
    assert fingerprint(changed(fingerprint=nothing)) == fingerprint(ERROR)
