"""From the bytes of a delivery to rows of text, and what is wrong with their form.

``open_table`` tells the kind by content and opens it; ``survey`` and ``detect`` find the defects
and offer repairs; ``normalise`` applies those that people agreed to.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from datasets.reading.containers import Unpacked, ungzip, unzip
from datasets.reading.delimited import read_delimited
from datasets.reading.json_rows import read_json, read_ndjson
from datasets.reading.kinds import no_table, sniff
from datasets.reading.normalise import Normalised, normalise, repaired_labels
from datasets.reading.parquet_rows import read_parquet
from datasets.reading.problems import UnreadableError
from datasets.reading.sheets import read_sheets
from datasets.reading.stacked import members_of, only
from datasets.reading.structure import Structure, detect
from datasets.reading.survey import survey
from datasets.reading.tables import Table
from datasets.reading.veil import Veil, has_surplus, is_withheld, veil_of
from schemas.records import ExaminationRequest

Reader = Callable[[Path, Path, ExaminationRequest], Table]
Opener = Callable[[Path, Path, ExaminationRequest], Unpacked]

READERS: dict[str, Reader] = {
    "csv": read_delimited,
    "json": read_json,
    "ndjson": read_ndjson,
    "ods": read_sheets,
    "parquet": read_parquet,
    "xls": read_sheets,
    "xlsx": read_sheets,
}
"""Kind of file -> what opens it: (file, work folder, request) to a table of text."""

CONTAINERS: dict[str, Opener] = {"gzip": ungzip, "zip": unzip}
"""Kind of archive -> what takes the one table out of it."""

__all__ = [
    "CONTAINERS",
    "READERS",
    "Normalised",
    "Structure",
    "Table",
    "UnreadableError",
    "Veil",
    "detect",
    "has_surplus",
    "is_withheld",
    "members_of",
    "normalise",
    "only",
    "open_table",
    "repaired_labels",
    "survey",
    "veil_of",
]


def open_table(source: Path, workdir: Path, request: ExaminationRequest) -> Table:
    """Open a delivered file as a table of text; raises UnreadableError with the reason.

    Archives are opened one level deep. ``request.member`` names a file of an archive, a sheet of a
    workbook, or both as ``file#sheet``.
    """
    kind = sniff(source)
    if kind not in CONTAINERS:
        return READERS[kind](source, workdir, request)
    inner = CONTAINERS[kind](source, workdir, request)
    inner_kind = sniff(inner.path)
    if inner_kind in CONTAINERS:
        raise no_table(inner_kind.upper())
    table = READERS[inner_kind](inner.path, workdir, replace(request, member=inner.sheet))
    return replace(table, members=inner.members or table.members)
