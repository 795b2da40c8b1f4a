"""Open a typed table: Frictionless opens it, on rows that our own readers give.

Everything that costs nothing per row stays with Frictionless: the header, the schema, the fields to
expect. Workbooks and Parquet files are opened on the first rows of our reading, because its
own way to them begins by reading all shared strings of a workbook, or asks for pandas.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import orjson
from frictionless import FrictionlessException, Parser, Plugin, system
from frictionless.formats import ExcelControl, JsonControl

from datasets.validation.background import Beside
from datasets.validation.text_tables import READ_AT_ONCE, TextSource, grammar_of
from datasets.validation.typed_cells import TypedBatch, UnsureError, batch_of
from datasets.validation.typed_items import read_items
from datasets.validation.typed_lines import read_lines
from datasets.validation.typed_parquet import read_parquet
from datasets.validation.typed_sheet import read_sheet
from datasets.validation.typed_workbook import open_sheet, read_rows


@dataclass(frozen=True, slots=True)
class TypedTable:
    """An open table; ``batches`` are all its rows, the header among them.

    ``finish`` puts into the resource's stats what Frictionless would have counted while reading
    all of it, ``finish_early`` what it would have up to a record; ``close`` lets go of the file.
    ``broken`` is the error of Frictionless that ended the batches before their time, if any.
    """

    batches: Iterator[TypedBatch]
    finish: Callable[[], None]
    close: Callable[[], None]
    finish_early: Callable[[int], None] = lambda _record: None
    broken: Callable[[], Any] = lambda: None


class _GivenRows(Parser):  # type: ignore[misc]
    """A parser for rows that were read already."""

    def read_cell_stream_create(self) -> Iterator[list[Any]]:
        """The rows that were given for the opening that is under way."""
        yield from _given.get() or ()


class _GivenRowsPlugin(Plugin):  # type: ignore[misc]
    """Takes the place of the format's parser while rows are given."""

    def create_parser(self, resource: Any) -> Any:
        """Our parser if rows are given, else nobody's."""
        return None if _given.get() is None else _GivenRows(resource)


_given: ContextVar[Sequence[list[Any]] | None] = ContextVar("given", default=None)
system.register("gongkai-given-rows", _GivenRowsPlugin())


@contextmanager
def _on_rows(rows: Sequence[list[Any]]) -> Iterator[None]:
    token = _given.set(rows)
    try:
        yield
    finally:
        _given.reset(token)


def open_without_rows(resource: Any) -> None:
    """Open a Frictionless resource but for its rows, to read which it copies every field once more."""
    resource._TableResource__open_row_stream = _no_rows  # noqa: SLF001  (there is no public way)
    resource.open()


def _no_rows() -> None:
    pass


def open_typed(resource: Any) -> TypedTable:
    """Open ``resource``, a Frictionless table resource of a format in ``TYPED``.

    Raises ``UnsureError`` where only Frictionless knows what to do, whatever Frictionless raises
    while opening among it.
    """
    try:
        return TYPED[resource.format](resource, Path(resource.normpath))
    except (FrictionlessException, UnsureError, OSError) as error:
        resource.close()
        raise UnsureError from error


def _open_workbook(resource: Any, path: Path) -> TypedTable:
    control = ExcelControl.from_dialect(resource.dialect)
    if control.fill_merged_cells or control.preserve_formatting or control.stringified:
        raise UnsureError
    file = path.open("rb")
    beside = Beside(path)
    try:
        sheet = open_sheet(file, control.sheet)
        batches = read_sheet(sheet) if sheet.width and sheet.last_row else read_rows(sheet)
        first = _opened_on_rows(resource, batches)
    except Exception as error:
        # Whatever is wrong with a workbook, Frictionless has its own words for it.
        file.close()
        raise UnsureError from error

    def close() -> None:
        beside.close()
        sheet.archive.close()
        file.close()

    return TypedTable(
        chain(first, beside.batches(batches)),
        lambda: beside.digest().put_into(resource.stats),
        close,
    )


def _open_parquet(resource: Any, path: Path) -> TypedTable:
    batches = read_parquet(path)
    first = _opened_on_rows(resource, batches)
    return TypedTable(chain(first, batches), lambda: None, batches.close)


def _opened_on_rows(resource: Any, batches: Generator[TypedBatch]) -> list[TypedBatch]:
    """Open the resource on the first rows of the batches; the batches used up by that."""
    first: list[TypedBatch] = []
    rows: list[list[Any]] = []
    for batch in batches:
        first.append(batch)
        rows += islice(_rows(batch), resource.detector.sample_size - len(rows))
        if len(rows) >= resource.detector.sample_size:
            break
    with _on_rows(rows):
        open_without_rows(resource)
    return first


def _rows(batch: TypedBatch) -> Iterator[list[Any]]:
    """The rows of a batch in their order."""
    if not batch.ragged:
        yield from (batch.row(place) for place in range(len(batch.numbers)))
        return
    every = [(number, batch.row(place)) for place, number in enumerate(batch.numbers)]
    yield from (cells for _, cells in sorted([*every, *batch.ragged], key=lambda row: row[0]))


def _open_lines(resource: Any, path: Path) -> TypedTable:
    open_without_rows(resource)
    if resource.encoding != "utf-8":
        raise UnsureError
    headers = _first(resource)
    with path.open("rb") as file:
        try:
            keyed = isinstance(orjson.loads(file.readline()), dict)
        except ValueError as error:
            raise UnsureError from error
    if not keyed:
        raise UnsureError
    beside = Beside(path)
    lines = beside.batches(read_lines(path, headers))
    return TypedTable(
        chain([batch_of([(1, headers)], len(headers), 0.0)], lines),
        lambda: beside.digest().put_into(resource.stats),
        beside.close,
        lambda record: _count_lines(resource, path, record),
    )


def _count_lines(resource: Any, path: Path, last: int) -> None:
    """How much Frictionless would have read of the lines up to a record."""
    size = end = 0
    sample = min(resource.detector.sample_size, len(resource.sample))
    with path.open("rb") as file:
        for record, line in enumerate(file, 2):
            size += len(line)
            if record >= max(last, sample):
                end = size
                break
    resource.stats.bytes = min(-(-end // READ_AT_ONCE) * READ_AT_ONCE, path.stat().st_size)


def _open_items(resource: Any, path: Path) -> TypedTable:
    open_without_rows(resource)
    headers = _first(resource)
    items = read_items(path, headers, below=JsonControl.from_dialect(resource.dialect).property)
    first = next(items)
    keyed = not len(first.numbers) or first.numbers[0] != 1
    header = [batch_of([(1, headers)], len(headers), 0.0)] if keyed else []
    return TypedTable(chain(header, [first], items), lambda: None, items.close)


def _open_text(resource: Any, path: Path) -> TypedTable:
    if resource.detector.buffer_size < READ_AT_ONCE:
        # What was read to guess from is then read again from the buffer of the system's file.
        raise UnsureError
    open_without_rows(resource)
    width = len(resource.header.get_expected_fields())
    tabs = resource.format == "tsv"
    source = TextSource(path, resource.encoding, grammar_of(resource, width), tabs=tabs)
    return TypedTable(
        source.batches(),
        lambda: source.count(resource.stats),
        source.close,
        lambda record: source.count_partly(resource.stats, record),
    )


def _first(resource: Any) -> list[Any]:
    """The first record: the keys of the first object, or the first list."""
    if not resource.sample:
        raise UnsureError
    return list(resource.sample[0])


TYPED: Final[dict[str, Callable[[Any, Path], TypedTable]]] = {
    "csv": _open_text,
    "tsv": _open_text,
    "xlsx": _open_workbook,
    "json": _open_items,
    "jsonl": _open_lines,
    "ndjson": _open_lines,
    "parquet": _open_parquet,
    "parq": _open_parquet,
}
"""How each format is opened; the others are read by Frictionless."""
