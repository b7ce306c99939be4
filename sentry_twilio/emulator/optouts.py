"""Who has told which number to stop."""

from __future__ import annotations

from typing import Literal

# Whole message, any case, https://help.twilio.com/articles/223134027
STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
)
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})

Keyword = Literal["STOP", "START", "HELP", ""]


def keyword(text: str) -> Keyword:
    """Which of Twilio's opt-out keywords a whole message is, "" for none."""
    word = text.strip().upper()
    if word in STOP_WORDS:
        return "STOP"
    if word in START_WORDS:
        return "START"
    return "HELP" if word in HELP_WORDS else ""


class OptOuts:
    """Pairs of a sender and a recipient who does not want to hear from it."""

    def __init__(self) -> None:
        self._pairs: set[tuple[str, str]] = set()

    def holds(self, sender: str, recipient: str) -> bool:
        return (sender, recipient) in self._pairs

    def hear(self, sender: str, recipient: str, text: str) -> Keyword:
        """Take note of what the recipient wrote to the sender; returns the keyword in it."""
        word = keyword(text)
        if word == "STOP":
            self._pairs.add((sender, recipient))
        elif word == "START":
            self._pairs.discard((sender, recipient))
        return word

    def clear(self) -> None:
        self._pairs.clear()

    def pairs(self) -> list[tuple[str, str]]:
        return sorted(self._pairs)
