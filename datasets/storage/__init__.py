"""Where the bytes of deliveries and derivatives are kept, under their hash and for good."""

from collections.abc import Callable
from pathlib import Path

from datasets.storage.contract import (
    Blob,
    BlobDamaged,
    BlobMissing,
    Storage,
    StorageError,
    StorageSettingError,
    StoreUnavailable,
    TooLarge,
)
from datasets.storage.incoming import Received, receive
from datasets.storage.local import open_local
from datasets.storage.memory import open_memory
from datasets.storage.s3 import open_s3
from schemas.records import Message

__all__ = [
    "OPENERS",
    "Blob",
    "BlobDamaged",
    "BlobMissing",
    "Received",
    "Storage",
    "StorageError",
    "StorageSettingError",
    "StoreUnavailable",
    "TooLarge",
    "open_storage",
    "receive",
]

OPENERS: dict[str, Callable[[str, Path], Storage]] = {
    "file": open_local,
    "s3": open_s3,
    "memory": open_memory,
}


def open_storage(url: str, cache_dir: Path) -> Storage:
    """The store of a storage URL (forms: ``datasets/storage/{local,s3,memory}.py``).

    ``cache_dir`` takes local copies of blobs that live elsewhere. Raises ``StorageSettingError``.
    """
    scheme = url.partition(":")[0]
    if scheme not in OPENERS:
        raise StorageSettingError(
            "storage URL",
            Message(
                "A storage URL begins with one of: %(known)s.",
                {"known": ", ".join(f"{name}:" for name in OPENERS)},
            ),
        )
    return OPENERS[scheme](url, cache_dir)
