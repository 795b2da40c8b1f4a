"""Ed25519 signatures (RFC 8032): one key of the platform, made from a seed of 32 bytes."""

from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

ALGORITHM = "Ed25519"


@dataclass(frozen=True, slots=True)
class Signer:
    """The signing key in memory; ``public`` are the 32 bytes that everybody may have."""

    public: bytes
    _private: Ed25519PrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """The signature of a message, 64 bytes."""
        return self._private.sign(message)


def signer(seed: bytes) -> Signer:
    """The key of a seed; ``ValueError`` unless it has 32 bytes."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return Signer(private.public_key().public_bytes_raw(), private)


def verified(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is of this message by this key."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def pem_of(public: bytes) -> bytes:
    """The public key as a PEM file (RFC 8410), as openssl reads it."""
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def from_pem(text: bytes) -> bytes:
    """The 32 bytes of a PEM file; ``ValueError`` when it holds no Ed25519 public key."""
    try:
        key = load_pem_public_key(text)
    except Exception as error:  # what the library raises for broken text differs by release
        raise ValueError("not a public key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 public key")  # noqa: TRY004  (the value is at fault)
    return key.public_bytes_raw()


def fingerprint(public: bytes) -> str:
    """SHA-256 of the key: what people compare."""
    return sha256(public).hexdigest()


def text_of(value: bytes) -> str:
    """Bytes as text for JSON: Base64."""
    return b64encode(value).decode("ascii")
