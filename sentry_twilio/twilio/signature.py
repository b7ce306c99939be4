"""`X-Twilio-Signature`: the proof that a request comes from Twilio.

https://www.twilio.com/docs/usage/webhooks/webhooks-security: base64 of HMAC-SHA1, keyed with
the Auth Token, over the URL and the sorted form parameters.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

Params = Mapping[str, Any] | Sequence[tuple[str, Any]]

_AUTHORITY = re.compile(
    r"(?P<scheme>[a-z]+)://(?P<host>(?:[^/?#@]*@)?(?:\[[^\]/?#]*\]|[^/?#:@\[]*))"
    r"(?P<port>:[0-9]*)?(?P<rest>(?:[/?#].*)?)\Z",
    re.IGNORECASE | re.DOTALL,
)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def sign(url: str, params: Params, auth_token: str) -> str:
    """The signature of a form request to exactly this URL. `params` are decoded values."""
    values: dict[str, set[str]] = {}
    for key, value in params.items() if isinstance(params, Mapping) else params:
        several = value if isinstance(value, (list, tuple, set, frozenset)) else (value,)
        values.setdefault(str(key), set()).update(str(one) for one in several)
    text = url + "".join(key + value for key in sorted(values) for value in sorted(values[key]))
    digest = hmac.new(_bytes(auth_token), _bytes(text), hashlib.sha1).digest()
    return b64encode(digest).decode("ascii")


def is_valid(
    url: str,
    params: Params,
    signature: str | None,
    auth_tokens: str | Iterable[str],
    body: bytes | None = None,
) -> bool:
    """Whether one of the tokens signed this request. Never raises.

    `url` is the public one, with its query; Twilio signs it with or without the port. `body`:
    the raw bytes of a JSON request, which is signed through `bodySHA256` in the query instead
    of by its parameters. Several tokens let one be rotated.
    """
    if not isinstance(url, str) or not isinstance(signature, str) or not signature:
        return False
    params = params or ()
    if body is not None:
        if not _is_hash_of(body, url):
            return False
        params = ()
    tokens = [auth_tokens] if isinstance(auth_tokens, str) else list(auth_tokens or ())
    given = _bytes(signature)
    return any(
        hmac.compare_digest(_bytes(sign(spelling, params, token)), given)
        for token in tokens
        if token  # anybody could sign with an empty one
        for spelling in _spellings(url)
    )


def _is_hash_of(body: bytes, url: str) -> bool:
    try:
        hashes = parse_qs(urlsplit(url).query).get("bodySHA256", [])
    except ValueError:
        return False
    digest = hashlib.sha256(body).hexdigest()
    return len(hashes) == 1 and hmac.compare_digest(_bytes(digest), _bytes(hashes[0].lower()))


def _spellings(url: str) -> list[str]:
    """The URL as given, and with its port left out or, being the scheme's, written out."""
    parts = _AUTHORITY.match(url)
    if parts is None:
        return [url]
    scheme, host, port, rest = parts.group("scheme", "host", "port", "rest")
    other = "" if port else _DEFAULT_PORTS.get(scheme.lower(), "")
    return [url, f"{scheme}://{host}{other}{rest}"]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
