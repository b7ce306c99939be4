"""Encryption under keys that change while the process runs."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from sentry_twilio.projects import crypto, keys

TOKEN = "0123456789abcdef0123456789abcdef"


def test_what_is_encrypted_can_be_read_again_and_does_not_show():
    ciphertext = crypto.encrypt(TOKEN)
    assert TOKEN not in ciphertext
    assert crypto.decrypt(ciphertext) == TOKEN
    assert crypto.encrypt(TOKEN) != ciphertext


def test_a_new_key_in_the_file_is_used_without_a_restart(key_file):
    before = crypto.encrypt(TOKEN)
    (old,) = keys.read_lines(key_file)
    keys.add_encryption_key(key_file.parent)
    newest, *_ = keys.read_lines(key_file)
    after = crypto.encrypt(TOKEN)
    assert crypto.decrypt(before) == TOKEN
    assert Fernet(newest).decrypt(after).decode() == TOKEN
    assert newest != old


def test_a_dropped_key_is_forgotten_without_a_restart(key_file):
    before = crypto.encrypt(TOKEN)
    keys.add_encryption_key(key_file.parent)
    kept = crypto.reencrypt(before)
    keys.drop_old_encryption_keys(key_file.parent)
    assert crypto.decrypt(kept) == TOKEN
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt(before)


def test_the_environment_wins_over_the_file(key_file, settings):
    key = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [key]
    assert Fernet(key).decrypt(crypto.encrypt(TOKEN)).decode() == TOKEN


def test_without_the_right_key_nothing_is_shown(lose_the_key):
    ciphertext = crypto.encrypt(TOKEN)
    lose_the_key()
    for read in (crypto.decrypt, crypto.reencrypt):
        with pytest.raises(crypto.CannotDecrypt, match="Restore that key") as caught:
            read(ciphertext)
        assert ciphertext not in str(caught.value)


@pytest.mark.parametrize("content", [None, ""])
def test_a_key_file_that_is_away_for_a_moment_goes_on_serving(key_file, content):
    ciphertext = crypto.encrypt(TOKEN)
    key_file.unlink()
    if content is not None:
        key_file.write_text(content)
    assert crypto.decrypt(ciphertext) == TOKEN
    crypto.encrypt("another value")


@pytest.mark.parametrize("content", [None, "", "no key\n", "zürich\n"])
def test_a_key_file_that_is_gone_or_damaged_from_the_start_is_a_missing_key(key_file, content):
    # The worker of a host must live through it.
    ciphertext = crypto.encrypt(TOKEN)
    key_file.unlink()
    if content is not None:
        key_file.write_text(content, encoding="utf-8")
    crypto._last.clear()  # as in a new process
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt(ciphertext)


def test_encrypting_without_a_key_says_what_to_do(key_file):
    key_file.unlink()
    with pytest.raises(ImproperlyConfigured, match="set ENCRYPTION_KEYS"):
        crypto.encrypt(TOKEN)


def test_a_key_that_is_none_is_not_quoted(settings):
    settings.ENCRYPTION_KEYS = ["hunter2"]
    with pytest.raises(ImproperlyConfigured, match="no Fernet key") as caught:
        crypto.encrypt(TOKEN)
    assert "hunter2" not in repr(caught.value)
