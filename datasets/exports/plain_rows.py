"""Rows in hand as the reader that every exporter takes, a bounded number of them at a time."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import pyarrow as pa

ROWS = 2_000
KINDS = {
    "string": pa.string(),
    "integer": pa.int64(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
    "boolean": pa.bool_(),
}


def reader(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> Any:
    """A ``RecordBatchReader`` over rows; ``columns`` maps each name to a key of ``KINDS``."""
    schema = pa.schema([(name, KINDS[kind]) for name, kind in columns.items()])
    return pa.RecordBatchReader.from_batches(schema, _batches(schema, iter(rows)))


def _batches(schema: Any, rows: Iterator[Mapping[str, Any]]) -> Iterator[Any]:
    while part := list(islice(rows, ROWS)):
        yield pa.RecordBatch.from_pylist(part, schema=schema)
