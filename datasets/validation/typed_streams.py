"""Any table that Frictionless can open, its cells in batches as Frictionless' own parser reads them.

Slower than a reader of columns, but whatever Frictionless understands (packed, remote, inline,
in several parts, in rare dialects) is then judged by columns like everything else.
"""

from collections.abc import Generator
from itertools import islice
from typing import Any, Final

from frictionless import FrictionlessException

from datasets.validation.typed_cells import TypedBatch, UnsureError, batch_of
from datasets.validation.typed_opening import TypedTable, open_without_rows

MOST_ROWS: Final = 8_192
MOST_CELLS: Final = 400_000

Stats = tuple[int | None, str | None, str | None]


class _Stream:
    """One reading of an open resource; remembers how much had been read for which record."""

    def __init__(self, resource: Any, width: int) -> None:
        self._resource = resource
        self._width = width
        self._known: list[tuple[int, Stats]] = [(0, self._stats())]
        self.broken: Any = None

    def _stats(self) -> Stats:
        stats = self._resource.stats
        return stats.bytes, stats.md5, stats.sha256

    def batches(self) -> Generator[TypedBatch]:
        """All records; what ends them before their time is ``broken`` afterwards."""
        numbered = self._numbered()
        at_once = max(min(MOST_ROWS, MOST_CELLS // self._width), 1)
        while some := list(islice(numbered, at_once)):
            yield batch_of(some, self._width, 0.0)

    def _numbered(self) -> Generator[tuple[int, list[Any]]]:
        try:
            for number, cells in enumerate(self._resource.cell_stream, 1):
                stats = self._stats()
                if stats != self._known[-1][1]:
                    self._known.append((number, stats))
                yield number, cells
        except FrictionlessException as error:
            self.broken = error.error

    def finish_early(self, record: int) -> None:
        """Put back the stats as they were when the record had been read."""
        stats = next(known for first, known in reversed(self._known) if first <= record)
        own = self._resource.stats
        own.bytes, own.md5, own.sha256 = stats


def open_stream(resource: Any) -> TypedTable:
    """Open ``resource``, a Frictionless table resource of any kind.

    Raises ``UnsureError`` where Frictionless cannot open it, or expects no fields in it.
    """
    try:
        open_without_rows(resource)
    except FrictionlessException as error:
        resource.close()
        raise UnsureError from error
    width = len(resource.header.get_expected_fields())
    if not width:
        resource.close()
        raise UnsureError
    stream = _Stream(resource, width)
    batches = stream.batches()
    return TypedTable(
        batches, lambda: None, batches.close, stream.finish_early, lambda: stream.broken
    )
