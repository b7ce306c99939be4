"""A request's body, unpacked, never larger than the cap whatever it claims to be.

Read from the stream, since Django's `request.body` refuses what is above
DATA_UPLOAD_MAX_MEMORY_SIZE with an error page of its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import brotli
from django.http import HttpRequest, UnreadablePostError

from sentry_twilio.tracker.rejected import Rejected

_CHUNK = 64 * 1024
_ZLIB, _RAW_DEFLATE, _GZIP = 15, -15, 31  # zlib's `wbits`


class _Broken(Exception):
    """The bytes are not what the Content-Encoding says."""


def read_body(request: HttpRequest, cap: int) -> bytes:
    """The decoded body, at most `cap` bytes long on the wire and unpacked.

    Raises `Rejected`: 413 above the cap, 415 for an encoding that is not in the table (two on
    top of each other among them), 400 where the bytes are broken or end early.
    """
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    decode = _DECODERS.get(encoding)
    if decode is None:
        raise Rejected(415, "The Content-Encoding must be one of gzip, deflate, br or identity.")
    packed = _read(request, cap)
    try:
        return decode(packed, cap)
    except (zlib.error, brotli.error, _Broken):
        raise Rejected(400, f"The body is not complete and valid {encoding}.") from None


def _read(request: HttpRequest, cap: int) -> bytes:
    try:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        announced = 0
    if announced > cap:
        raise _too_large(cap)
    stream: Any = request
    if "CONTENT_LENGTH" not in request.META and request.META.get("wsgi.input_terminated"):
        # A chunked body (@sentry/node sends nothing else) on a server that marks its end:
        # Django goes by the length alone and would see no body at all.
        stream = request.META["wsgi.input"]
    pieces, size = [], 0
    try:
        while piece := stream.read(_CHUNK):
            size += len(piece)
            if size > cap:
                raise _too_large(cap)
            pieces.append(piece)
    except (UnreadablePostError, OSError):
        raise Rejected(400, "The connection broke before the body was complete.") from None
    return b"".join(pieces)


def _too_large(cap: int) -> Rejected:
    return Rejected(413, f"The body is larger than {cap} bytes.")


def _identity(packed: bytes, cap: int) -> bytes:
    return packed


def _inflate(packed: bytes, cap: int, wbits: int) -> bytes:
    unpacker = zlib.decompressobj(wbits)
    data = unpacker.decompress(packed, cap + 1)
    if len(data) > cap:
        raise _too_large(cap)
    if not unpacker.eof or unpacker.unused_data:
        raise _Broken
    return data


def _gunzip(packed: bytes, cap: int) -> bytes:
    return _inflate(packed, cap, _GZIP)


def _deflate(packed: bytes, cap: int) -> bytes:
    try:
        return _inflate(packed, cap, _ZLIB)
    except (zlib.error, _Broken):
        # "deflate" means zlib-wrapped, and some clients never believed it.
        return _inflate(packed, cap, _RAW_DEFLATE)


def _unbrotli(packed: bytes, cap: int) -> bytes:
    unpacker = brotli.Decompressor()
    # A few bytes may stand for gigabytes, so the limit goes into the decompressor (brotli 1.2).
    data: bytes = unpacker.process(packed, output_buffer_limit=cap + 1)
    while len(data) <= cap and not unpacker.is_finished():
        more = unpacker.process(b"", output_buffer_limit=cap + 1 - len(data))
        if not more:
            raise _Broken
        data += more
    if len(data) > cap:
        raise _too_large(cap)
    return data


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "": _identity,
    "identity": _identity,
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _deflate,
    "br": _unbrotli,
}
