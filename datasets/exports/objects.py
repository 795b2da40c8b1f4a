"""JSON (an array of objects) and NDJSON (an object a line), UTF-8, keys in the order of columns.

No digit is lost in a reader that knows only doubles: a whole number beyond 2^53 and a decimal with
more than 15 digits is a string. Dates and times are ISO 8601 strings; null is null.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa

from datasets.exports.contract import Options, as_text, iter_batches

SAFE_INTEGER = 2**53 - 1
"""RFC 8259 section 6: beyond it, readers do not agree on a whole number."""

SAFE_DIGITS = 15
"""Every decimal of so many digits survives a double unchanged (IEEE 754 binary64)."""


def write_json(reader: Any, _options: Options) -> Iterator[bytes]:
    before = b"[\n"
    for batch in iter_batches(reader):
        yield before + b",\n".join(iter_objects(batch))
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def write_ndjson(reader: Any, _options: Options) -> Iterator[bytes]:
    for batch in iter_batches(reader):
        yield b"\n".join(iter_objects(batch)) + b"\n"


def iter_objects(batch: Any) -> Iterator[bytes]:
    names = batch.schema.names
    for row in zip(*(json_values(column) for column in batch.columns), strict=True):
        yield orjson.dumps(dict(zip(names, row, strict=True)))


def json_values(column: Any) -> list[Any]:
    """A column's values as JSON carries them: text, whole number, number, truth value or null."""
    kind = column.type
    if pa.types.is_integer(kind):
        return [safe_integer(value) for value in column.to_pylist()]
    if pa.types.is_decimal(kind):
        return [safe_decimal(value) for value in column.to_pylist()]
    if pa.types.is_boolean(kind) or pa.types.is_floating(kind):
        return list(column.to_pylist())
    return list(as_text(column).to_pylist())


def safe_integer(value: int | None) -> int | str | None:
    return value if value is None or abs(value) <= SAFE_INTEGER else str(value)


def safe_decimal(value: Decimal | None) -> float | str | None:
    if value is None:
        return None
    if value == value.to_integral_value():
        return safe_integer(int(value))
    return float(value) if len(value.as_tuple().digits) <= SAFE_DIGITS else f"{value:f}"
