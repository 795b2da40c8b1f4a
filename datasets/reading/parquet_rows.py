"""Parquet as rows of text, in batches."""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from datasets.reading.archives import too_large
from datasets.reading.grammar import Row
from datasets.reading.json_rows import json_text
from datasets.reading.limits import check_row
from datasets.reading.problems import refuse
from datasets.reading.sheets import MOST_DESTROYED, is_destroyed_number, number_text
from datasets.reading.tables import Table, spool
from schemas.records import ExaminationRequest, Limits, Message

BATCH_ROWS = 4_096


def read_parquet(source: Path, workdir: Path, request: ExaminationRequest) -> Table:
    """Open a Parquet file from outside; nested values become JSON text."""
    destroyed: list[tuple[int, int]] = []
    try:
        with pq.ParquetFile(source, memory_map=False) as file:
            _check(file.metadata, request.limits)
            text = spool(_rows(file, destroyed), workdir / "parquet.csv", request.limits)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError, UnicodeDecodeError) as error:
        raise refuse(
            "parquet-damaged",
            Message("The Parquet file is damaged or uses a feature that is not supported."),
            Message("Write the file again with a current program, or deliver CSV."),
        ) from error
    return Table(
        kind="parquet",
        media_type="application/vnd.apache.parquet",
        text=text,
        limits=request.limits,
        keyed=True,
        destroyed=tuple(destroyed),
    )


def _check(metadata: Any, limits: Limits) -> None:
    check_row([""] * metadata.num_columns, metadata.num_rows, limits)
    groups = range(metadata.num_row_groups)
    if sum(metadata.row_group(i).total_byte_size for i in groups) > limits.max_unpacked_bytes:
        raise too_large(limits)


def _rows(file: Any, destroyed: list[tuple[int, int]]) -> Iterator[Row]:
    yield list(file.schema_arrow.names)
    number = 1
    for batch in file.iter_batches(batch_size=BATCH_ROWS, use_threads=False):
        columns = [_micro(column).to_pylist() for column in batch.columns]
        for cells in zip(*columns, strict=True):
            number += 1
            for column, cell in enumerate(cells, 1):
                if isinstance(cell, float) and is_destroyed_number(cell):
                    destroyed.append((number, column))
            del destroyed[MOST_DESTROYED:]
            yield [_text(cell) for cell in cells]
    told = file.metadata.num_rows
    if number - 1 != told:
        raise refuse(
            "parquet-damaged",
            Message(
                "The footer of the Parquet file speaks of %(told)d row(s), its pages hold %(held)d.",
                {"told": told, "held": number - 1},
            ),
            Message("Write the file again with a current program, or deliver CSV."),
        )


def _micro(column: Any) -> Any:
    """Cut nanoseconds to microseconds, the finest that Python's dates know."""
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        return column.cast(pa.timestamp("us", column.type.tz), safe=False)
    return column


def _text(cell: Any) -> str:
    """Write one value; the order matters, because a boolean is an integer to Python."""
    if cell is None:
        return ""
    for kind, write in WRITERS:
        if isinstance(cell, kind):
            return write(cell)
    return str(cell)


def _plain(value: Any) -> Any:
    """Make a nested value fit for JSON: what JSON does not know becomes text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else _text(value)


WRITERS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (bool, lambda cell: "true" if cell else "false"),
    (float, number_text),
    (Decimal, lambda cell: format(cell, "f")),
    (bytes, lambda cell: cell.decode("utf-8")),
    ((dt.date, dt.time), lambda cell: cell.isoformat()),
    ((dict, list), lambda cell: json_text(_plain(cell))),
)
