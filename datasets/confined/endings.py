"""What the end of a child means to a clerk."""

import os
import signal
from contextlib import suppress
from typing import Final

from schemas.records import Message, Problem

NO_MEMORY: Final = (
    "memory allocation of",
    "bad_alloc",
    "Cannot allocate memory",
    "Resource temporarily unavailable",
    "can't start new thread",
)
"""How libraries say that there is no memory for what they want, or for the stack of a thread."""


class Refused(Exception):
    """A file cannot be worked on; ``problem`` says why and what to do."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class EndedError(Refused):
    """The child is no more; whoever has more files for it needs another one. ``status`` is its exit
    code, or minus the signal that ended it."""

    def __init__(self, problem: Problem, status: int) -> None:
        super().__init__(problem)
        self.status = status


def kill(pid: int) -> None:
    """End a child at once, and all that it started."""
    for one in (os.killpg, os.kill):
        with suppress(ProcessLookupError, PermissionError):
            one(pid, signal.SIGKILL)


def ended_with(status: int, seconds: int) -> Problem:
    """Why a child gave no answer, by its exit code (minus the signal that ended it)."""
    if status == -signal.SIGXCPU:
        return timed_out(seconds)
    return out_of_memory() if status == -signal.SIGKILL else broke_off()


def lacks_memory(said: str) -> bool:
    """Whether a library that broke off said that it did so for lack of memory."""
    return any(words in said for words in NO_MEMORY)


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
