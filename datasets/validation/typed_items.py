"""The rows of a JSON file: a list of objects, or of lists, read by the parser Frictionless uses.

The parser (ijson) keeps one item in memory at a time and numbers as they are written, so
that ``0.10`` is not ``0.1``.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Final

import ijson

from datasets.validation.typed_cells import TypedBatch, UnsureError, batch_of

ITEMS_AT_ONCE: Final = 8_192
FIRST_RECORD: Final = 2
"""The keys of the first object are record 1: the header."""


def read_items(
    path: Path, headers: Sequence[str], *, below: str | None = None
) -> Generator[TypedBatch]:
    """The items of the list in the file at ``path``, or of the list at its key ``below``.

    Objects give the cells that ``headers`` name and begin with record 2; lists give their cells
    and begin with record 1, ``headers`` being the first of them. Raises ``UnsureError`` for
    anything else, and where the file is no JSON.
    """
    size = max(path.stat().st_size, 1)
    with path.open("rb") as file:
        items = _items(file, "item" if below is None else f"{below}.item")
        first = next(items, None)
        keyed = isinstance(first, Mapping)
        if not keyed and not isinstance(first, list):
            raise UnsureError
        rows = enumerate(chain([first], items), FIRST_RECORD if keyed else 1)
        while some := list(islice(rows, ITEMS_AT_ONCE)):
            cells = [(number, _cells(item, headers, keyed=keyed)) for number, item in some]
            yield batch_of(cells, len(headers), min(file.tell() / size, 1.0))


def _items(file: IO[bytes], prefix: str) -> Iterator[Any]:
    try:
        yield from ijson.items(file, prefix)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise UnsureError from error


def _cells(item: Any, headers: Sequence[str], *, keyed: bool) -> Sequence[Any]:
    if keyed and isinstance(item, Mapping):
        return [item.get(header) for header in headers]
    if not keyed and isinstance(item, list):
        return item
    raise UnsureError
