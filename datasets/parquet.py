"""Typed Parquet from a validated CSV, with its Table Schema in the file.

Codes stay text and decimals stay decimals. A value is never lost: a column with a value that does
not fit its declared type is written as text.

Rows keep the order of the delivery: it is part of what was published ("row 17", a ranking, a ledger),
and a sorted copy would be another table. What makes reading a part quick is written beside the rows:
row groups of 50,000 with extremes of every column and page, so that a time or number that grows along
the file is found by its range, and Bloom filters on columns of many different values, so that one
code is found without reading the others (measured on a million rows: 5 ms instead of 29; a page of a
hundred rows 5 ms, 12 with groups of 20,000).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from frictionless import Field

from datasets.columnar import Batch, read_batches
from datasets.typed_columns import FEW_DIGITS, TypedColumn
from datasets.validation.acceptance import accept_schema, bare

SCHEMA_KEY: Final = b"frictionless:schema"
ROW_GROUP_ROWS: Final = 50_000
ROW_GROUP_BYTES: Final = 64 * 2**20
"""Rows of very long cells, or of thousands of columns, come in smaller groups: they are in memory."""

SAMPLE_ROWS: Final = 10_000
VARIED: Final = 0.5
"""Share of different values in the first rows above which a dictionary of values only costs."""

FALSE_HITS: Final = 0.01
"""How often a Bloom filter sends a reader to a row group in vain; 60 kB for 50,000 values."""

MOST_FILTERS: Final = 8
"""Columns with a Bloom filter: more would make a wide table's filters larger than the table."""


def write_parquet(csv_path: Path, table_schema: Mapping[str, Any], out: Path) -> int:
    """Write the UTF-8 CSV (header in its first row) as Parquet; returns the number of rows.

    ``table_schema`` has one field for each column, in order. The file is read once; a second time
    only where a later row does not fit the types that the first rows suggest. Raises ``ValueError``
    for a row wider than the schema and ``SchemaProblem`` for an unusable schema.
    """
    columns = _typed(table_schema)
    for texts in _stretches(csv_path, len(columns)):
        _learn(columns, texts)
        break
    rows = _attempt(csv_path, columns, table_schema, out)
    if rows is None:
        rows = _attempt(csv_path, columns, table_schema, out)
    if rows is None:
        raise RuntimeError("the types learnt from the whole table do not hold it")
    return rows


class Offshoot:
    """The same file, written while somebody else walks the table: batch by batch, in the types that
    the first one suggests.

    It is given up, and nothing is left of it, as soon as a batch has a record of another width or a
    value that does not fit; ``write_parquet`` is for those tables. Raises as that does.
    """

    def __init__(self, table_schema: Mapping[str, Any], out: Path) -> None:
        self.table_schema = table_schema
        self.path = out
        self._columns = _typed(table_schema)
        self._groups: RowGroups | None = None
        self._lost = not self._columns

    def add(self, batch: Batch) -> None:
        """Take the next records of the table; nothing happens once it is given up."""
        if self._lost:
            return
        if batch.ragged or len(batch.columns) != len(self._columns):
            self.give_up()
            return
        if self._groups is None:
            _learn(self._columns, batch.columns)
            self._groups = RowGroups(self.path, _schema(self._columns, self.table_schema))
        arrays = [c.convert(texts) for c, texts in zip(self._columns, batch.columns, strict=True)]
        if any(array is None for array in arrays):
            self.give_up()
        else:
            self._groups.add(pa.record_batch(arrays, schema=self._groups.schema))

    def finish(self) -> int | None:
        """The number of rows written; ``None`` when there is no file."""
        if self._lost:
            return None
        if self._groups is None:
            self._groups = RowGroups(self.path, _schema(self._columns, self.table_schema))
        groups, self._groups, self._lost = self._groups, None, True
        with groups:
            return groups.finish()

    def give_up(self) -> None:
        """Leave nothing behind."""
        groups, self._groups, self._lost = self._groups, None, True
        if groups is not None:
            groups.close()
            self.path.unlink(missing_ok=True)


def _typed(table_schema: Mapping[str, Any]) -> list[TypedColumn]:
    accepted = bare(accept_schema(table_schema))
    missing = _texts(accepted.get("missingValues", [""]))
    fields = [Field.from_descriptor(_unconstrained(field)) for field in accepted["fields"]]
    return [TypedColumn(field, missing) for field in fields]


def _schema(columns: Sequence[TypedColumn], table_schema: Mapping[str, Any]) -> Any:
    """The Arrow schema of the types known so far, which carries the Table Schema."""
    described = json.dumps(table_schema, ensure_ascii=False, sort_keys=True).encode()
    schema = pa.schema([pa.field(column.name, column.arrow_type()) for column in columns])
    return schema.with_metadata({SCHEMA_KEY: described})


def _unconstrained(field: Mapping[str, Any]) -> dict[str, Any]:
    """The field without its constraints: validity was judged before, here values are only read, and
    numbers to the last digit."""
    return {key: value for key, value in field.items() if key not in {"constraints", "floatNumber"}}


def _texts(missing: Sequence[Any]) -> list[str]:
    return [entry["value"] if isinstance(entry, Mapping) else str(entry) for entry in missing]


def _stretches(csv_path: Path, width: int) -> Iterator[Sequence[Any]]:
    """Columns of text, some rows at a time; the header is skipped, short rows are filled."""
    for batch in read_batches(csv_path, width, skip_records=1):
        columns = _filled(batch, width) if batch.ragged else batch.columns
        if len(columns[0]):
            yield columns


def _filled(batch: Batch, width: int) -> list[Any]:
    """The columns of a batch with its irregular rows in their places."""
    if any(len(record) > width for _, record in batch.ragged):
        raise ValueError("a row has more cells than the schema has fields")
    whole = zip(*(column.to_pylist() for column in batch.columns), strict=True)
    rows: dict[int, Sequence[str]] = dict(zip(batch.numbers, whole, strict=True))
    rows |= {number: [*record, *[""] * (width - len(record))] for number, record in batch.ragged}
    ordered = [rows[number] for number in sorted(rows)]
    return [pa.array(column, pa.string()) for column in zip(*ordered, strict=True)]


def _learn(columns: Sequence[TypedColumn], texts: Sequence[Any]) -> None:
    for column, cells in zip(columns, texts, strict=True):
        column.learn(cells)


def _attempt(
    csv_path: Path, columns: Sequence[TypedColumn], table_schema: Mapping[str, Any], out: Path
) -> int | None:
    """Write the whole table in the types known so far. Where they turn out too narrow, only learn
    from what is left, and answer ``None``."""
    schema = _schema(columns, table_schema)
    stretches = _stretches(csv_path, len(columns))
    with RowGroups(out, schema) as groups:
        for texts in stretches:
            arrays = [c.convert(cells) for c, cells in zip(columns, texts, strict=True)]
            if any(array is None for array in arrays):
                break
            groups.add(pa.record_batch(arrays, schema=schema))
        else:
            return groups.finish()
    for texts in stretches:
        _learn(columns, texts)
    return None


class RowGroups:
    """A Parquet file to which batches are added; a thread of its own encodes full row groups."""

    def __init__(self, out: Path, schema: Any) -> None:
        self._out, self.schema = out, schema
        self._file: pq.ParquetWriter | None = None
        self._held: list[Any] = []
        self._rows = self._bytes = self._written = 0
        self._thread = ThreadPoolExecutor(1)
        self._pending: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the thread and the file, as far as it goes."""
        self._thread.shutdown()
        if self._file is not None:
            self._file.close()

    def add(self, batch: Any) -> None:
        self._held.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        while self._rows >= ROW_GROUP_ROWS:
            self._write(ROW_GROUP_ROWS)
        if self._bytes >= ROW_GROUP_BYTES:
            self._write(self._rows)

    def finish(self) -> int:
        """Write what is left; returns the number of rows of the file."""
        if self._rows or self._file is None:
            self._write(self._rows)
        self._wait()
        return self._written

    def _write(self, rows: int) -> None:
        table = pa.Table.from_batches(self._held, self.schema)
        if self._file is None:
            self._file = open_writer(self._out, table)
        self._wait()
        self._pending = self._thread.submit(self._file.write_table, table.slice(0, rows), rows or 1)
        rest = table.slice(rows)
        self._held, self._rows, self._bytes = rest.to_batches(), rest.num_rows, rest.nbytes
        self._written += rows

    def _wait(self) -> None:
        if self._pending is not None:
            self._pending.result()
            self._pending = None


def open_writer(out: Path, table: Any) -> pq.ParquetWriter:
    """A writer whose encodings suit the first rows of a table, given in ``table``."""
    varied = [name for name, column in zip(table.column_names, table.columns, strict=True)
              if _is_varied(column.slice(0, SAMPLE_ROWS))]  # fmt: skip
    whole = [name for name in varied if _is_whole(table.schema.field(name).type)]
    texts = [name for name in varied if pa.types.is_string(table.schema.field(name).type)]
    ids = [name for name in whole if pa.types.is_integer(table.schema.field(name).type)]
    filters = {name: {"ndv": ROW_GROUP_ROWS, "fpp": FALSE_HITS} for name in [*texts, *ids]}
    return pq.ParquetWriter(
        out,
        table.schema,
        compression="zstd",
        write_page_index=True,
        store_decimal_as_integer=True,
        use_dictionary=[name for name in table.column_names if name not in varied],
        column_encoding=dict.fromkeys(whole, "DELTA_BINARY_PACKED"),
        bloom_filter_options=dict([*filters.items()][:MOST_FILTERS]),
    )


def _is_varied(column: Any) -> bool:
    return bool(pc.count_distinct(column).as_py() > VARIED * len(column))


def _is_whole(kind: Any) -> bool:
    """Whether Parquet stores the type as 32 or 64 bit integers."""
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_date(kind)
        or pa.types.is_timestamp(kind)
        or (pa.types.is_decimal(kind) and kind.precision <= FEW_DIGITS)
    )


def read_table_schema(parquet: Path) -> dict[str, Any]:
    """The Table Schema stored in a file that ``write_parquet`` made. Raises ``KeyError`` if none."""
    metadata = pq.read_metadata(parquet).metadata or {}
    schema: dict[str, Any] = json.loads(metadata[SCHEMA_KEY])
    return schema
