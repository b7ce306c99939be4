"""The room that a message has: its budget, and what Twilio makes of it on the way."""

from __future__ import annotations

from dataclasses import dataclass

from sentry_twilio.twilio import segments
from sentry_twilio.twilio.sent_text import TRIAL_PREFIX

MAX_SEGMENTS = 10


@dataclass(frozen=True, slots=True)
class Room:
    """`budget` segments (1 to 10), and 1600 characters whatever they cost.

    `lead` is what Twilio puts before the message. With `smart`, Twilio may or may not apply
    Smart Encoding, and the message has to fit either way.
    """

    budget: int = 1
    lead: str = ""
    smart: bool = False

    @classmethod
    def of(cls, budget: int, trial: bool = False, smart: bool = False) -> Room:
        budget = max(1, min(budget, MAX_SEGMENTS))
        return cls(budget, TRIAL_PREFIX if trial else "", smart)

    def holds(self, message: str) -> bool:
        """Whether the message fits."""
        whole = self.lead + message
        # No character takes less room than one unit: what is longer need not be measured.
        if len(whole) > min(segments.MAX_BODY, self.budget * 160) and not self.smart:
            return False
        if len(whole) > segments.MAX_BODY or segments.measure(whole).count > self.budget:
            return False
        return not self.smart or segments.measure(whole, smart=True).count <= self.budget

    def beginning(self, text: str) -> str:
        """The longest prefix of `text` that costs no more than the budget."""
        whole = self.lead + text
        prefix = segments.fit(whole, self.budget)
        if self.smart:
            prefix = segments.fit(prefix, self.budget, smart=True)
        return prefix[len(self.lead) :]

    def surplus(self, message: str) -> int:
        """How many characters, at least, must go before the message fits; 0: not known."""
        return segments.surplus(self.lead + message, self.budget)
