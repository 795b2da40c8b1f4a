"""A delivery laid in a folder and examined, once as it is and once with every repair accepted."""

import csv
from pathlib import Path

from datasets.examination import examine
from schemas.records import ExaminationRequest, ExaminationResult, Limits

LIMITS = Limits(max_unpacked_bytes=100 << 20)


def look(folder: Path, data: bytes, **request: object) -> ExaminationResult:
    folder.mkdir(exist_ok=True)
    source = folder / "delivery"
    source.write_bytes(data)
    whole = ExaminationRequest(**{"file_name": "x", "limits": LIMITS, **request})
    return examine(source, folder / "work", whole, lambda _share, _stage: None)


def accept_all(folder: Path, data: bytes, **request: object) -> ExaminationResult:
    offered = look(folder, data).repairs
    return look(folder, data, repairs=tuple(repair.id for repair in offered), **request)


def public_rows(folder: Path, result: ExaminationResult) -> list[list[str]]:
    """The table as it is published, header first."""
    with (folder / "work" / result.artefacts["csv"]).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))
