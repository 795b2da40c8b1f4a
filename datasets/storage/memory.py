"""Blobs in the memory of one process: for tests, gone when the store is."""

from pathlib import Path

from obstore.store import MemoryStore

from datasets.storage.cache import Cache
from datasets.storage.contract import Storage, StorageSettingError
from datasets.storage.objects import ObjectStorage
from schemas.records import Message


def open_memory(url: str, cache_dir: Path) -> Storage:
    """``memory:``; each opening is a store of its own."""
    if url not in {"memory:", "memory://"}:
        raise StorageSettingError("memory:", Message("A memory: storage URL has no further parts."))
    return ObjectStorage(MemoryStore(), Cache(cache_dir))
