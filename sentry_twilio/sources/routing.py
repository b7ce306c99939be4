"""The settings of a tracker's rule, as options that replace the project's for one alert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sentry_twilio.core import NotificationPlugin, plugins
from sentry_twilio.core.alert import ProjectLike
from sentry_twilio.core.options import installed
from sentry_twilio.sources import groups
from sentry_twilio.sources.groups import What

RECIPIENTS, SENDER, NUMBERS = "recipients", "sender", "numbers"
USUAL = "usual"
"""The choice that changes nothing; a name of a group cannot be mistaken for it, see `_PREFIX`."""
_PREFIX = "group:"


@dataclass(frozen=True, slots=True)
class Routing:
    """`overrides` are options by a plugin's conf_key, "" for one that is to be left out.
    `problems` are what a person has to be told of a part of the settings, for which the usual
    one stands in."""

    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    problems: Mapping[What, str] = field(default_factory=dict)

    @property
    def problem(self) -> str:
        """All that is wrong with the settings, "" where all is well."""
        return " ".join(self.problems.values())

    @property
    def stand_ins(self) -> str:
        """The same, each with what was done instead."""
        return " ".join(f"{text} {_INSTEAD[what]}" for what, text in self.problems.items())


def choices(project: ProjectLike, what: What) -> list[tuple[str, str]]:
    """What a select field offers: labels and values."""
    usual = "The project's usual recipients" if what == "recipients" else "The usual sender"
    names = sorted(groups.read(project, what))
    return [(usual, USUAL), *((name, _PREFIX + name) for name in names)]


def resolve(project: ProjectLike, settings: Mapping[str, str]) -> Routing:
    """What a rule's settings mean in a project. A problem is said in the plugin's own words, and
    costs the part that it is about: who else was chosen still stands."""
    entered: dict[What, str] = {}
    problems: dict[What, str] = {}
    if numbers := settings.get(NUMBERS, "").strip():
        entered["recipients"] = numbers
    for what in groups.WHATS:
        chosen = settings.get(what, "")
        if chosen in ("", USUAL) or what in entered:
            continue
        name = chosen.removeprefix(_PREFIX)
        found = groups.read(project, what).get(name)
        if found is None:
            problems[what] = f"There is no {_CALLED[what]} named “{name}” any more."
        else:
            entered[what] = found
    stored = installed().all(project) if entered else {}
    overrides: dict[str, Mapping[str, str]] = {}
    for plugin in plugins.all():
        of_plugin: dict[str, str] = {}
        for what, value in entered.items():
            values, problem = clean(plugin, stored.get(plugin.conf_key, {}), {what: value})
            of_plugin |= values
            if problem:
                problems[what] = problem
        if of_plugin:
            overrides[plugin.conf_key] = of_plugin
    return Routing(overrides, problems)


def clean(
    plugin: NotificationPlugin, stored: Mapping[str, str], entered: Mapping[What, str]
) -> tuple[dict[str, str], str]:
    """The options for these recipients and this sender, and what the plugin has against them.

    Of what the plugin cannot take for one alert, there are none.
    """
    given: dict[str, str] = {}
    left_out: dict[str, str] = {}
    if "recipients" in entered and plugin.recipients_option:
        given[plugin.recipients_option] = entered["recipients"]
    if "sender" in entered and plugin.sender_options:
        first, *others = plugin.sender_options
        given[first] = entered["sender"]
        left_out = dict.fromkeys(others, "")
    if not given:
        return {}, ""
    values, errors = plugin.clean({**stored, **left_out, **given})
    problem = " ".join(errors[name] for name in given if name in errors)
    return ({name: values[name] for name in given} | left_out if not problem else {}), problem


_CALLED: dict[What, str] = {"recipients": "recipient group", "sender": "sender"}
_INSTEAD: dict[What, str] = {
    "recipients": "The usual recipients were told.",
    "sender": "The usual sender was used.",
}
