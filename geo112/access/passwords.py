"""Secrets: passwords by argon2id, sessions and tokens as 256 random bits of which only the SHA-256 is kept."""

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
_nobody = _hasher.hash("nobody")  # verified against when the name is unknown, so that both answers take as long


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def is_password(password: str, stored: str | None) -> bool:
    try:
        return _hasher.verify(_nobody if stored is None else stored, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def new_secret() -> str:
    """Return 256 random bits, safe in a URL."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def new_password() -> str:
    """Return a random password that a person can type: four groups of four, about 77 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))
