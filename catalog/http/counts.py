"""How often each client has asked in its present window, counted by all web processes of a machine.

The counts stand in a small file that every process maps into memory: no server, no database write, some
microseconds a request. Its size is fixed, so no number of clients can fill memory or disk.
"""

import fcntl
import mmap
import os
import struct
import threading
from hashlib import blake2b
from pathlib import Path
from typing import Final

SLOTS: Final = 2**16
PROBES: Final = 8
_SLOT: Final = struct.Struct("<QII")
"""A name's fingerprint, the second its window ends, and its count."""
_MOST: Final = 2**32 - 1


class Counts:
    """Counts by name. A name is kept in one of eight places that its hash chooses; when all of them are
    taken by others in their windows, the least count gives way, in favour of the client."""

    def __init__(self, path: Path) -> None:
        size = SLOTS * _SLOT.size
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._file, size)
        self._held = mmap.mmap(self._file, size)
        self._lock = threading.Lock()

    def add(self, name: str, *, now: int, seconds: int) -> tuple[int, int]:
        """One more of this name: how many there are in its window now, and the second it ends."""
        mark = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little") or 1
        with self._lock:
            # Of processes, not of threads: the kernel gives it back when one dies.
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                return self._added(mark, now, seconds)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file."""
        self._held.close()
        os.close(self._file)

    def _added(self, mark: int, now: int, seconds: int) -> tuple[int, int]:
        place, ends, count = self._place(mark, now, seconds)
        count = min(count + 1, _MOST)
        _SLOT.pack_into(self._held, place, mark, ends, count)
        return count, ends

    def _place(self, mark: int, now: int, seconds: int) -> tuple[int, int, int]:
        """Where the name's count stands or may begin, the end of its window, and the count so far."""
        chosen, least = 0, _MOST + 1
        for probe in range(PROBES):
            place = (mark + probe) % SLOTS * _SLOT.size
            held, ends, count = _SLOT.unpack_from(self._held, place)
            # A window that ends too late is one of another length, or of a clock set back since.
            current = now < ends <= now + seconds
            if held == mark and current:
                return place, ends, count
            if held == mark or not current:
                count = 0
            if count < least:
                chosen, least = place, count
        return chosen, now + seconds, 0
