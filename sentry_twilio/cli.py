"""The `sentry-twilio` command. Each subcommand loads what it needs when it runs."""

from __future__ import annotations

import importlib

import click

from sentry_twilio import __version__, host_python

_COMMANDS = {
    "check": ("sentry_twilio.console.check", "check"),
    "demo": ("sentry_twilio.demo.command", "demo"),
    "emulator": ("sentry_twilio.emulator.command", "emulator"),
    "import-sentry": ("sentry_twilio.server.import_sentry", "import_sentry"),
    "keys": ("sentry_twilio.server.key_commands", "keys"),
    "manage": ("sentry_twilio.server.commands", "manage"),
    "messages": ("sentry_twilio.console.messages", "messages"),
    "prune": ("sentry_twilio.server.commands", "prune"),
    "request": ("sentry_twilio.console.request", "request"),
    "send": ("sentry_twilio.console.send", "send"),
    "serve": ("sentry_twilio.server.commands", "serve"),
    "worker": ("sentry_twilio.server.commands", "worker"),
}
# What needs neither the host nor its Python.
_WITHOUT_HOST = "sentry_twilio.console."


class _Lazy(click.Group):
    """Subcommands that live in other rooms, imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[name]
        if not module.startswith(_WITHOUT_HOST) and (reason := host_python.too_old()):
            return _unusable(name, "needs a newer Python", reason)
        try:
            found: click.Command = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as exc:
            # Keep `--help` working without the extra; say what is missing when it is used.
            install = "pip install 'sentry-twilio-sms[host,emulator]'"
            return _unusable(
                name,
                f"needs {exc.name}: {install}",
                f"`sentry-twilio {name}` needs {exc.name}. Install it with: {install}",
            )
        return found


def _unusable(name: str, short: str, reason: str) -> click.Command:
    """A command that only says why it does not work here."""

    @click.command(
        name,
        help=f"({short})",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    def command() -> None:
        raise click.UsageError(reason)

    return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sentry-twilio")
def cli() -> None:
    """Text messages through Twilio when an application breaks."""
