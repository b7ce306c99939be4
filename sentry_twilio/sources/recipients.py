"""Who a report would be told to, so that nobody hears of the same thing twice.

People are known again by a hash: their numbers stand with their messages and nowhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

from sentry_twilio.core import plugins
from sentry_twilio.core.alert import ProjectLike
from sentry_twilio.core.options import installed, merged
from sentry_twilio.core.plugin import ENABLED

Overrides = Mapping[str, Mapping[str, str]]


def of(project: ProjectLike, overrides: Overrides) -> dict[str, tuple[str, str]]:
    """A hash for each recipient of each plugin that is on, with the plugin's conf_key and the
    recipient; one for a plugin that does not say who its recipients are."""
    stored = installed().all(project)
    found: dict[str, tuple[str, str]] = {}
    for plugin in plugins.all():
        options = stored.get(plugin.conf_key, {})
        if not options.keys() - {ENABLED} or options.get(ENABLED) == "0":
            continue
        given = merged(options, overrides.get(plugin.conf_key, {}))
        for part in given.get(plugin.recipients_option, "").split(","):
            recipient = part.strip()
            text = f"{plugin.conf_key}:{recipient}"
            found[hashlib.sha256(text.encode()).hexdigest()[:16]] = plugin.conf_key, recipient
    return found


def without(project: ProjectLike, overrides: Overrides, heard: Collection[str]) -> Overrides:
    """The overrides that leave out those who heard of it; a plugin of which nobody is left is
    off."""
    if not heard:
        return overrides
    everyone = of(project, overrides)
    left = {key: who for key, who in everyone.items() if key not in heard}
    narrowed = dict(overrides)
    for plugin in plugins.all():
        of_plugin = [name for conf_key, name in left.values() if conf_key == plugin.conf_key]
        was = [name for conf_key, name in everyone.values() if conf_key == plugin.conf_key]
        if of_plugin == was:
            continue
        changes = {plugin.recipients_option: ",".join(of_plugin)} if of_plugin else {ENABLED: "0"}
        narrowed[plugin.conf_key] = {**overrides.get(plugin.conf_key, {}), **changes}
    return narrowed
