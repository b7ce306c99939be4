"""What an exception of requests or urllib3 says about a request's fate."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ReadTimeoutError
from urllib3.util.ssl_match_hostname import CertificateError

from sentry_twilio.core.errors import (
    ApiConnectionError,
    ApiError,
    ApiInvalidRequest,
    ApiServerError,
    ApiTimeout,
)

# Reasons that OpenSSL gives only while shaking hands, before any request is written. A TLS
# failure that is not listed may have come later, so it counts as "may have been processed".
_HANDSHAKE_REASONS = frozenset(
    {
        "CERTIFICATE_VERIFY_FAILED",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "UNSUPPORTED_PROTOCOL",
        "WRONG_VERSION_NUMBER",
    }
)

_NOT_A_REQUEST = (
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidJSONError,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.URLRequired,
)
# urllib3 1 compares the host's name with the certificate itself, and leaves OpenSSL out of it.
_BEFORE_THE_REQUEST = (CertificateError, ConnectTimeoutError, NewConnectionError)
_UNREADABLE = (requests.exceptions.ContentDecodingError,)


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """The exception, what it wraps (urllib3 hides the cause in `args` or `reason`), and so on.

    Not its `__context__`: that may be an earlier request's failure, which a caller is handling.
    """
    seen: list[BaseException] = []
    queue: list[object] = [exc]
    while queue:
        item = queue.pop(0)
        if not isinstance(item, BaseException) or item in seen:
            continue
        seen.append(item)
        yield item
        queue += [getattr(item, "reason", None), item.__cause__, *item.args]


def _never_connected(exc: BaseException) -> bool:
    for cause in _causes(exc):
        if isinstance(cause, _BEFORE_THE_REQUEST):
            return True
        if isinstance(cause, ssl.SSLError) and cause.reason in _HANDSHAKE_REASONS:
            return True
        # A proxy that refuses to connect us on. urllib3's own ProxyError says less than it
        # seems to: it also stands for a connection that broke after the request was sent.
        if type(cause) is OSError and str(cause).startswith("Tunnel connection failed"):
            return True
    return False


def error_for_exception(exc: Exception, name: str, answered: bool = False) -> ApiError:
    """The `ApiError` for what `requests` raised; `name` is who was being talked to.

    A failure to connect (DNS, refused, TLS handshake) means that nothing was processed. After
    that, and surely once an answer has begun (`answered`), nobody can tell.
    """
    not_sent = not isinstance(exc, requests.RequestException) or isinstance(exc, _NOT_A_REQUEST)
    if not_sent and not answered:
        return ApiInvalidRequest(
            f"The request to {name} could not be built: {type(exc).__name__}.",
            may_have_been_processed=False,
        )
    if not_sent or isinstance(exc, _UNREADABLE):
        return ApiServerError(f"{name} answered with something that cannot be read.")
    if isinstance(exc, requests.TooManyRedirects):
        return ApiInvalidRequest(f"{name} redirected too often.")
    processed = answered or not _never_connected(exc)
    # requests calls a timeout in the middle of the answer a broken connection.
    if isinstance(exc, requests.Timeout) or any(
        isinstance(cause, ReadTimeoutError) for cause in _causes(exc)
    ):
        what = "did not answer in time" if processed else "could not be reached in time"
        return ApiTimeout(f"{name} {what}.", may_have_been_processed=processed)
    if processed:
        return ApiConnectionError(f"The connection to {name} broke.")
    if isinstance(exc, requests.exceptions.SSLError):
        text = f"No secure connection to {name}: its certificate or protocol was not accepted."
    else:
        text = f"{name[:1].upper()}{name[1:]} could not be reached."
    return ApiConnectionError(text, may_have_been_processed=False)
