"""Pseudonyms: the same value becomes the same code within one dataset, and nobody can go back.

A code is the beginning of HMAC-SHA-256 (RFC 2104) over the normalised value, under a key that
HKDF (RFC 5869) derives for one dataset from the platform's secret. Without the secret a code can
neither be computed from a guessed value nor compared with another dataset's; with the same secret
the codes of every delivery and every table of a dataset fit together. A pseudonym is still personal
data in law (Personal Information Protection Law, article 73: de-identified is not anonymous).
"""

import hmac
import unicodedata
from hashlib import sha256
from string import ascii_uppercase
from typing import Final

from datasets.identifiers import normalise_code

CODE_LETTERS: Final = 16
"""Seventy-five bits: a million people share a code with a chance of 1 in 10^11."""

_SALT: Final = b"gongkai pseudonym 1"
_WRITTEN: Final = frozenset({"email", "address"})
"""Kinds of which dots and hyphens are part."""


def derive_key(secret: bytes, scope: str) -> str:
    """The key of one scope (a dataset), hexadecimal; different scopes give unrelated keys.

    One block of HKDF-SHA-256 (RFC 5869, section 2), as long as its hash.
    """
    extracted = hmac.digest(_SALT, secret, sha256)
    return hmac.digest(extracted, scope.encode() + b"\x01", sha256).hex()


def key_id(key: str) -> str:
    """A name for a key that tells nothing of it: codes with the same name can be compared."""
    return hmac.digest(bytes.fromhex(key), b"key id 2", sha256).hex()[:8]


def normalise(detector: str, value: str) -> str:
    """``value`` as it should have been written, so that spellings of it share one code."""
    if detector in _WRITTEN:
        folded = unicodedata.normalize("NFKC", value).upper()
        return "".join(
            char for char in folded if unicodedata.category(char) not in {"Zs", "Cf", "Cc"}
        )
    plain = normalise_code(value)
    return plain[-11:] if detector == "mobile" else plain


def pseudonym(key: str, detector: str, value: str) -> str:
    """The code of ``value``: sixteen capital letters. No number of a person is without digits, so no
    code is taken for one."""
    digest = hmac.digest(bytes.fromhex(key), normalise(detector, value).encode(), sha256)
    number, letters = int.from_bytes(digest), []
    for _ in range(CODE_LETTERS):
        number, letter = divmod(number, len(ascii_uppercase))
        letters.append(ascii_uppercase[letter])
    return "".join(letters)
