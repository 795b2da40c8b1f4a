"""JSON (an array of objects) and NDJSON (an object a line), UTF-8, keys in the order of columns.

No digit is lost in a reader that knows only doubles: a whole number beyond 2^53 and a decimal with
more than 15 digits is a string. Dates and times are ISO 8601 strings; null is null. Whole columns are
spelled at once, by Arrow; ``json_values`` gives the same values one by one, for small answers.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from datasets.exports.contract import (
    Options,
    as_text,
    buffer_of,
    contains,
    is_text,
    is_whole,
    iso_moments,
    iter_batches,
)

SAFE_INTEGER = 2**53 - 1
"""RFC 8259 section 6: beyond it, readers do not agree on a whole number."""

SAFE_DIGITS = 15
"""Every decimal of so many digits survives a double unchanged (IEEE 754 binary64)."""

CONTROL = "[\\x00-\\x1f]"


def write_json(reader: Any, _options: Options) -> Iterator[bytes]:
    before = b"[\n"
    for batch in iter_batches(reader):
        yield before
        yield objects(batch, ",\n")[:-2]
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def write_ndjson(reader: Any, _options: Options) -> Iterator[bytes]:
    for batch in iter_batches(reader):
        yield objects(batch, "\n")


def objects(batch: Any, after: str) -> bytes:
    """The rows of a batch as JSON objects, each followed by ``after``."""
    parts: list[Any] = []
    pending = "{"
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    for name, column in columns.items():
        texts, quote = spelled(column)
        parts += [pending + orjson.dumps(name).decode() + ":" + quote, texts]
        pending = quote + ","
    rows = pc.binary_join_element_wise(*parts, pending[:-1] + "}" + after, "")
    return b"".join(buffer_of(rows))


def spelled(column: Any) -> tuple[Any, str]:
    """A column as text in JSON's spelling, and the quotes that every one of its texts still needs."""
    kind = column.type
    if (is_text(kind) and not _is_plain(column)) or pa.types.is_floating(kind):
        texts, quote = _dumped(column), ""
    elif is_whole(kind):
        texts, quote = _safe(column, SAFE_INTEGER), ""
    elif pa.types.is_decimal(kind):
        texts, quote = _safe(column, Decimal(10**SAFE_DIGITS - 1).scaleb(-kind.scale)), ""
    else:
        texts, quote = as_text(column), "" if pa.types.is_boolean(kind) else '"'
    if not texts.null_count:
        return texts, quote
    return pc.fill_null(_quoted(texts) if quote else texts, "null"), ""


def _is_plain(texts: Any) -> bool:
    """Whether no text needs a backslash in JSON."""
    if contains(texts, (b'"', b"\\")):
        return False
    return pc.any(pc.match_substring_regex(texts, CONTROL)).as_py() is not True


def _quoted(texts: Any) -> Any:
    return pc.binary_join_element_wise('"', texts, '"', "")


def _dumped(column: Any) -> Any:
    encoded = column.dictionary_encode()
    held = [orjson.dumps(value).decode() for value in encoded.dictionary.to_pylist()]
    return pa.array(held, pa.string()).take(encoded.indices)


def _safe(column: Any, most: int | Decimal) -> Any:
    """Numbers as text, in quotes those beyond what every reader keeps."""
    texts = as_text(column)
    ends = pc.min_max(column).as_py()
    if ends["max"] is None or (-most <= ends["min"] and ends["max"] <= most):
        return texts
    beyond = [value is not None and abs(value) > most for value in column.to_pylist()]
    return pc.if_else(pa.array(beyond, pa.bool_()), _quoted(texts), texts)


def json_values(column: Any) -> list[Any]:
    """A column's values as JSON carries them: text, whole number, number, truth value or null."""
    kind = column.type
    if pa.types.is_integer(kind):
        return [safe_integer(value) for value in column.to_pylist()]
    if pa.types.is_decimal(kind):
        return [safe_decimal(value) for value in column.to_pylist()]
    if pa.types.is_boolean(kind) or pa.types.is_floating(kind):
        return list(column.to_pylist())
    if pa.types.is_timestamp(kind):
        return iso_moments(column)
    return list(as_text(column).to_pylist())


def safe_integer(value: int | None) -> int | str | None:
    return value if value is None or abs(value) <= SAFE_INTEGER else str(value)


def safe_decimal(value: Decimal | None) -> float | str | None:
    if value is None:
        return None
    if value == value.to_integral_value():
        return safe_integer(int(value))
    return float(value) if len(value.as_tuple().digits) <= SAFE_DIGITS else f"{value:f}"
