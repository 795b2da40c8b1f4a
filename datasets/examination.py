"""The whole examination of one delivery: what it is, what is wrong with it, what may be published.

It runs in a child process (see ``child``); the same bytes and the same request give the same
result. Nothing here knows users, units or a database.
"""

import csv
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa

from datasets.collecting import outdated, recognised
from datasets.columnar import read_batches
from datasets.confinement import out_of_memory
from datasets.derivative import Derivative, day_of, derive, is_open, marked
from datasets.exports import formats_at_once, make_formats
from datasets.headings import named
from datasets.masking import SettlementProblem, column_of
from datasets.parquet import write_parquet
from datasets.profile import profile
from datasets.reading import (
    Structure,
    Table,
    UnreadableError,
    Veil,
    detect,
    has_surplus,
    is_withheld,
    normalise,
    open_table,
    survey,
    veil_of,
)
from datasets.reading.veil import HIDDEN
from datasets.reading.verdicts import add_errors, damage_errors, discreet, form_errors
from datasets.sensitive import redact, scan
from datasets.validation import SchemaProblem, infer_schema, validate_csv
from schemas.records import ExaminationRequest, ExaminationResult, Finding
from schemas.vocabularies import SettlementAction

PREVIEW_ROWS = 20
SHOWN_AS_IS = ("", SettlementAction.KEEP)
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Repaired:
    """The repaired table as a UTF-8 CSV: the delivered file itself when nothing had to change.

    ``closed`` are its columns whose values nobody is shown; ``opaque`` says that none can be shown
    before the header is repaired.
    """

    path: Path
    labels: list[str]
    numbers: Sequence[int]
    closed: frozenset[int] = frozenset()
    opaque: bool = False


def examine(
    source: Path, workdir: Path, request: ExaminationRequest, progress: Progress
) -> ExaminationResult:
    """Examine one file; artefacts are written into ``workdir``, whose content belongs to the call.

    A file that is no table gives a result with ``problems`` instead of an exception. Progress is
    told as (share done 0 to 1, stage). ``artefacts`` names files by their name in ``workdir``.
    """
    workdir.mkdir(parents=True, exist_ok=True)
    try:
        return _examine(source, workdir, request, progress)
    except (UnreadableError, SchemaProblem, SettlementProblem) as error:
        return ExaminationResult(problems=(error.problem,))
    except MemoryError:
        return ExaminationResult(problems=(out_of_memory(),))


def _examine(
    source: Path, workdir: Path, request: ExaminationRequest, progress: Progress
) -> ExaminationResult:
    progress(0.0, "reading")
    table = open_table(source, workdir, request)
    facts = survey(table)
    veil = veil_of(facts, request.withheld)
    structure = detect(facts, table, redact, veil)
    progress(0.2, "repairing")
    given = request.table_schema or recognised(table.template)
    repaired = write_repaired(table, structure, request, workdir / "repaired.csv", given)
    repaired = _veiled(repaired, structure, veil, request)
    progress(0.3, "validating")
    schema = dict(given or {}) or infer_schema(
        repaired.labels, read_columns(repaired.path, len(repaired.labels))
    )
    report, findings = _judged_and_screened(repaired, structure, schema, request, progress)
    result = replace(
        _described(table, structure, repaired, request, given),
        table_schema=schema,
        report=report,
        findings=findings,
    )
    if not report["valid"] or any(map(is_open, findings)):
        unseen = {column_of(finding) for finding in findings if finding.settled not in SHOWN_AS_IS}
        return replace(result, preview=_preview(repaired, unseen, request))
    progress(0.7, "publishing")
    derivative = derive(
        repaired.path,
        repaired.labels,
        schema,
        findings,
        request,
        workdir / "public.csv",
    )
    public = Repaired(derivative.path, derivative.labels, ())
    result = replace(
        result, findings=derivative.findings, preview=_preview(public, frozenset(), request)
    )
    return _publish(result, derivative, workdir, request, progress)


def _judged_and_screened(
    repaired: Repaired,
    structure: Structure,
    schema: dict[str, Any],
    request: ExaminationRequest,
    progress: Progress,
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """The report and the findings. Both walk the same file, and both spend their time in code that
    lets other threads run."""
    with ThreadPoolExecutor(1) as aside:
        screening = aside.submit(
            scan,
            repaired.path,
            repaired.labels,
            row_numbers=repaired.numbers,
            on=day_of(request),
        )
        report = _judge(repaired, structure, schema, request)
        progress(0.6, "screening")
        return report, marked(screening.result(), repaired.labels, request)


def _described(
    table: Table,
    structure: Structure,
    repaired: Repaired,
    request: ExaminationRequest,
    schema: Mapping[str, Any] | None,
) -> ExaminationResult:
    """Say what the file is and what its form needs, before anything is judged."""
    return ExaminationResult(
        kind=table.kind,
        media_type=table.media_type,
        encoding=table.encoding,
        delimiter=table.delimiter,
        sheet=table.sheet,
        members=table.members,
        rows=len(repaired.numbers),
        columns=len(repaired.labels),
        repairs=tuple(
            replace(repair, accepted=repair.id in request.repairs)
            for repair in (*structure.repairs, *filter(None, [outdated(table.template, schema)]))
        ),
    )


def _publish(
    result: ExaminationResult,
    derivative: Derivative,
    workdir: Path,
    request: ExaminationRequest,
    progress: Progress,
) -> ExaminationResult:
    """Make the artefacts, unless nothing is left to publish or settling has left something behind."""
    if not derivative.labels or any(map(is_open, derivative.findings)):
        return result
    parquet = workdir / "data.parquet"
    rows = write_parquet(derivative.path, derivative.schema, parquet)
    progress(0.85, "exporting")
    names = formats_at_once(rows, len(derivative.labels), request.limits.xlsx_rows)
    with ThreadPoolExecutor(1) as aside:
        profiling = aside.submit(profile, parquet)
        artefacts = {"parquet": parquet.name, **make_formats(parquet, workdir, names)}
        progress(0.95, "profiling")
        described = profiling.result()
    return replace(result, public_schema=derivative.schema, profile=described, artefacts=artefacts)


def write_repaired(
    table: Table,
    structure: Structure,
    request: ExaminationRequest,
    path: Path,
    schema: Mapping[str, Any] | None = None,
) -> Repaired:
    """Apply the accepted repairs; a table that needs none is read where it lies."""
    done = normalise(
        table, structure, request.repairs, path, lambda labels: named(labels or [""], schema)
    )
    return Repaired(done.path, done.labels, done.numbers)


def read_rows(path: Path, request: ExaminationRequest) -> Iterator[list[str]]:
    """Walk the data rows of a UTF-8 CSV written here."""
    csv.field_size_limit(request.limits.max_cell_chars + 1)
    with path.open(encoding="utf-8-sig", newline="") as handle:
        yield from islice(csv.reader(handle), 1, None)


def read_columns(path: Path, width: int) -> Iterator[Sequence[Any]]:
    """Walk the data rows of a UTF-8 CSV written here, some at a time, as columns of text.

    Rows of another width come as batches of their own; what they lack is empty text.
    """
    for batch in read_batches(path, width, skip_records=1):
        yield batch.columns
        cells = zip_longest(*(row for _, row in batch.ragged), fillvalue="")
        yield [pa.array(column, pa.string()) for column in cells]


def _judge(
    repaired: Repaired, structure: Structure, schema: dict[str, Any], request: ExaminationRequest
) -> dict[str, Any]:
    report = validate_csv(
        repaired.path,
        schema,
        row_numbers=repaired.numbers,
        limit_errors=request.limits.limit_errors,
    )
    listed = damage_errors(structure)[: request.limits.limit_errors]
    form = form_errors(structure, request.repairs, len(repaired.numbers))
    report = add_errors(report, [*form, *listed], uncounted=structure.damage_count - len(listed))
    closed = (
        repaired.labels
        if repaired.opaque
        else [repaired.labels[place] for place in repaired.closed]
    )
    for task in report["tasks"]:
        task["place"] = request.file_name
    return discreet(report, {*request.withheld, *closed}, redact)


def _veiled(
    repaired: Repaired, structure: Structure, veil: Veil | None, request: ExaminationRequest
) -> Repaired:
    """Say which columns of the repaired table are closed.

    Once every required repair is accepted the labels say it; until then the header that was
    detected does, and columns that it does not name stay hidden with the closed ones.
    """
    labels = repaired.labels
    closed = {i for i, label in enumerate(labels) if is_withheld(label, request.withheld)}
    accepted = {repair.kind for repair in structure.repairs if repair.id in request.repairs}
    waiting = any(r.required and r.id not in request.repairs for r in structure.repairs)
    opaque = False
    if veil is not None and waiting:
        gone = structure.ghosts if "ghost-columns" in accepted else ()
        places = [column for column in range(len(labels) + len(gone)) if column not in gone]
        closed |= {
            i for i, c in enumerate(places) if c in veil.closed or c not in veil.named
        } & set(range(len(labels)))
        opaque = veil.opaque
    return replace(repaired, closed=frozenset(closed), opaque=opaque)


def _preview(
    table: Repaired, unseen: Collection[int], request: ExaminationRequest
) -> tuple[tuple[str, ...], ...]:
    """Show the header and the first rows without closed and ``unseen`` columns, people's numbers masked.

    A row with more values than the header has names is blotted out while anything is closed: nobody
    can say which of its values is which.
    """
    hidden = {*table.closed, *unseen}
    width = len(table.labels)
    rows: list[list[str]] = [table.labels]
    if not table.opaque:
        rows += islice(read_rows(table.path, request), PREVIEW_ROWS)
    if hidden or request.withheld:
        rows = [[HIDDEN] * width if has_surplus(row, width) else row for row in rows]
    return tuple(
        tuple(redact(cell) for i, cell in enumerate(row) if i not in hidden) for row in rows
    )
