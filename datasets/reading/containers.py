"""Which file of an archive is the table that was meant."""

import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from datasets.reading.archives import check_archive, extract, gunzip, readable_name
from datasets.reading.problems import refuse
from schemas.records import ExaminationRequest, Message

TABLE_SUFFIXES = frozenset(
    {".csv", ".tsv", ".xlsx", ".xls", ".ods", ".json", ".ndjson", ".jsonl", ".geojson", ".parquet"}
)
LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
NAMES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The chosen file, unpacked under a name of ours; names of all tables; the sheet asked for."""

    path: Path
    members: tuple[str, ...]
    sheet: str = ""


def ungzip(source: Path, workdir: Path, request: ExaminationRequest) -> Unpacked:
    """Inflate a gzip file, whose content is then looked at as if it had been delivered."""
    target = workdir / "member"
    gunzip(source, target, request.limits)
    return Unpacked(target, (), request.member)


def unzip(source: Path, workdir: Path, request: ExaminationRequest) -> Unpacked:
    """Take the only table out of a ZIP, or the one that the request names."""
    entries = {
        readable_name(entry): entry
        for entry in check_archive(source, request.limits)
        if not _is_litter(readable_name(entry))
    }
    candidates = _candidates(entries)
    chosen, sheet = _choose(candidates, entries, request.member)
    target = workdir / "member"
    extract(source, entries[chosen], target, request.limits)
    return Unpacked(target, tuple(candidates), sheet)


def _is_litter(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or parts[-1].lower() in LITTER or parts[-1].startswith("~$")


def _candidates(entries: dict[str, zipfile.ZipInfo]) -> list[str]:
    """Name the files that may be meant; the name is only a hint, the content is looked at later."""
    named = [name for name in entries if PurePosixPath(name).suffix.lower() in TABLE_SUFFIXES]
    return named or list(entries)


def _choose(
    candidates: list[str], entries: dict[str, zipfile.ZipInfo], wanted: str
) -> tuple[str, str]:
    if wanted:
        name, _, sheet = (wanted, "", "") if wanted in entries else wanted.rpartition("#")
        if name in entries:
            return name, sheet
        raise refuse(
            "no-such-member",
            Message("The archive holds no file named %(name)s.", {"name": wanted}),
            Message("Choose one of: %(names)s.", {"names": _listed(candidates)}),
            members=candidates,
        )
    if not candidates:
        raise refuse(
            "empty-archive",
            Message("The archive holds no file."),
            Message("Put the table into the archive, or deliver the table itself."),
        )
    if len(candidates) > 1:
        raise refuse(
            "several-tables",
            Message("The archive holds several files: %(names)s.", {"names": _listed(candidates)}),
            Message("Name the one that is meant, or deliver each as a file of its own."),
            members=candidates,
        )
    return candidates[0], ""


def _listed(names: list[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" (+{more})" if more > 0 else "")
