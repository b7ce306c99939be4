from __future__ import annotations

import pytest

from sentry_twilio.delivery.masked import mask, told

NUMBER = "+14155550123"


@pytest.mark.parametrize(
    ("recipient", "masked"),
    [(NUMBER, "••••••••••23"), ("12345", "••••45"), ("", "••••")],
)
def test_it_leaves_two_characters_of_a_recipient(recipient: str, masked: str) -> None:
    assert mask(recipient) == masked


@pytest.mark.parametrize(
    ("recipient", "said"),
    [(NUMBER, "••••••••••23 is no mobile."), ("", f"{NUMBER} is no mobile.")],
)
def test_a_reason_names_the_recipient_masked_where_there_is_one(recipient: str, said: str) -> None:
    assert told(f"{NUMBER} is no mobile.", recipient) == said
