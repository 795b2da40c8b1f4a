"""What every export format is given and gives: batches of typed columns in, pieces of bytes out."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas.records import Problem

BATCH_ROWS = 50_000
"""Rows turned into bytes at a time; bounds the memory of an export whatever its length."""

BATCH_BYTES = 64 * 2**20
"""A batch of very long cells is cut smaller; Arrow's text columns end at 2 GiB."""

SCHEMA_KEY = b"frictionless:schema"
"""Where a published Parquet file carries its Table Schema (``datasets.parquet`` writes it)."""


NO_FRACTION = ".000000"
"""How Arrow ends a time that is a whole second."""

PLAIN_SCALE = 6
"""With more decimal places Arrow writes small decimals as 1E-7, which not every reader takes."""


@dataclass(frozen=True, slots=True)
class Options:
    """Choices of the person who downloads.

    ``bom``: a CSV begins with U+FEFF, by which Excel knows UTF-8. ``excel``: text cells of a CSV
    that a spreadsheet would run as a formula get a leading apostrophe.
    """

    bom: bool = False
    excel: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    """A format: its media type, file suffix without dot, and how batches become its bytes.

    ``write`` takes a ``pyarrow.RecordBatchReader`` and yields pieces; it may raise ``ExportProblem``.
    """

    name: str
    media_type: str
    suffix: str
    write: Callable[[Any, Options], Iterator[bytes]]


class ExportProblem(Exception):
    """The table cannot be put into this format; ``problem`` says why and what to take instead."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def iter_batches(reader: Any) -> Iterator[Any]:
    """The reader's record batches, none empty, none larger than the two bounds (or one row)."""
    for batch in reader:
        share = BATCH_BYTES * batch.num_rows // max(batch.nbytes, 1)
        rows = min(BATCH_ROWS, max(share, 1))
        for start in range(0, batch.num_rows, rows):
            yield batch.slice(start, rows)


def is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def is_whole(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind))


def has_fractions(moments: Any) -> bool:
    """Whether a time of a column (in microseconds) has a fraction of a second."""
    whole = pc.floor_temporal(moments, unit="second")
    return bool(pc.any(pc.not_equal(whole, moments)).as_py())


def contains(texts: Any, characters: tuple[bytes, ...]) -> bool:
    """Whether one of the ASCII characters stands in a text of the column, or next to it in memory."""
    _, _, data = texts.buffers()
    held = data.to_pybytes() if data is not None else b""
    return any(held.find(character) >= 0 for character in characters)


def titles(schema: Any) -> list[str]:
    """What people call the columns: the title in the Table Schema, else the column's name."""
    described = json.loads((schema.metadata or {}).get(SCHEMA_KEY, b"{}"))
    known = {field["name"]: field.get("title") for field in described.get("fields", [])}
    return [str(known.get(name) or name) for name in schema.names]


def as_text(column: Any) -> Any:
    """A column as text, nulls kept: ISO 8601 dates and times, plain decimals, ``true``/``false``."""
    kind = column.type
    if pa.types.is_string(kind):
        return column
    if pa.types.is_timestamp(kind):
        return timestamps_as_text(column)
    if pa.types.is_decimal(kind) and kind.scale > PLAIN_SCALE:
        return pa.array([None if v is None else f"{v:f}" for v in column.to_pylist()], pa.string())
    return column.cast(pa.string())


def timestamps_as_text(column: Any) -> Any:
    """``2026-11-23T08:00:00``, with a fraction only where there is one (ISO 8601)."""
    return pc.replace_substring_regex(
        pc.replace_substring(_spaced(column), " ", "T"), rf"\{NO_FRACTION}$", replacement=""
    )


def iso_moments(column: Any) -> list[str | None]:
    """The same one by one: of a few times an expression costs more than all of them."""
    spaced = _spaced(column).to_pylist()
    return [one and one.replace(" ", "T").removesuffix(NO_FRACTION) for one in spaced]


def _spaced(moments: Any) -> Any:
    return moments.cast(pa.timestamp("us")).cast(pa.string())


def buffer_of(rows: Any) -> Iterator[bytes]:
    """The characters of a text column, without one Python object for each row."""
    arrays = rows.chunks if isinstance(rows, pa.ChunkedArray) else [rows]
    for array in arrays:
        _, offsets, data = array.buffers()
        if data is None:
            continue
        bounds = pa.Array.from_buffers(
            pa.int32(), len(array) + 1, [None, offsets], offset=array.offset
        )
        yield data.slice(bounds[0].as_py(), bounds[-1].as_py() - bounds[0].as_py()).to_pybytes()
