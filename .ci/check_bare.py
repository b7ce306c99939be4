"""Does the bare package, alone in this virtual environment, do what it promises?

Run with the interpreter of an environment that holds the wheel without extras, from a folder
outside the repository. Ends with a message and status 1 where something is wrong.
"""

import re
import sys
from importlib import metadata

DISTRIBUTION = "sentry-twilio-sms"
OF_EVERY_ENVIRONMENT = {"pip", "setuptools"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(*, of_extras: bool) -> set[str]:
    """Names that the metadata asks for: always, or only by an extra."""
    found = set()
    for line in metadata.requires(DISTRIBUTION) or ():
        name = re.match(r"[A-Za-z0-9._-]+", line)
        if name and ("extra ==" in line) is of_extras:
            found.add(canonical(name[0]))
    return found


def main() -> str | None:
    from sentry_twilio import TwilioApiClient, TwilioConfigurationForm, TwilioPlugin
    from sentry_twilio.core import NotificationPlugin, plugins

    installed = {canonical(d.metadata["Name"]) for d in metadata.distributions()}
    beside = installed - OF_EVERY_ENVIRONMENT - {DISTRIBUTION}
    unwanted = requirements(of_extras=True) - requirements(of_extras=False) - {DISTRIBUTION}
    if pulled_in := sorted(installed & unwanted):
        return f"The bare package pulls in what only an extra needs: {', '.join(pulled_in)}"
    if not issubclass(TwilioPlugin, NotificationPlugin):
        return "TwilioPlugin is no NotificationPlugin."
    if not isinstance(plugins.get("twilio"), TwilioPlugin):
        return "The entry point does not bring the plugin `twilio` into the registry."
    print(  # noqa: T201  (what it is for)
        f"{DISTRIBUTION} {metadata.version(DISTRIBUTION)} without extras: "
        f"{', '.join(c.__name__ for c in (TwilioApiClient, TwilioConfigurationForm, TwilioPlugin))}"
        f"; beside it only {', '.join(sorted(beside))}"
    )
    return None


if __name__ == "__main__":
    sys.exit(main())
