"""CSV after RFC 4180: UTF-8, CRLF, quotes only where needed; null is nothing, empty text is ``""``."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datasets.exports.contract import Options, as_text, is_text, iter_batches

BOM = "\ufeff".encode()
NEEDS_QUOTES = '[",\r\n]'

RUNS_AS_FORMULA = r"^[\p{Z}\n\v\f]*[=+\-@\t\r\x00;|]"
"""First character, spaces aside and after NFKC, that makes a spreadsheet run a text as a formula
or split it (OWASP, CSV injection)."""


def write_csv(reader: Any, options: Options) -> Iterator[bytes]:
    if options.bom:
        yield BOM
    header = [pa.array([name], pa.string()) for name in reader.schema.names]
    yield lines(header, options)
    for batch in iter_batches(reader):
        yield lines(batch.columns, options)


def lines(columns: list[Any], options: Options) -> bytes:
    """Equally long columns as CSV lines, each with its line end."""
    cells = [cell_texts(column, options, alone=len(columns) == 1) for column in columns]
    ends = pa.scalar("\r\n")
    rows = pc.binary_join_element_wise(*cells, ",")
    return b"".join(buffer_of(pc.binary_join_element_wise(rows, ends, "")))


def cell_texts(column: Any, options: Options, *, alone: bool) -> Any:
    texts = as_text(column)
    if is_text(column.type):
        texts = quoted(guarded(texts) if options.excel else texts)
    # A line with nothing on it is no row to most readers, so a lone null is written as "".
    return pc.fill_null(texts, '""' if alone else "")


def quoted(texts: Any) -> Any:
    risky = pc.or_(pc.match_substring_regex(texts, NEEDS_QUOTES), pc.equal(texts, ""))
    if not pc.any(risky).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(risky, pc.binary_join_element_wise('"', doubled, '"', ""), texts)


def guarded(texts: Any) -> Any:
    """Texts with an apostrophe before those that would run as a formula."""
    risky = pc.match_substring_regex(pc.utf8_normalize(texts, "NFKC"), RUNS_AS_FORMULA)
    return pc.if_else(risky, pc.binary_join_element_wise("'", texts, ""), texts)


def buffer_of(rows: Any) -> Iterator[bytes]:
    """The characters of a string array, without one Python object for each row."""
    arrays = rows.chunks if isinstance(rows, pa.ChunkedArray) else [rows]
    for array in arrays:
        offsets = array.buffers()[1]
        data = array.buffers()[2]
        if data is None:
            continue
        bounds = pa.Array.from_buffers(
            pa.int32(), len(array) + 1, [None, offsets], offset=array.offset
        )
        yield data.slice(bounds[0].as_py(), bounds[-1].as_py() - bounds[0].as_py()).to_pybytes()
