"""What a process gives up before it parses files of users."""

import ctypes
import os
import resource
import signal
from contextlib import suppress
from pathlib import Path

from schemas.records import Limits

OPEN_FILES = 256
GRACE_SECONDS = 5
PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000


def shut_doors(limits: Limits, parent: int, *, one_task: bool = True) -> str:
    """Give up the network, core files, and memory, file size and open files beyond ``limits``.

    The process dies with ``parent``, its process id. CPU time is limited for ``one_task`` only: a
    child that does one thing after another is timed by its parent. Answers why the network could
    not be given up; nothing when it was.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    refused = _leave_network(libc)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    if one_task:
        _limit(resource.RLIMIT_CPU, limits.seconds, GRACE_SECONDS)
    _limit(resource.RLIMIT_AS, limits.memory_bytes)
    _limit(resource.RLIMIT_FSIZE, limits.max_unpacked_bytes)
    return refused


def _limit(what: int, most: int, grace: int = 0) -> None:
    """Allow so much, or less where the system that we run in allows less."""
    given = resource.getrlimit(what)[1]
    if given != resource.RLIM_INFINITY:
        most, grace = min(most, given), min(grace, given - min(most, given))
    resource.setrlimit(what, (most, most + grace))


def _leave_network(libc: ctypes.CDLL) -> str:
    """Move into a network of its own without any interface; where that is forbidden, stay and say why."""
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWNET) == 0:
        return ""
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        return os.strerror(ctypes.get_errno())
    with suppress(OSError):
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", encoding="ascii")
    return ""
