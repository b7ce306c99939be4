from __future__ import annotations

import pytest

from sentry_twilio.console import output


@pytest.mark.parametrize(
    "answer",
    [
        '{"auth_token": "0123456789abcdef0123456789abcdef"}',
        '{"secondary_auth_token":"0123456789ABCDEF0123456789ABCDEF"}',
        "<AuthToken>0123456789abcdef0123456789abcdef</AuthToken>",
    ],
)
def test_an_answer_that_is_shown_as_it_came_has_no_token_either(answer: str) -> None:
    for shown in (output.without_tokens(answer), output.without_tokens(answer.encode()).decode()):
        assert "0123456789abcdef" not in shown.lower()
        assert output.HIDDEN in shown
