"""Bearer tokens and session ids: random, shown once, stored only as SHA-256."""

import secrets
from hashlib import sha256

PREFIX = "gk_"


def mint() -> str:
    """A new token; the prefix lets leaked ones be recognised."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is stored and looked up."""
    return sha256(token.encode()).hexdigest()
