"""Each body as it was captured, and the text that comes of it."""

from __future__ import annotations

import pytest

from tests.sources.conftest import Make, Tracker, captured

TEXTS = {
    "bugsink_2.6.2_new": ("bugsink", "Sentry [Shop] ERROR: PaymentError: card declined"),
    "bugsink_2.6.2_test": (
        "bugsink",
        "Sentry [Shop] INFO: This is a test message from Bugsink. Alerts will look like this.",
    ),
    "foxray_0.1.2_new_issue": (
        "foxray",
        "Sentry [Shop] ERROR: ZeroDivisionError: division by zero",
    ),
    "glitchtip_4.x_issue": (
        "glitchtip",
        "Sentry [Shop] ERROR: ZeroDivisionError: division by zero",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_it_makes_the_text_of_each_captured_body(name: str, make: Make, tracker: Tracker) -> None:
    kind, text = TEXTS[name]
    assert tracker.tell(make(kind), captured(name)) == [text]
