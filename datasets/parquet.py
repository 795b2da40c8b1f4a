"""Typed Parquet from a validated CSV, with its Table Schema in the file.

Codes stay text and decimals stay decimals. A value is never lost: a column with a value that does
not fit its declared type is written as text. Row groups hold 20,000 rows with a page index, so that
a reader over HTTP fetches only what a page of rows needs.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from frictionless import Field

from datasets.columnar import read_records
from datasets.validation.acceptance import accept_schema, bare

SCHEMA_KEY: Final = b"frictionless:schema"
ROW_GROUP_ROWS: Final = 20_000
MAX_DECIMAL_DIGITS: Final = 38
"""Precision of decimal128, the widest that every reader of Parquet understands."""

_INT64: Final = range(-(2**63), 2**63)

_PLAIN_INTEGER: Final = "^-?[0-9]{1,18}$"
_PLAIN_NUMBER: Final = r"^-?[0-9]+(\.[0-9]+)?$"
_PLAIN_DATE: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_PLAIN_DATETIME: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}$"


class ColumnWriter:
    """Decides, from a first reading of a column, how it is stored; then converts its batches."""

    def __init__(self, field: Any, missing: Sequence[str]) -> None:
        self.name: str = field.name
        self.kind: str = field.type
        own_missing = field.missing_values if field.has_defined("missing_values") else missing
        self.missing = pa.array(list(own_missing), pa.string())
        self._read = field.create_cell_reader()
        plain_format = field.format == "default"
        self._plain = _PLAIN.get(field.type) if plain_format and not _reshaped(field) else None
        self._whole_digits = 1
        self._scale = 0
        self.as_text = field.type not in _STORED

    def see(self, texts: Any) -> None:
        """First reading: widen the decimal, or give up on the type."""
        if self.as_text:
            return
        present = self._present(texts)
        if self._is_plain(present):
            if self.kind == "number" and len(present):
                self._measure_plain(present)
            self.as_text = self.as_text or not self._casts(present)
            return
        values = [self._read(text) for text in pc.unique(present).to_pylist()]
        self.as_text = any(value is None or not self._storable(value) for value, _ in values)

    def _measure_plain(self, texts: Any) -> None:
        digits = pc.ascii_ltrim(texts, characters="-")
        dots = pc.find_substring(digits, ".")
        lengths = pc.utf8_length(digits)
        fractions = pc.if_else(
            pc.less(dots, 0), 0, pc.subtract(lengths, pc.add(dots, pa.scalar(1, pa.int32())))
        )
        wholes = pc.if_else(pc.less(dots, 0), lengths, dots)
        self._widen(pc.max(wholes).as_py(), pc.max(fractions).as_py())

    def _widen(self, whole_digits: int, scale: int) -> None:
        self._whole_digits = max(self._whole_digits, whole_digits)
        self._scale = max(self._scale, scale)
        self.as_text = self.as_text or self._whole_digits + self._scale > MAX_DECIMAL_DIGITS

    def _storable(self, value: Any) -> bool:
        if isinstance(value, datetime):
            return value.tzinfo is None
        if isinstance(value, float):
            value = Decimal(repr(value))
        if isinstance(value, Decimal):
            if not value.is_finite():
                return False
            exponent = int(value.as_tuple().exponent)
            self._widen(max(value.adjusted() + 1, 1), max(-exponent, 0))
            return not self.as_text
        return not isinstance(value, int) or value in _INT64

    def _present(self, texts: Any) -> Any:
        return texts.filter(pc.invert(pc.is_in(texts, value_set=self.missing)))

    def _is_plain(self, present: Any) -> bool:
        if self._plain is None:
            return False
        return pc.all(pc.match_substring_regex(present, self._plain)).as_py() is not False

    def _casts(self, present: Any) -> bool:
        if self.as_text:
            return False
        try:
            present.cast(self.arrow_type())
        except pa.ArrowInvalid:
            return False
        return True

    def arrow_type(self) -> Any:
        """The column's type in the file, known once everything was seen."""
        if self.as_text:
            return pa.string()
        if self.kind == "number":
            return pa.decimal128(self._whole_digits + self._scale, self._scale)
        return _STORED[self.kind]

    def convert(self, texts: Any) -> Any:
        """Second reading: a batch of texts as values, missing ones null."""
        nulled = pc.if_else(
            pc.is_in(texts, value_set=self.missing), pa.scalar(None, pa.string()), texts
        )
        if self.as_text:
            return nulled
        kind = self.arrow_type()
        if self._is_plain(nulled.drop_null()):
            return nulled.cast(kind)
        encoded = nulled.dictionary_encode()
        values = [self._value(text) for text in encoded.dictionary.to_pylist()]
        return pa.array(values, kind).take(encoded.indices)

    def _value(self, text: str) -> Any:
        value, _ = self._read(text)
        if self.kind == "number":
            return Decimal(repr(value)) if isinstance(value, float) else value
        return value


_STORED: Final[Mapping[str, Any]] = {
    "integer": pa.int64(),
    "number": None,
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "year": pa.int32(),
}
"""Types stored as themselves (a number's width depends on its values); the others are text."""

_PLAIN: Final = {
    "integer": _PLAIN_INTEGER,
    "number": _PLAIN_NUMBER,
    "date": _PLAIN_DATE,
    "datetime": _PLAIN_DATETIME,
}
"""Spellings that Arrow and Frictionless read alike, so that a whole batch can be cast at once."""


def _reshaped(field: Any) -> bool:
    """Whether a number is written with group or decimal characters of its own."""
    return any(field.has_defined(name) for name in ("group_char", "decimal_char", "bare_number"))


def _batches(csv_path: Path, width: int) -> Iterator[list[Any]]:
    """Columns of text, some rows at a time; the header is skipped, short rows are filled."""
    for records in read_records(csv_path, ROW_GROUP_ROWS, skip=1):
        for row in records.rows:
            if len(row) > width:
                raise ValueError("a row has more cells than the schema has fields")
            row.extend([""] * (width - len(row)))
        yield [pa.array(column, pa.string()) for column in zip(*records.rows, strict=True)]


def write_parquet(csv_path: Path, table_schema: Mapping[str, Any], out: Path) -> int:
    """Write the UTF-8 CSV (header in its first row) as Parquet; returns the number of rows.

    ``table_schema`` has one field for each column, in order. Reads the file twice: once to learn
    which columns fit their types and how wide decimals are, once to write. Raises ``ValueError``
    for a row wider than the schema and ``SchemaProblem`` for an unusable schema.
    """
    accepted = accept_schema(table_schema)
    missing = bare(accepted).get("missingValues", [""])
    fields = [Field.from_descriptor(_unconstrained(field)) for field in bare(accepted)["fields"]]
    writers = [ColumnWriter(field, _texts(missing)) for field in fields]
    for columns in _batches(csv_path, len(writers)):
        for writer, column in zip(writers, columns, strict=True):
            writer.see(column)
    schema = pa.schema([pa.field(writer.name, writer.arrow_type()) for writer in writers])
    described = json.dumps(table_schema, ensure_ascii=False, sort_keys=True).encode()
    schema = schema.with_metadata({SCHEMA_KEY: described})
    rows = 0
    with pq.ParquetWriter(out, schema, compression="zstd", write_page_index=True) as file:
        for columns in _batches(csv_path, len(writers)):
            arrays = [w.convert(column) for w, column in zip(writers, columns, strict=True)]
            batch = pa.record_batch(arrays, schema=schema)
            file.write_batch(batch, row_group_size=ROW_GROUP_ROWS)
            rows += batch.num_rows
    return rows


def _unconstrained(field: Mapping[str, Any]) -> dict[str, Any]:
    """The field without its constraints: validity was judged before, here values are only read."""
    return {key: value for key, value in field.items() if key != "constraints"}


def _texts(missing: Sequence[Any]) -> list[str]:
    return [entry["value"] if isinstance(entry, Mapping) else str(entry) for entry in missing]


def read_table_schema(parquet: Path) -> dict[str, Any]:
    """The Table Schema stored in a file that ``write_parquet`` made. Raises ``KeyError`` if none."""
    metadata = pq.read_metadata(parquet).metadata or {}
    schema: dict[str, Any] = json.loads(metadata[SCHEMA_KEY])
    return schema
