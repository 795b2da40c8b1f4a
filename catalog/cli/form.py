"""What is odd about the form of a file, whatever Frictionless says: what a clerk would repair first."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from datasets.reading import Structure, UnreadableError, detect, open_table, survey
from datasets.sensitive import redact
from schemas.places import ranges
from schemas.records import ExaminationRequest, Message

MOST_BYTES: Final = 64 * 2**20
"""The form of larger files is not looked into: it would take longer than judging them."""
MOST_VALID_BYTES: Final = 8 * 2**20
MOST_REMARKS: Final = 8
HEADING: Final = frozenset({"title-rows", "two-row-header"})
"""Kinds of repairs of a header that does not stand in the first row alone."""
SUFFIXES: Final[dict[str, tuple[str, ...]]] = {
    "csv": ("csv",),
    "tsv": ("csv",),
    "xls": ("xls",),
    "xlsx": ("xlsx",),
    "ods": ("ods",),
    "json": ("json",),
    "ndjson": ("ndjson",),
    "jsonl": ("ndjson", "json"),
    "parquet": ("parquet",),
}
UTF_8: Final = ("utf-8", "utf-8-sig", "ascii")


def form(local: str, *, valid: bool, header: Sequence[int] = ()) -> dict[str, Any]:
    """What the reading engine sees in the form of a file: ``remarks`` with place and messages each.

    ``readable`` says that it is a table all the same, so that a delivery of it can be repaired, and
    ``header`` in which rows its header stands where that is not the first. Of a file that Frictionless
    calls ``valid`` there is only what would keep it from being published. Where it was judged by the
    rows ``header``, nothing is said of them.
    """
    path = Path(local)
    if path.stat().st_size > (MOST_VALID_BYTES if valid else MOST_BYTES):
        return {"remarks": [], "readable": True, "header": []}
    with TemporaryDirectory() as folder:
        try:
            table = open_table(path, Path(folder), ExaminationRequest(path.name))
            structure = detect(survey(table), table, redact)
        except UnreadableError as error:
            remark = _remark(error.problem.place, error.problem.cause, error.problem.remedy)
            return {"remarks": [remark], "readable": False, "header": []}
    rows = range(structure.facts.header + 1, structure.facts.first_body + 1)
    told = frozenset(HEADING if [*rows] == [*header] else ())
    misnamed = _misnamed(path, table.kind)
    repairs = [
        repair
        for repair in structure.repairs
        if (repair.required or not valid) and repair.kind not in told
    ]
    remarks = [
        *misnamed,
        *_damage(structure),
        *(() if valid else _encoding(table.encoding)),
        *(_remark(repair.place, repair.message) for repair in repairs),
    ]
    elsewhere = any(repair.kind in HEADING for repair in repairs)
    return {
        "remarks": remarks[:MOST_REMARKS],
        "readable": True,
        "header": [*rows] if elsewhere and not misnamed else [],
    }


def _misnamed(path: Path, kind: str) -> list[dict[str, Any]]:
    """What is to be said of a name that lies about its content."""
    said = path.suffix.lower().lstrip(".")
    if said not in SUFFIXES or kind in SUFFIXES[said]:
        return []
    cause = Message(
        "The file is called .%(said)s, but by its content it is %(kind)s.",
        {"said": said, "kind": kind},
    )
    return [
        _remark("", cause, Message("Call it .%(kind)s to have it judged here.", {"kind": kind}))
    ]


def _damage(structure: Structure) -> list[dict[str, Any]]:
    """What is to be said of codes that a spreadsheet program has destroyed."""
    if not structure.damage_count:
        return []
    cause = Message(
        "%(count)d code(s) lost their last digits in a spreadsheet program.",
        {"count": structure.damage_count},
    )
    remedy = Message("Export them again from the source system with the column set to text.")
    rows = ranges({record for record, _, _ in structure.damaged[:MOST_REMARKS]})
    more = "…" if structure.damage_count > MOST_REMARKS else ""
    return [_remark(f"rows {rows}{more}", cause, remedy)]


def _encoding(encoding: str) -> list[dict[str, Any]]:
    """What is to be said of an encoding other than UTF-8."""
    if not encoding or encoding in UTF_8:
        return []
    return [_remark("", Message("The text is in %(encoding)s.", {"encoding": encoding.upper()}))]


def _remark(place: str, *messages: Message) -> dict[str, Any]:
    return {"place": place, "messages": [asdict(message) for message in messages]}
