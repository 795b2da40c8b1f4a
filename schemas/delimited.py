"""Python's reader of delimited text, and how long a cell may be that it reads.

``csv.field_size_limit`` is one number for all readers of a process. It is set here and nowhere else,
by whoever begins to read, to what they take.
"""

import csv
from collections.abc import Iterable, Iterator
from typing import Any, Protocol


class Reader(Protocol):
    """The records of a text; ``line_num`` is the number of the line that was read last."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


def limit_cells(most_chars: int) -> None:
    """From now on every reader raises ``csv.Error`` at a cell of more characters."""
    csv.field_size_limit(most_chars)


def reader(lines: Iterable[str], most_chars: int, **grammar: Any) -> Reader:
    """The records of ``lines``, none with a cell of more than ``most_chars``; ``grammar`` as ``csv.reader``
    takes it."""
    limit_cells(most_chars)
    return csv.reader(lines, **grammar)
