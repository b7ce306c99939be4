"""Reading and unpacking a body within its cap."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zlib

import brotli
import pytest
from django.test import RequestFactory

from sentry_twilio.tracker.body import read_body
from sentry_twilio.tracker.rejected import Rejected

CAP = 10_000
TEXT = b'{"some": "event"}\n' * 100


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "GZip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
}
PACKERS = [*PACKED.items(), ("deflate", _raw_deflate)]


def read(body: bytes, encoding: str = "", **extra: object) -> bytes:
    request = RequestFactory().generic(
        "POST", "/", body, headers={"Content-Encoding": encoding} if encoding else {}, **extra
    )
    return read_body(request, CAP)


@pytest.mark.parametrize(("encoding", "pack"), PACKERS)
@pytest.mark.parametrize("text", [b"", b"x", TEXT, b"y" * CAP])
def test_it_unpacks_what_sdks_send(encoding: str, pack: object, text: bytes) -> None:
    assert read(pack(text), encoding) == text  # type: ignore[operator]


@pytest.mark.parametrize(("encoding", "pack"), PACKERS)
def test_it_rejects_one_byte_too_many(encoding: str, pack: object) -> None:
    with pytest.raises(Rejected) as caught:
        read(pack(b"y" * (CAP + 1)), encoding)  # type: ignore[operator]
    assert caught.value.status == 413


@pytest.mark.parametrize(("encoding", "pack"), PACKERS[2:])
def test_it_stops_a_bomb_at_the_cap(encoding: str, pack: object) -> None:
    bomb = pack(bytes(50_000_000))  # type: ignore[operator]
    request = RequestFactory().generic("POST", "/", bomb, headers={"Content-Encoding": encoding})
    tracemalloc.start()
    with pytest.raises(Rejected) as caught:
        read_body(request, 1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.status == 413
    assert peak < 10_000_000


@pytest.mark.parametrize(("encoding", "pack"), PACKERS[2:])
@pytest.mark.parametrize(
    "damage", [lambda b: b[:-5], lambda b: b"", lambda b: b"junk" + b, lambda b: b + b"junk"]
)
def test_it_rejects_what_is_broken(encoding: str, pack: object, damage: object) -> None:
    with pytest.raises(Rejected) as caught:
        read(damage(pack(TEXT)), encoding)  # type: ignore[operator]
    assert caught.value.status == 400


@pytest.mark.parametrize("encoding", ["zstd", "gzip, br", "gzip,gzip", "compress", "*"])
def test_it_rejects_other_encodings(encoding: str) -> None:
    with pytest.raises(Rejected) as caught:
        read(TEXT, encoding)
    assert caught.value.status == 415


def test_it_rejects_by_the_announced_length_without_reading() -> None:
    request = RequestFactory().post("/", b"", content_type="text/plain")
    request.META["CONTENT_LENGTH"] = str(CAP + 1)
    with pytest.raises(Rejected) as caught:
        read_body(request, CAP)
    assert caught.value.status == 413


def test_it_reads_a_chunked_body_where_the_server_marks_its_end() -> None:
    request = RequestFactory().post("/", b"", content_type="text/plain")
    request.META.pop("CONTENT_LENGTH", None)
    request.META["wsgi.input_terminated"] = True
    request.META["wsgi.input"] = io.BytesIO(TEXT)
    assert read_body(request, CAP) == TEXT


def test_it_rejects_a_body_that_breaks_off() -> None:
    class Broken(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise ConnectionResetError

    request = RequestFactory().post("/", b"", content_type="text/plain")
    request.META |= {"wsgi.input_terminated": True, "wsgi.input": Broken()}
    request.META.pop("CONTENT_LENGTH", None)
    with pytest.raises(Rejected) as caught:
        read_body(request, CAP)
    assert caught.value.status == 400
