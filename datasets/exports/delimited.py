"""CSV after RFC 4180: UTF-8, CRLF, quotes only where needed; null is nothing, empty text is ``""``."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from datasets.exports.contract import (
    Options,
    as_text,
    has_fractions,
    is_text,
    is_whole,
    iter_batches,
)

BOM = "\ufeff".encode()
NEEDS_QUOTES = frozenset('",\r\n')

RUNS_AS_FORMULA = r"^[\p{Z}\n\v\f]*[=+\-@\t\r\x00;|]"
"""First character, spaces aside and after NFKC, that makes a spreadsheet run a text as a formula
or split it (OWASP, CSV injection)."""


def write_csv(reader: Any, options: Options) -> Iterator[bytes]:
    if options.bom:
        yield BOM
    names = harmless(reader.schema.names) if options.excel else reader.schema.names
    yield (",".join(map(quoted, names)) + "\r\n").encode()
    for batch in iter_batches(reader):
        yield lines(batch.columns, options)


def quoted(text: str) -> str:
    if text and NEEDS_QUOTES.isdisjoint(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def lines(columns: list[Any], options: Options) -> bytes:
    """Equally long columns as CSV lines, each with its line end."""
    cells = [cell_values(column, options) for column in columns]
    if len(cells) == 1:
        # A line with nothing on it is no row to most readers, so a lone null is written as "".
        cells = [pc.fill_null(as_text(cells[0]), "")]
    names = [str(number) for number in range(len(cells))]
    out = BytesIO()
    pl.DataFrame(pa.table(cells, names)).write_csv(
        out,
        include_header=False,
        line_terminator="\r\n",
        quote_style="necessary",
        datetime_format="%Y-%m-%dT%H:%M:%S",
    )
    return out.getvalue()


def cell_values(column: Any, options: Options) -> Any:
    """A column as the writer spells it: by itself where that is plain, else as text."""
    kind = column.type
    if is_text(kind):
        return guarded(column) if options.excel else column
    if is_whole(kind) or pa.types.is_boolean(kind) or pa.types.is_date32(kind):
        return column
    if pa.types.is_decimal128(kind):
        return column
    if kind == pa.timestamp("us") and not has_fractions(column):
        return column
    return as_text(column)


def harmless(cells: Sequence[Any]) -> list[Any]:
    """Cells of a table that we write ourselves, the texts among them as ``guarded`` gives them."""
    texts = pa.array([cell if isinstance(cell, str) else None for cell in cells], pa.string())
    return [
        cell if text is None else text
        for cell, text in zip(cells, guarded(texts).to_pylist(), strict=True)
    ]


def guarded(texts: Any) -> Any:
    """Texts with an apostrophe before those that would run as a formula."""
    risky = pc.match_substring_regex(pc.utf8_normalize(texts, "NFKC"), RUNS_AS_FORMULA)
    return pc.if_else(risky, pc.binary_join_element_wise("'", texts, ""), texts)
