"""What a process gives up before it parses files of users, and what its end means to a clerk."""

import ctypes
import os
import resource
import signal
from contextlib import suppress
from pathlib import Path

from schemas.records import Limits, Message, Problem

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


def timed_out(seconds: int) -> Problem:
    """The time for one file is over."""
    return Problem(
        code="timeout",
        cause=Message(
            "The examination took longer than %(minutes)d minute(s) and was ended.",
            {"minutes": max(seconds // 60, 1)},
        ),
        remedy=Message("Deliver the table as CSV, or split it into smaller files."),
    )


def out_of_memory() -> Problem:
    """The file needs more memory than one examination may take."""
    return Problem(
        code="out-of-memory",
        cause=Message("The file needs more memory than one examination may use."),
        remedy=Message("Deliver it as CSV, or split it into smaller files."),
    )


def broke_off() -> Problem:
    """The process ended without an answer: a parser crashed."""
    return Problem(
        code="examination-crashed",
        cause=Message(
            "The program that reads this kind of file broke off. The file is damaged, or built "
            "in a way that no ordinary program builds it."
        ),
        remedy=Message(
            "Open the file in the program it comes from, save it as CSV or XLSX, and deliver "
            "the new file."
        ),
    )
