"""Published tables in the formats that people and programs ask for.

One input for all: a ``pyarrow.RecordBatchReader``, whose schema may carry the Table Schema.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from datasets.exports.columnar import write_arrow, write_parquet
from datasets.exports.contract import BATCH_ROWS, Export, ExportProblem, Options
from datasets.exports.delimited import write_csv
from datasets.exports.objects import write_json, write_ndjson
from datasets.exports.workbook import write_xlsx

__all__ = [
    "EXPORTERS",
    "Export",
    "ExportProblem",
    "Options",
    "export_file",
    "formats_at_once",
    "formats_of",
    "go_on",
    "make_formats",
    "read",
    "stream",
]

EXPORTERS: dict[str, Export] = {
    "csv": Export("csv", "text/csv; charset=utf-8", "csv", write_csv),
    "json": Export("json", "application/json", "json", write_json),
    "ndjson": Export("ndjson", "application/x-ndjson", "ndjson", write_ndjson),
    "xlsx": Export(
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsx",
        write_xlsx,
    ),
    "parquet": Export("parquet", "application/vnd.apache.parquet", "parquet", write_parquet),
    "arrow": Export("arrow", "application/vnd.apache.arrow.stream", "arrows", write_arrow),
}


FEW_CELLS = 400_000
"""A table of no more is made in all formats at once: it takes less than a second."""


def formats_of(rows: int, most_sheet_rows: int) -> tuple[str, ...]:
    """The formats that a published table has besides Parquet; a long one has no workbook."""
    return ("csv", "json", "ndjson", *(["xlsx"] if rows <= most_sheet_rows else []))


def formats_at_once(rows: int, columns: int, most_sheet_rows: int) -> tuple[str, ...]:
    """Those of them that its examination makes; the others of a large table are made after it."""
    return formats_of(rows, most_sheet_rows) if rows * columns <= FEW_CELLS else ("csv",)


def go_on() -> None:
    """The answer of somebody who waits for all of it."""


def make_formats(
    parquet: Path, folder: Path, names: Iterable[str], check: Callable[[], None] = go_on
) -> dict[str, str]:
    """Write a table in several formats; returns their files' names in ``folder``.

    A format that cannot hold the table (a cell too long for a workbook) is left out. ``check`` is
    called between pieces and ends the work by raising.
    """
    made: dict[str, str] = {}
    for name in names:
        with suppress(ExportProblem):
            export_file(parquet, name, folder / f"data.{name}", check=check)
            made[name] = f"data.{name}"
    return made


def stream(reader: Any, name: str, *, bom: bool = False, excel: bool = False) -> Iterator[bytes]:
    """The rows of a ``RecordBatchReader`` in the format ``name`` (of ``EXPORTERS``), in pieces.

    ``bom`` and ``excel`` concern CSV alone (``Options``). May raise ``ExportProblem`` on the way;
    a format that cannot begin before it ends (XLSX, Parquet) does so before its first piece.
    """
    return EXPORTERS[name].write(reader, Options(bom=bom, excel=excel))


def read(parquet: Path) -> Any:
    """A ``RecordBatchReader`` over a whole Parquet file, a bounded number of rows at a time."""
    file = pq.ParquetFile(parquet)
    return pa.RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches(BATCH_ROWS))


def export_file(
    parquet: Path,
    name: str,
    out: Path,
    *,
    bom: bool = False,
    check: Callable[[], None] = go_on,
) -> None:
    """Write a whole published table to a new file; ``parquet`` itself is copied byte for byte.

    Raises ``ExportProblem``, and what ``check`` raises between pieces; a failure leaves no file.
    """
    if name == "parquet":
        shutil.copyfile(parquet, out)
        return
    try:
        with out.open("wb") as target:
            for piece in stream(read(parquet), name, bom=bom):
                target.write(piece)
                check()
    except BaseException:
        out.unlink(missing_ok=True)
        raise
