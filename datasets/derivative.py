"""The part of a table that may be published: settled, without closed columns, screened once more.

A table of which nothing is closed and nothing is settled is published as it stands: the same file,
read once by the scan and not copied. Otherwise the file is written anew column by column, and only
cells with a hit are touched.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import IO, Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from datasets import settling
from datasets.columnar import Batch, read_batches
from datasets.companion import Companion
from datasets.masking import SMALL_CELL, Plan, SettlementProblem, column_of, plan, treat
from datasets.pseudonyms import key_id
from datasets.reading import is_withheld
from datasets.sensitive.small_cells import THRESHOLD
from datasets.settling import Decision
from datasets.suppression import MARKER, MOST_ROWS, hidden_cells
from schemas.records import ExaminationRequest, Finding, Message, Problem
from schemas.vocabularies import SettlementAction, Severity

PASSED_ON = ("$schema", "title", "description", "missingValues")
DESCRIBING = ("name", "title", "description", "rdfType", "missingValues", "gongkai:nameEn")
TREATED_BY, KEY_ID, SUPPRESSED = "gongkai:treatedBy", "gongkai:keyId", "gongkai:suppressedBelow"
"""What a public schema says of a treated field: the actions; which key made its codes; the threshold."""


@dataclass(frozen=True, slots=True)
class Derivative:
    """The publishable table as a UTF-8 CSV, its schema, and the findings with their settlements."""

    path: Path
    labels: list[str]
    schema: dict[str, Any]
    findings: tuple[Finding, ...]


def marked(
    findings: Iterable[Finding],
    labels: Sequence[str],
    request: ExaminationRequest,
    decided: Sequence[Decision],
) -> tuple[Finding, ...]:
    """Note on each finding how it was settled; a closed column counts as dropped. Decisions that hold
    without a finding follow."""
    held = settling.chosen(decided)
    noted = [*findings, *settling.standing(decided, [*findings], labels)]
    result = []
    for finding in noted:
        column = column_of(finding)
        closed = column < len(labels) and is_withheld(labels[column], request.withheld)
        settlement = held.get((finding.detector, column))
        settled = SettlementAction.DROP.value if closed else settlement.action if settlement else ""
        result.append(replace(finding, settled=settled))
    return tuple(result)


def is_open(finding: Finding) -> bool:
    """Say whether a finding shuts the gate: of high severity, and nothing decided about it."""
    return finding.severity == Severity.HIGH and not finding.settled


def derive(
    path: Path,
    labels: Sequence[str],
    schema: Mapping[str, Any],
    findings: tuple[Finding, ...],
    request: ExaminationRequest,
    out: Path,
    *,
    decided: Sequence[Decision],
    companion: Companion | None = None,
) -> Derivative:
    """Settle the UTF-8 CSV at ``path`` (header in its first record), leave out its closed columns,
    and scan what was written to ``out``; ``companion`` goes along while it is written.

    ``decided`` are the settlements with their columns. High findings that settling has left behind,
    and any of a kind that was to be treated, come back unsettled, so the gate stays shut. When nothing
    changes, the derivative is ``path`` itself, and what the scan said of it still holds.
    Raises ``SettlementProblem`` for a settlement that cannot be carried out.
    """
    wanted = plan(decided, labels, request.pseudonym_key)
    closed = {i for i, label in enumerate(labels) if is_withheld(label, request.withheld)}
    kept = [i for i in range(len(labels)) if i not in closed | wanted.dropped]
    public = [labels[column] for column in kept]
    hidden = _hidden(path, labels, kept, wanted) if wanted.suppressed else {}
    told = told_of(wanted, hidden, request.pseudonym_key)
    described = public_schema(schema, labels, kept, told)
    if len(kept) == len(labels) and not wanted.treatments and not hidden:
        return Derivative(path, public, described, findings)
    settled = _settled(read_batches(path, len(labels), skip_records=1), kept, wanted, hidden)
    with ExitStack() as stack, out.open("wb") as file:
        if companion is None:
            lone = Companion(out.with_suffix(".parquet"), day_of(request))
            companion = stack.enter_context(lone)
        _write(companion.along(public, settled, described), public, file)
        left = _rescanned(companion.findings(), kept, findings, wanted)
    return Derivative(out, public, described, left)


def day_of(request: ExaminationRequest) -> date | None:
    """The day that ages count from, if the request gives one."""
    return date.fromisoformat(request.on) if request.on else None


def told_of(wanted: Plan, hidden: Collection[int], key: str) -> dict[int, dict[str, Any]]:
    """What the public schema says of each treated column, by its place."""
    told: dict[int, dict[str, Any]] = {}
    for place, treatments in wanted.treatments.items():
        actions = sorted({treatment.action.value for treatment in treatments})
        told[place] = {TREATED_BY: actions}
        if SettlementAction.PSEUDONYM in actions:
            told[place][KEY_ID] = key_id(key)
    for place in hidden:
        before = told.get(place, {TREATED_BY: []})
        actions = [*before[TREATED_BY], SettlementAction.SUPPRESS.value]
        told[place] = {**before, TREATED_BY: actions, SUPPRESSED: THRESHOLD}
    return told


def _settled(
    batches: Iterator[Batch], kept: Sequence[int], wanted: Plan, hidden: Mapping[int, Any]
) -> Iterator[Batch]:
    """The columns that are kept, settled."""
    first = 0
    for batch in batches:
        columns = _whole(batch)
        settled = []
        for place in kept:
            cells = columns[place]
            if place in hidden:
                rows = pa.array(range(first, first + len(cells)))
                gone = pc.is_in(rows, value_set=pa.array(hidden[place], rows.type))
                cells = pc.if_else(gone, MARKER, cells)
            if place in wanted.treatments:
                cells = treat(cells, wanted.treatments[place])
            settled.append(cells)
        rows = len(columns[0])
        yield Batch(tuple(settled), range(first + 2, first + rows + 2), [], batch.share)
        first += rows


def _write(batches: Iterator[Batch], public: Sequence[str], file: IO[bytes]) -> None:
    file.write(pl.DataFrame([[label] for label in public]).write_csv(include_header=False).encode())
    for batch in batches:
        columns = [pl.Series(str(i), pl.from_arrow(one)) for i, one in enumerate(batch.columns)]
        pl.DataFrame(columns).write_csv(file, include_header=False)


def _whole(batch: Batch) -> list[Any]:
    """The columns of a batch with its ragged records in their places, as far as they go: short ones
    are filled, and a cell beyond the header, of which nobody knows what it is, stays out."""
    columns: list[Any] = [*batch.columns]
    if not batch.ragged:
        return columns
    order = pc.sort_indices(pa.array([*batch.numbers, *(number for number, _ in batch.ragged)]))
    for place, column in enumerate(columns):
        odd = [cells[place] if place < len(cells) else "" for _, cells in batch.ragged]
        columns[place] = pa.concat_arrays([column, pa.array(odd, pa.string())]).take(order)
    return columns


def _hidden(
    path: Path, labels: Sequence[str], kept: Sequence[int], wanted: Plan
) -> dict[int, list[int]]:
    """The rows, from 0, whose counts are hidden, by column."""
    texts: list[list[str]] = [[] for _ in labels]
    for batch in read_batches(path, len(labels), skip_records=1):
        for text, column in zip(texts, _whole(batch), strict=True):
            text.extend(column.to_pylist())
        if len(texts[0]) > MOST_ROWS:
            raise SettlementProblem(_no_statistics())
    found = hidden_cells(
        [labels[place] for place in kept],
        [texts[place] for place in kept],
        [kept.index(place) for place in wanted.suppressed if place in kept],
    )
    return {kept[column]: rows for column, rows in found.items()}


def _no_statistics() -> Problem:
    return Problem(
        code="settlement-too-long",
        cause=Message(
            "Small counts are hidden in statistical tables of up to %(rows)s rows; this one is longer.",
            {"rows": f"{MOST_ROWS:,}"},
        ),
        remedy=Message("Drop the column, or deliver the statistics without the single records."),
    )


def _rescanned(
    left: Iterable[Finding], kept: Sequence[int], findings: tuple[Finding, ...], wanted: Plan
) -> tuple[Finding, ...]:
    """The findings, with those of ``left``, seen in what was written, that should not be there.

    What is left where it was to be treated or hidden weighs heavily, so the gate stays shut. Columns of
    which every cell was treated hold what the treatment wrote and nothing else, a year for a birth
    date.
    """
    found = {(one.detector, column_of(one)): one for one in findings}
    treated = {
        (treatment.detector.name, place): treatment.detector.whole_cells
        for place, treatments in wanted.treatments.items()
        for treatment in treatments
    }
    promised = {*treated, *((SMALL_CELL, place) for place in wanted.suppressed)}
    for one in left:
        key = one.detector, kept[column_of(one)]
        name = settling.taken_apart(one.id)
        moved = replace(one, id=f"{name.detector}:{key[1] + 1}:{name.label}")
        before = found.get(key, moved)
        if treated.get(key):
            continue
        if key in promised:
            heavy = Severity.HIGH.value
            found[key] = replace(moved, settled="", severity=heavy, message=before.message)
        elif one.severity == Severity.HIGH and before.settled != SettlementAction.KEEP:
            found[key] = replace(before, settled="", rows=one.rows, sample=one.sample)
    return tuple(found.values())


def public_schema(
    schema: Mapping[str, Any],
    labels: Sequence[str],
    kept: Sequence[int],
    told: Mapping[int, Mapping[str, Any]],
) -> dict[str, Any]:
    """Derive the schema of the published columns.

    Treated ones become text without constraints and say how they were treated (``told_of``); counts
    of which some are hidden stay numbers, and the marker counts as a missing value.
    """
    fields = fields_in_order(schema, labels)
    result = {key: schema[key] for key in PASSED_ON if key in schema}
    result["fields"] = [_public_field(fields[c], told.get(c, {}), schema) for c in kept]
    whole = {fields[column]["name"] for column in kept if column not in told}
    key = schema.get("primaryKey", [])
    key = [key] if isinstance(key, str) else list(key)
    if key and set(key) <= whole:
        result["primaryKey"] = key
    return result


def _public_field(
    field: Mapping[str, Any], told: Mapping[str, Any], schema: Mapping[str, Any]
) -> dict[str, Any]:
    if not told:
        return dict(field)
    if told[TREATED_BY] == [SettlementAction.SUPPRESS]:
        missing = field.get("missingValues", schema.get("missingValues", [""]))
        plain = {name: value for name, value in field.items() if name != "constraints"}
        return {**plain, "missingValues": [*missing, MARKER], **told}
    plain = {name: value for name, value in field.items() if name in DESCRIBING}
    return {**plain, "type": "string", **told}


def fields_in_order(schema: Mapping[str, Any], labels: Sequence[str]) -> list[dict[str, Any]]:
    """List one field for each column: the one of its name, else the one in its place, else text."""
    fields = [dict(field) for field in schema["fields"]]
    by_name = {field["name"]: field for field in fields}
    by_place = schema.get("fieldsMatch", "exact") in ("exact", ["exact"])
    result = []
    for column, label in enumerate(labels):
        field = by_name.get(label.strip())
        if field is None and by_place and column < len(fields):
            field = fields[column]
        result.append(field or {"name": label.strip(), "type": "string"})
    return result
