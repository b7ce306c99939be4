"""Encryption of what is stored about a provider's account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from sentry_twilio.projects.keys import read_lines


class CannotDecrypt(Exception):
    """A stored value was encrypted with a key that is no longer among ENCRYPTION_KEYS."""


def encrypt(value: str) -> str:
    """Encrypt with the newest key."""
    return _fernet(_keys()).encrypt(value.encode()).decode()


def decrypt(ciphertext: str) -> str:
    """Decrypt with whichever key fits; raises `CannotDecrypt` where none does."""
    with _telling_what_is_missing():
        return _fernet(_keys()).decrypt(ciphertext).decode()


def reencrypt(ciphertext: str) -> str:
    """The same value under the newest key, for rotation; raises `CannotDecrypt` as well."""
    with _telling_what_is_missing():
        return _fernet(_keys()).rotate(ciphertext).decode()


@contextmanager
def _telling_what_is_missing() -> Iterator[None]:
    try:
        yield
    # Key files that went away or were damaged under a running process count as missing keys.
    except (InvalidToken, ImproperlyConfigured, OSError):
        raise CannotDecrypt(
            "A plugin option cannot be decrypted: the key it was stored with is missing. "
            "Restore that key, or enter the plugin's settings anew."
        ) from None


def _keys() -> tuple[str, ...]:
    """ENCRYPTION_KEYS, else the key file: read again when it changes, so that a rotation
    needs no restart and a running worker never meets a value that it cannot read.

    While the file is away or unreadable, those that were read last go on serving: a disk that
    is remounted must not make settings look as if nobody had ever entered them.
    """
    if settings.ENCRYPTION_KEYS:
        return tuple(settings.ENCRYPTION_KEYS)
    path: Path = settings.ENCRYPTION_KEYS_FILE
    try:
        found = _read(path, path.stat().st_mtime_ns, path.stat().st_ino)
    except OSError:
        found = ()
    if found:
        _last[path] = found
    return _last.get(path, ())


_last: dict[Path, tuple[str, ...]] = {}


@lru_cache(maxsize=4)
def _read(path: Path, *version: int) -> tuple[str, ...]:
    return tuple(read_lines(path))


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise ImproperlyConfigured(
            "There is no key to encrypt plugin options with: set ENCRYPTION_KEYS, or let "
            "`sentry-twilio serve` make the file `encryption_keys` in KEYS_DIR."
        )
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise ImproperlyConfigured(
            "Among the encryption keys is one that is no Fernet key (32 bytes in URL-safe base64)."
        ) from None
