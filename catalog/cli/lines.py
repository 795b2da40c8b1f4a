"""Lines for people: coloured and as wide as the terminal, plain and wide in a pipe."""

import os
import sys
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

PIPE_WIDTH: Final = 160
ELLIPSIS: Final = "…"
Piece = tuple[str, str]
"""A text and its style."""


class Lines:
    """Standard output as it is: a terminal with its width and colours (NO_COLOR has none), or a pipe."""

    def __init__(self) -> None:
        width = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else PIPE_WIDTH
        self._console = Console(width=width, highlight=False, markup=False, emoji=False)

    @property
    def width(self) -> int:
        """Places of a line; a Chinese character takes two."""
        return self._console.width

    def line(self, *pieces: Piece) -> None:
        """Print one line, however long: the terminal wraps it."""
        self._console.print(Text.assemble(*pieces), soft_wrap=True)


def cut(text: str, most: int) -> str:
    """A text of at most ``most`` places of a terminal."""
    if cell_len(text) <= most:
        return text
    return set_cell_size(text, most - 1).rstrip() + ELLIPSIS


def padded(text: str, width: int) -> str:
    """A text of exactly ``width`` places."""
    return set_cell_size(cut(text, width), width)
