"""Passwords and secrets: what is stored cannot be turned back."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo112.access.passwords import digest, hash_password, is_password, new_password, new_secret


def test_a_password_is_kept_as_argon2id_and_never_twice_the_same() -> None:
    first, second = hash_password("kata-sandi"), hash_password("kata-sandi")
    assert first.startswith("$argon2id$")
    assert first != second
    assert "kata-sandi" not in first


def test_only_the_very_password_opens() -> None:
    stored = hash_password("Rahasia-1")
    assert is_password("Rahasia-1", stored)
    for wrong in ("rahasia-1", ""):
        assert not is_password(wrong, stored)


@pytest.mark.parametrize("stored", [None, "", "rahasia", "$argon2id$broken"])
def test_an_unknown_account_or_a_broken_hash_opens_for_nobody(stored: str | None) -> None:
    assert not is_password("nobody", stored)
    assert not is_password("rahasia", stored)


@settings(max_examples=30)
@given(st.text(max_size=60))
def test_a_secret_is_kept_as_its_sha256(secret: str) -> None:
    try:
        expected = hashlib.sha256(secret.encode()).digest()
    except UnicodeEncodeError:
        return
    assert digest(secret) == expected


def test_new_secrets_have_256_bits_and_new_passwords_are_typed_easily() -> None:
    secrets = {new_secret() for _ in range(200)}
    assert len(secrets) == 200
    assert all(len(one) == 43 for one in secrets)  # 32 bytes in base64 without padding
    passwords = {new_password() for _ in range(200)}
    assert len(passwords) == 200
    for one in passwords:
        groups = one.split("-")
        assert [len(group) for group in groups] == [4, 4, 4, 4]
        assert not set(one) & set("il10o"), "letters and figures that look alike"
