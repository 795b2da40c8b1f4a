"""Published tables in the formats that people and programs ask for.

One input for all: a ``pyarrow.RecordBatchReader``, whose schema may carry the Table Schema.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from datasets.exports.columnar import write_arrow, write_parquet
from datasets.exports.contract import BATCH_ROWS, Export, ExportProblem, Options
from datasets.exports.delimited import write_csv
from datasets.exports.objects import write_json, write_ndjson
from datasets.exports.workbook import write_xlsx

__all__ = ["EXPORTERS", "Export", "ExportProblem", "Options", "export_file", "read", "stream"]

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


def export_file(parquet: Path, name: str, out: Path, *, bom: bool = False) -> None:
    """Write a whole published table to a new file; ``parquet`` itself is copied byte for byte.

    Raises ``ExportProblem``; a failure leaves no file.
    """
    if name == "parquet":
        shutil.copyfile(parquet, out)
        return
    try:
        with out.open("wb") as target:
            for piece in stream(read(parquet), name, bom=bom):
                target.write(piece)
    except BaseException:
        out.unlink(missing_ok=True)
        raise
