"""The two secrets of a host, kept in files that only its user can read."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.fernet import Fernet

SECRET_KEY_FILE = "secret_key"  # noqa: S105  (a file's name)
ENCRYPTION_KEYS_FILE = "encryption_keys"


def new_secret_key() -> str:
    return secrets.token_urlsafe(50)


def new_encryption_key() -> str:
    return Fernet.generate_key().decode()


def read_lines(path: Path) -> list[str]:
    """The non-empty lines of a key file; none where there is no such file."""
    try:
        # A byte that no key has is for whoever uses the key to complain about.
        text = path.read_text(encoding="latin-1")
    except FileNotFoundError:
        return []
    return [line.strip() for line in text.splitlines() if line.strip()]


def ensure(folder: Path) -> None:
    """Make whichever of the two files is missing.

    Two processes that start at once agree on one content: the file is linked into place
    whole, and only where there is none.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, make in (
        (SECRET_KEY_FILE, new_secret_key),
        (ENCRYPTION_KEYS_FILE, new_encryption_key),
    ):
        path = folder / name
        if not path.exists():
            draft = _write_draft(path, [make()])
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()


def add_encryption_key(folder: Path) -> None:
    """Put a new key in front of the others: it encrypts from now on, they still decrypt."""
    path = folder / ENCRYPTION_KEYS_FILE
    with alone(folder):
        draft = _write_draft(path, [new_encryption_key(), *read_lines(path)])
        draft.replace(path)


def drop_old_encryption_keys(folder: Path) -> None:
    """Keep only the newest key; what the others encrypted can no longer be read.

    Call it inside `alone`, in which all was brought under the newest key.
    """
    path = folder / ENCRYPTION_KEYS_FILE
    draft = _write_draft(path, read_lines(path)[:1])
    draft.replace(path)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes from changing the keys meanwhile."""
    # Of two rotations at once, the slower would write the file without the other's new key,
    # and with that key all that was encrypted in between would be lost.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write_draft(path: Path, lines: list[str]) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="latin-1") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return draft
