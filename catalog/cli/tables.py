"""Small tables that an operator hands in: CSV, workbooks, DOCX documents (``services.small_tables``)."""

from collections.abc import Iterator
from pathlib import Path

from catalog.services import small_tables


def read_table(path: Path) -> Iterator[dict[str, str]]:
    """The rows by column name, every cell as text."""
    return small_tables.records(_bytes(path), path.name)


def read_rows(path: Path) -> Iterator[list[str]]:
    """The rows of the one table of a file, every cell as text without outer space."""
    return iter(small_tables.rows(_bytes(path), path.name))


def read_sheets(path: Path) -> list[small_tables.Sheet]:
    """Every table of a file: the sheets of a workbook, the tables of a DOCX document."""
    return small_tables.sheets(_bytes(path), path.name)


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(small_tables.MOST_BYTES + 1)


def read_text(path: Path) -> str:
    """A text file in UTF-8 or GB18030."""
    return small_tables.decoded(path.read_bytes()[: small_tables.MOST_BYTES], path.name)
