from __future__ import annotations

import pytest

from sentry_twilio.core.words import counted


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 alerts"), (1, "1 alert"), (2, "2 alerts"), (21, "21 alerts")]
)
def test_only_one_is_singular(count: int, text: str) -> None:
    assert counted(count, "alert") == text
