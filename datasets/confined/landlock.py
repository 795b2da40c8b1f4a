"""What a process may read and write, given up for good (Linux, ``man 7 landlock``).

The rule binds the calling thread and what it starts later, so it is taken while the process has one
thread only.
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path
from stat import S_ISDIR

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
RULESET_VERSION = 1
RULE_PATH_BENEATH = 1
PR_SET_NO_NEW_PRIVS = 38
WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(1, 6))
MAKE_DIR, MAKE_REG, REFER, TRUNCATE = 1 << 7, 1 << 8, 1 << 13, 1 << 14
READING = READ_FILE | READ_DIR
WRITING = READING | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE
ON_FILES = READ_FILE | WRITE_FILE | TRUNCATE
"""Rights that a rule about a single file can grant."""
FILE_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}
"""Rights on files that a version knows: all are given up but those granted."""
NETWORK_VERSION, SCOPE_VERSION = 4, 6
NETWORK_RIGHTS = 0b11
SCOPES = 0b11


def version() -> int:
    """The version of the interface in this kernel; 0 where it is missing or switched off."""
    return max(int(_libc().syscall(CREATE_RULESET, None, 0, RULESET_VERSION)), 0)


def give_up_all_but(reads: Iterable[Path], writes: Iterable[Path] = ()) -> None:
    """From now on this process may read ``reads`` and change ``writes``, files or whole folders, and
    may reach no other file, connect or signal nothing; what does not exist is left out.

    Raises OSError where the system refuses, and RuntimeError with more than one thread.
    """
    if sum(1 for _ in Path("/proc/self/task").iterdir()) != 1:
        raise RuntimeError("only a process with one thread can give up its rights")
    libc, known = _libc(), version()
    rights = FILE_RIGHTS[min(known, max(FILE_RIGHTS))] if known else 0
    attributes = struct.pack(
        "=QQQ",
        rights,
        NETWORK_RIGHTS if known >= NETWORK_VERSION else 0,
        SCOPES if known >= SCOPE_VERSION else 0,
    )
    size = 8 if known < NETWORK_VERSION else 16 if known < SCOPE_VERSION else 24
    ruleset = _checked(libc.syscall(CREATE_RULESET, attributes, size, 0))
    for granted, places in ((READING, reads), (WRITING, writes)):
        for place in filter(Path.exists, places):
            _allow(libc, ruleset, place, granted & rights)
    _checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _checked(libc.syscall(RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, place: Path, granted: int) -> None:
    opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
    if not S_ISDIR(os.fstat(opened).st_mode):
        granted &= ON_FILES
    rule = struct.pack("=Qi", granted, opened)
    _checked(libc.syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, rule, 0))
    os.close(opened)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return int(answer)
