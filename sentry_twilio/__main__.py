"""`sentry-twilio` and `python -m sentry_twilio`."""

import sys

from sentry_twilio import host_python


def main() -> None:
    """Run the command, or say what is missing: a bare install has the plugin only."""
    try:
        import click  # noqa: F401
    except ModuleNotFoundError:
        if reason := host_python.too_old():
            sys.exit(f"{reason}\nThese four need click: pip install click")
        sys.exit(
            "The sentry-twilio command needs more than the plugin does.\n"
            "Install it with: pip install 'sentry-twilio-sms[host]'"
        )
    from sentry_twilio.cli import cli

    cli(prog_name="sentry-twilio")


if __name__ == "__main__":
    main()
