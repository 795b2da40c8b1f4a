"""Passwords: argon2id by argon2-cffi, at most a few hashes at a time."""

from threading import BoundedSemaphore
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from catalog.errors import Invalid
from schemas.records import Message

_HASHER = PasswordHasher()
_SLOTS = BoundedSemaphore(2)  # one hash takes 64 MiB; many at once would be a way to exhaust memory
_ABSENT = _HASHER.hash("nobody has this password")

SHORTEST, LONGEST = 8, 256


def _normal(password: str) -> str:
    return normalize("NFKC", password)


def hash_password(password: str) -> str:
    """Hash a new password; one that is too short or too long is refused."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(
            "password-length",
            Message("A password has %(low)s to %(high)s characters.", {"low": 8, "high": 256}),
            Message("Choose a longer one, for example four unrelated words."),
            fields={"password": [Message("8 to 256 characters")]},
        )
    with _SLOTS:
        return _HASHER.hash(_normal(password))


def verify(stored: str | None, password: str) -> bool:
    """Whether the password fits; takes the same time when there is no such account."""
    if len(password) > LONGEST:
        return False
    with _SLOTS:
        try:
            _HASHER.verify(stored or _ABSENT, _normal(password))
        except VerificationError:
            return False
    return stored is not None
