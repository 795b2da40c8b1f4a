"""Lists of things: a table on a terminal, tab-separated lines in a pipe."""

import sys
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table


def table(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table on a terminal; tab-separated lines without a header in a pipe."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in cells:
            click.echo("\t".join(" ".join(cell.split()) for cell in row))
        return
    shown = Table(*headers)
    for row in cells:
        shown.add_row(*row)
    Console().print(shown)
