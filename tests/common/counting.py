"""How much work something is, counted instead of timed: the same on every machine, however busy."""

import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def calls_of(work: Callable[[], T]) -> tuple[T, int]:
    """What ``work`` gives, and how many functions were called for it, those of the interpreter too.

    What goes cell by cell calls something for each; what goes in bulk does not. Threads that begin
    meanwhile are counted as well.
    """
    counts = [0]

    def note(_frame: Any, event: str, _arg: Any) -> None:
        if event in {"call", "c_call"}:
            counts[0] += 1

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        return work(), counts[0]
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
