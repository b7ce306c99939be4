"""The two key files."""

import multiprocessing
import stat
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from sentry_twilio.projects import keys

NAMES = (keys.SECRET_KEY_FILE, keys.ENCRYPTION_KEYS_FILE)


def made(folder: Path) -> tuple[str, ...]:
    keys.ensure(folder)
    return tuple((folder / name).read_text() for name in NAMES)


def test_both_files_are_made_for_their_user_only(tmp_path):
    folder = tmp_path / "some" / "where"
    secret, key = made(folder)
    assert len(secret.strip()) >= 50
    Fernet(key.strip())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in NAMES:
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.iterdir()) == sorted(NAMES)


def test_files_that_are_there_are_left_alone(tmp_path):
    assert made(tmp_path) == made(tmp_path)
    (tmp_path / keys.SECRET_KEY_FILE).write_text("mine\n")
    assert made(tmp_path)[0] == "mine\n"


def test_threads_that_start_at_once_agree(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(made, [tmp_path / "keys"] * 8))) == 1
    assert len(list((tmp_path / "keys").iterdir())) == 2


def test_processes_that_start_at_once_agree(tmp_path):
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(4, mp_context=context) as pool:
        assert len(set(pool.map(made, [tmp_path / "keys"] * 8))) == 1


def test_a_new_key_goes_in_front(tmp_path):
    keys.ensure(tmp_path)
    path = tmp_path / keys.ENCRYPTION_KEYS_FILE
    (old,) = keys.read_lines(path)
    keys.add_encryption_key(tmp_path)
    new, second = keys.read_lines(path)
    assert second == old != new
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keys.drop_old_encryption_keys(tmp_path)
    assert keys.read_lines(path) == [new]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_key_is_lost_when_several_are_added_at_once(tmp_path):
    keys.ensure(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keys.add_encryption_key, [tmp_path] * 8))
    lines = keys.read_lines(tmp_path / keys.ENCRYPTION_KEYS_FILE)
    assert len(set(lines)) == 9


def test_a_file_that_is_missing_has_no_lines(tmp_path):
    assert keys.read_lines(tmp_path / "nothing") == []


def test_blank_lines_are_no_keys(tmp_path):
    path = tmp_path / "keys"
    path.write_text("\n  one \n\ntwo\n")
    assert keys.read_lines(path) == ["one", "two"]


@pytest.mark.parametrize("change", [keys.add_encryption_key, keys.drop_old_encryption_keys])
def test_a_change_leaves_no_draft_behind(tmp_path, change):
    keys.ensure(tmp_path)
    change(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(NAMES)
