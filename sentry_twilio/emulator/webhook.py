"""A signed form, posted as Twilio posts it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from urllib.parse import urldefrag

import aiohttp
from yarl import URL

from sentry_twilio.twilio.signature import sign

logger = logging.getLogger(__name__)

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
LONGEST_ANSWER = 64 * 1024
USER_AGENT = "TwilioProxy/1.1"

Answer = int | str
"""The HTTP status, or "no connection", or "no answer" where the request went out in vain."""


class Webhook:
    """Posts forms over one pooled session, which the first post opens."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def close(self) -> None:
        """Give up what is on its way; what is posted later reaches nobody."""
        self._closed = True
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def post(
        self, url: str, form: Sequence[tuple[str, str]], auth_token: str, idempotency_token: str
    ) -> tuple[Answer, str]:
        """Post `form` to `url`; returns the answer and its text ("" where there was none).

        The signature is over the exact URL without its fragment. Never raises for a URL or
        a network that does not work.
        """
        target = urldefrag(url).url
        headers = {
            "User-Agent": USER_AGENT,
            "Accept": "*/*",
            "X-Twilio-Signature": sign(target, form, auth_token),
            "I-Twilio-Idempotency-Token": idempotency_token,
        }
        if self._closed:
            return "no connection", ""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar()
            )
        try:
            # Encoded already: another spelling of the URL would have another signature.
            exact = URL(target, encoded=True)
            async with self._session.post(
                exact, data=list(form), headers=headers, allow_redirects=False
            ) as response:
                text = await response.content.read(LONGEST_ANSWER)
                return response.status, text.decode("utf-8", "replace")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            answer = "no connection"
        except (aiohttp.ClientError, TimeoutError, ValueError):
            answer = "no answer"
        # The query may hold what only the receiver should know.
        logger.info("%s from the webhook at %s", answer, target.partition("?")[0])
        return answer, ""
