"""What is told of a recipient to those who may not see the number."""

from __future__ import annotations


def mask(recipient: str) -> str:
    """The last two characters, which suffice to tell one's own number from another's."""
    return f"{'•' * max(len(recipient) - 2, 4)}{recipient[-2:]}"


def told(reason: str, recipient: str) -> str:
    """A reason without the number, which providers like to repeat.

    `recipient` is '' for a message that could not even be written.
    """
    return reason.replace(recipient, mask(recipient)) if recipient else reason
