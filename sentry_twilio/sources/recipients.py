"""Who a report would be told to, so that nobody hears of the same thing twice.

People are known again by a hash: their numbers stand with their messages and nowhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

from sentry_twilio.core import plugins
from sentry_twilio.core.options import merged
from sentry_twilio.core.plugin import ENABLED

Options = Mapping[str, Mapping[str, str]]
"""By conf_key: a project's options, or those that one alert has instead of them."""


def of(stored: Options, overrides: Options) -> dict[str, tuple[str, str]]:
    """The recipients of each plugin that is on: from a hash to the plugin's conf_key and the
    recipient. A plugin that does not say who its recipients are has one, named ""."""
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


def without(stored: Options, overrides: Options, heard: Collection[str]) -> Options:
    """The overrides that leave out those who heard of it, by their hashes. A plugin of which
    nobody is left is off."""
    if not heard:
        return overrides
    everyone = of(stored, overrides)
    left = [who for key, who in everyone.items() if key not in heard]
    narrowed = dict(overrides)
    for plugin in plugins.all():
        before = [name for conf_key, name in everyone.values() if conf_key == plugin.conf_key]
        after = [name for conf_key, name in left if conf_key == plugin.conf_key]
        if after == before:
            continue
        changes = {plugin.recipients_option: ",".join(after)} if after else {ENABLED: "0"}
        narrowed[plugin.conf_key] = {**overrides.get(plugin.conf_key, {}), **changes}
    return narrowed
