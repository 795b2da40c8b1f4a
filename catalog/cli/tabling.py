"""The child's side of commands that read tables as agencies have them, through the reading engine."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from frictionless import Detector, FrictionlessException
from frictionless.helpers import is_safe_path
from frictionless.metadata import Metadata

from catalog.cli.output import visible
from catalog.cli.sources import ADDRESS, PACKAGES
from datasets.confined.endings import Refused
from datasets.confined.life import Parent
from datasets.members import split_member
from datasets.reading import (
    Structure,
    Table,
    UnreadableError,
    detect,
    members_of,
    only,
    open_table,
    survey,
)
from datasets.reading.facts import Facts
from datasets.sensitive import redact
from schemas.records import ExaminationRequest, Message, Problem

MOST_DESCRIPTOR_BYTES: Final = 2**20
EMPTY: Final = ("empty-file", "empty-workbook")
"""Problems of sheets in which nothing stands."""
NO_TABLES: Final = frozenset({"not-a-table", "binary-file", "json-no-records", "empty-file"})
"""Why a file is no table at all, and not a damaged one."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One table: what it is called, how it was read, and the folder its files may stand in.

    ``surplus`` says that some row has more values than the header has names.
    """

    name: str
    table: Table
    structure: Structure
    request: ExaminationRequest
    folder: Path
    surplus: bool


def opened_tables(order: Mapping[str, Any], parent: Parent, workdir: Path) -> Iterator[Opened]:
    """The tables that a file stands for: its own, those of its sheets, or what a descriptor names.

    Raises Refused when a file is no table; files that were told before stay told.
    """
    for number, (name, path) in enumerate(_files(order, parent, workdir)):
        folder = workdir / f"table-{number}"
        folder.mkdir(parents=True)
        try:
            yield from _of_file(name, path, folder)
        except UnreadableError as error:
            raise Refused(error.problem) from None


def _of_file(name: str, path: Path, folder: Path) -> Iterator[Opened]:
    try:
        first = _read(path, folder, "")
    except UnreadableError as error:
        if not error.members:
            raise
        yield from _packed(name, path, folder, error)
        return
    yield from _tables(name, first)
    members = first.table.members
    if first.table.sheet in members:
        for number, member in enumerate(members):
            if member != first.table.sheet:
                inner = folder / f"sheet-{number}"
                inner.mkdir()
                try:
                    yield from _tables(f"{name}#{member}", _read(path, inner, member))
                except UnreadableError as error:
                    # A sheet without a cell beside the tables is no fault; one that cannot be read is.
                    if error.problem.code not in EMPTY:
                        raise


def _packed(name: str, path: Path, folder: Path, several: UnreadableError) -> Iterator[Opened]:
    """The tables of an archive of several files; what is no table beside them is left out."""
    found = False
    tables = (member for member in several.members if member not in PACKAGES)
    for number, member in enumerate(tables):
        inner = folder / f"member-{number}"
        inner.mkdir()
        try:
            read = _read(path, inner, member)
        except UnreadableError as error:
            if error.problem.code not in NO_TABLES:
                raise
            continue
        found = True
        yield from _tables(f"{name}#{member}", read)
    if not found:
        raise several


@dataclass(frozen=True, slots=True)
class _Read:
    """A file or one sheet of it as it stands, with all tables that it holds."""

    table: Table
    facts: Facts
    request: ExaminationRequest
    folder: Path


def _read(path: Path, folder: Path, member: str) -> _Read:
    request = ExaminationRequest(path.name, member=member)
    table = open_table(path, folder, request)
    return _Read(table, survey(table), request, folder)


def _tables(name: str, read: _Read) -> Iterator[Opened]:
    """The tables that stand below each other there, as a delivery offers them for choice."""
    if not read.facts.foreign:
        yield _opened(name, read.table, read.facts, read.request, read.folder)
        return
    base = read.request.member
    for member in members_of(read.table, read.facts, base):
        number = split_member(member)[1]
        if not number:
            continue
        folder = read.folder / f"part-{number}"
        folder.mkdir()
        table = only(read.table, read.facts, number, base, folder / "chosen.csv")
        request = replace(read.request, member=member)
        called = f"{name}:{number}" if base else f"{name}#{member}"
        yield _opened(called, table, survey(table), request, folder)


def _opened(
    name: str, table: Table, facts: Facts, request: ExaminationRequest, folder: Path
) -> Opened:
    surplus = facts.long_full.count > 0
    return Opened(name, table, detect(facts, table, redact), request, folder, surplus)


def _files(order: Mapping[str, Any], parent: Parent, workdir: Path) -> Iterator[tuple[str, Path]]:
    """What a file is called and where it is; for a descriptor all data that it names."""
    path, shown = str(order["path"]), str(order["shown"])
    local = _held(path, parent)
    resources = _resources(local, named=path)
    if resources is None:
        yield shown, local
        return
    base = path.rpartition("/")[0]
    for number, resource in enumerate(resources):
        name = f"{shown}#{resource.get('name') or number + 1}"
        if "data" in resource:
            inline = workdir / f"inline-{number}.json"
            inline.write_text(json.dumps(resource["data"], default=str), encoding="utf-8")
            yield name, inline
        parts = resource.get("path", ())
        first = [parts] if isinstance(parts, str) else [*parts]
        for part in (*first, *(resource.get("extrapaths") or ())):
            yield name, _part(str(part), base, order, parent)


def _held(path: str, parent: Parent) -> Path:
    """The local file, or the one that the parent fetched."""
    if not ADDRESS.match(path):
        return Path(path)
    try:
        return parent.fetch(path)
    except OSError as error:
        cause = Message("%(why)s", {"why": str(error)})
        raise Refused(Problem("unreachable", cause, Message(""), path)) from None


def _resources(local: Path, *, named: str) -> list[Mapping[str, Any]] | None:
    """The resources of a package or resource descriptor; None for any other file."""
    if not named.endswith((".json", ".yaml")) or local.stat().st_size > MOST_DESCRIPTOR_BYTES:
        return None
    try:
        described = Metadata.metadata_retrieve(str(local))
    except FrictionlessException:
        return None
    kind = Detector.detect_metadata_type(described)
    if kind == "package" and isinstance(described["resources"], list):
        return [one for one in described["resources"] if isinstance(one, Mapping)]
    # Rows under "data" are how many systems write a table; they need no path and no name.
    return [described] if kind == "resource" and "path" in described else None


def _part(part: str, base: str, order: Mapping[str, Any], parent: Parent) -> Path:
    """The file that a descriptor names, unless it leads out of the descriptor's folder."""
    if ADDRESS.match(part):
        return _held(part, parent)
    if not order["trusted"] and not is_safe_path(part):
        raise _astray(order, part)
    if order["remote"]:
        return _held(f"{base}/{part}", parent)
    path = Path(base, part)
    if not path.is_file():
        raise _astray(order, part)
    return path


def _astray(order: Mapping[str, Any], part: str) -> Refused:
    return Refused(
        Problem(
            "descriptor-path",
            Message(
                "%(file)s names %(part)s, which is not there or lies outside its folder.",
                {"file": Path(str(order["path"])).name, "part": visible(part)},
            ),
            Message("Put the data beside the descriptor, or use --trusted."),
        )
    )
