"""The whole examination of one delivery: what it is, what is wrong with it, what may be published.

It runs in a child process (see ``child``); the same bytes and the same request give the same
result. Nothing here knows users, units or a database.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from datasets import settling
from datasets.artefacts import Making
from datasets.collecting import outdated, recognised
from datasets.columnar import Batch
from datasets.companion import Companion
from datasets.confined.endings import out_of_memory
from datasets.derivative import day_of, derive, is_open, marked, public_schema
from datasets.headings import named
from datasets.masking import SettlementProblem, column_of
from datasets.members import split_member
from datasets.parquet import write_parquet
from datasets.reading import (
    Structure,
    Table,
    UnreadableError,
    Veil,
    detect,
    has_surplus,
    is_withheld,
    members_of,
    normalise,
    only,
    open_table,
    survey,
    veil_of,
)
from datasets.reading.facts import Facts
from datasets.reading.normalise import Walk, alone
from datasets.reading.veil import HIDDEN
from datasets.reading.verdicts import add_errors, damage_errors, discreet, form_errors, shown
from datasets.sensitive import redact
from datasets.settling import Decision
from datasets.validation import SchemaProblem, accept_schema, validate_csv
from schemas.delimited import reader
from schemas.records import ExaminationRequest, ExaminationResult
from schemas.vocabularies import SettlementAction

PARQUET = "data.parquet"
PREVIEW_ROWS = 20
SHOWN_AS_IS = ("", SettlementAction.KEEP)
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Repaired:
    """The repaired table as a UTF-8 CSV: the delivered file itself when nothing had to change.

    ``closed`` are its columns whose values nobody is shown; ``opaque`` says that none can be shown
    before the header is repaired. ``places`` are those of its columns in the delivered file, from 0;
    ``decided`` is what was decided about them.
    """

    path: Path
    labels: list[str]
    numbers: Sequence[int]
    closed: frozenset[int] = frozenset()
    opaque: bool = False
    places: tuple[int, ...] = ()
    decided: tuple[Decision, ...] = ()


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
    except UnreadableError as error:
        return ExaminationResult(problems=(error.problem,), members=error.members)
    except (SchemaProblem, SettlementProblem) as error:
        return ExaminationResult(problems=(error.problem,))
    except MemoryError:
        return ExaminationResult(problems=(out_of_memory(),))


def _examine(
    source: Path, workdir: Path, request: ExaminationRequest, progress: Progress
) -> ExaminationResult:
    progress(0.0, "reading")
    base, number = split_member(request.member)
    table = open_table(source, workdir, replace(request, member=base))
    if number:
        whole = survey(table)
        members = members_of(table, whole, base)
        table = replace(only(table, whole, number, base, workdir / "chosen.csv"), members=members)
    given = request.table_schema or recognised(table.template)
    with Companion(workdir / PARQUET, day_of(request)) as companion:
        walk = Walks(companion, request, given, progress)
        facts = survey(table, partial(walk.delivered, table))
        if not number:
            table = replace(table, members=members_of(table, facts, base))
        veil = veil_of(facts, request.withheld)
        structure = detect(facts, table, redact, veil)
        progress(0.4, "repairing")
        repaired = write_repaired(
            table, structure, request, workdir / "repaired.csv", given, walk.repaired
        )
        repaired = _veiled(repaired, structure, veil, request)
        if not companion.arrived:
            walk.again(repaired)
        schema = dict(given or {}) or companion.schema()
        decided = settling.decisions(request.settlements, repaired.labels, repaired.places)
        repaired = replace(repaired, decided=decided)
        result = replace(
            _described(table, structure, repaired, request, given),
            table_schema=schema,
            findings=marked(companion.findings(), repaired.labels, request, decided),
        )
        gone = settling.lost(decided)
        with ExitStack() as making:
            begun = walk.publishing(result, repaired, making)
            progress(0.5, "validating")
            report = _judge(repaired, structure, schema, request, progress)
            result = replace(result, report=report)
            if not report["valid"] or any(map(is_open, (*gone, *result.findings))):
                result = _unpublished(result, repaired, request)
            else:
                progress(0.85, "publishing")
                place = (workdir, request, progress)
                result = _published(result, repaired, companion, begun, place)
        found = settling.delivered(result.findings, repaired.places)
        return replace(result, findings=(*gone, *found))


@dataclass(frozen=True, slots=True)
class Walks:
    """The walks over a table that the companion goes along with."""

    companion: Companion
    request: ExaminationRequest
    given: Mapping[str, Any] | None
    progress: Progress

    @property
    def whole(self) -> bool:
        """Whether the table is published as it is walked: no column is closed, nothing is settled."""
        return not (self.request.withheld or self.request.settlements)

    def delivered(self, table: Table, facts: Facts, batches: Iterator[Batch]) -> Iterator[Batch]:
        """The walk over the delivered table; in company when it may be right as it stands."""
        told = self._telling(batches, 0.0)
        labels = facts.head[0] if facts.head else []
        plain = table.separator == "," and facts.first_body == 1 and 0 < facts.width == len(labels)
        if not plain or labels != named(labels, self.given):
            return told
        return self._along(labels, told)

    def repaired(self, labels: list[str], batches: Iterator[Batch]) -> Iterator[Batch]:
        """The walk that writes the repaired table."""
        return self._along(labels, self._telling(batches, 0.4))

    def again(self, repaired: Repaired) -> None:
        """A walk of its own, over a table that is no right one and cannot be repaired yet."""
        schema = _public_schema(self.given, repaired.labels) if self.given else None
        self.companion.go_over(repaired.path, repaired.labels, schema, parquet=False)

    def _along(self, labels: list[str], batches: Iterator[Batch]) -> Iterator[Batch]:
        schema = _public_schema(self.given, labels) if self.given else None
        return self.companion.along(labels, batches, schema, parquet=self.whole)

    def _telling(self, batches: Iterator[Batch], start: float) -> Iterator[Batch]:
        for batch in batches:
            self.progress(start + 0.1 * min(batch.share, 1.0), "reading")
            yield batch

    def publishing(
        self, result: ExaminationResult, repaired: Repaired, stack: ExitStack
    ) -> Making | None:
        """Begin with profile and formats while the values are judged, where nothing else is in the
        way; nearly every table that comes so far is valid."""
        if not self.whole or any(map(is_open, result.findings)):
            return None
        schema = _public_schema(result.table_schema, repaired.labels)
        parquet = self.companion.parquet(schema) if schema else None
        if parquet is None:
            return None
        return stack.enter_context(Making(parquet, self.request.limits))


def _public_schema(schema: Mapping[str, Any], labels: Sequence[str]) -> dict[str, Any] | None:
    """The schema as it is published with a whole table; ``None`` for one that is none, which is told
    when the table is judged."""
    try:
        accept_schema(schema)
    except SchemaProblem:
        return None
    return public_schema(schema, labels, range(len(labels)), {})


def _unpublished(
    result: ExaminationResult, repaired: Repaired, request: ExaminationRequest
) -> ExaminationResult:
    unseen = {column_of(one) for one in result.findings if one.settled not in SHOWN_AS_IS}
    return replace(result, preview=_preview(repaired, unseen, request))


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


def _published(
    result: ExaminationResult,
    repaired: Repaired,
    companion: Companion,
    begun: Making | None,
    place: tuple[Path, ExaminationRequest, Progress],
) -> ExaminationResult:
    """Make the artefacts, unless nothing is left to publish or settling has left something behind."""
    workdir, request, progress = place
    derivative = derive(
        repaired.path,
        repaired.labels,
        result.table_schema,
        result.findings,
        request,
        workdir / "public.csv",
        decided=repaired.decided,
        companion=companion,
    )
    public = Repaired(derivative.path, derivative.labels, ())
    preview = _preview(public, frozenset(), request)
    result = replace(result, findings=derivative.findings, preview=preview)
    if not derivative.labels or any(map(is_open, derivative.findings)):
        return result
    if begun is not None:
        progress(0.95, "profiling")
        made = begun.result()
    else:
        parquet = companion.parquet(derivative.schema)
        if parquet is None:
            parquet = workdir / PARQUET
            write_parquet(derivative.path, derivative.schema, parquet)
        progress(0.95, "profiling")
        with Making(parquet, request.limits) as making:
            made = making.result()
    return replace(
        result, public_schema=derivative.schema, profile=made.profile, artefacts=made.files
    )


def write_repaired(
    table: Table,
    structure: Structure,
    request: ExaminationRequest,
    path: Path,
    schema: Mapping[str, Any] | None = None,
    beside: Walk = alone,
) -> Repaired:
    """Apply the accepted repairs; a table that needs none is read where it lies."""
    done = normalise(
        table,
        structure,
        request.repairs,
        path,
        lambda labels: named(labels or [""], schema),
        beside,
    )
    return Repaired(done.path, done.labels, done.numbers)


def read_rows(path: Path, request: ExaminationRequest) -> Iterator[list[str]]:
    """Walk the data rows of a UTF-8 CSV written here."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        yield from islice(reader(handle, request.limits.max_cell_chars + 1), 1, None)


def _judge(
    repaired: Repaired,
    structure: Structure,
    schema: dict[str, Any],
    request: ExaminationRequest,
    progress: Progress,
) -> dict[str, Any]:
    report = validate_csv(
        repaired.path,
        schema,
        row_numbers=repaired.numbers,
        limit_errors=request.limits.limit_errors,
        on=day_of(request),
        progress=lambda _rows, share: progress(0.5 + 0.35 * min(share, 1.0), "validating"),
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
    """Say which columns of the repaired table are closed, and where they stood.

    Once every required repair is accepted the labels say it; until then the header that was
    detected does, and columns that it does not name stay hidden with the closed ones.
    """
    labels = repaired.labels
    closed = {i for i, label in enumerate(labels) if is_withheld(label, request.withheld)}
    accepted = {repair.kind for repair in structure.repairs if repair.id in request.repairs}
    waiting = any(r.required and r.id not in request.repairs for r in structure.repairs)
    opaque = False
    gone = structure.ghosts if "ghost-columns" in accepted else ()
    every = (column for column in range(len(labels) + len(gone)) if column not in gone)
    places = tuple(islice(every, len(labels)))
    if veil is not None and waiting:
        closed |= {i for i, c in enumerate(places) if c in veil.closed or c not in veil.named}
        opaque = veil.opaque
    return replace(repaired, closed=frozenset(closed), opaque=opaque, places=places)


def _preview(
    table: Repaired, unseen: Collection[int], request: ExaminationRequest
) -> tuple[tuple[str, ...], ...]:
    """Show the header and the first rows without closed and ``unseen`` columns, people's numbers masked
    and cells as long as books cut.

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
        tuple(shown(cell, redact) for i, cell in enumerate(row) if i not in hidden) for row in rows
    )
