"""The part of a table that may be published: settled, without closed columns, screened once more."""

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path
from typing import Any

from datasets.masking import column_of, settle
from datasets.reading import is_withheld
from datasets.sensitive import scan
from schemas.records import ExaminationRequest, Finding
from schemas.vocabularies import SettlementAction, Severity

TREATMENTS = frozenset({SettlementAction.MASK, SettlementAction.GENERALISE})
PASSED_ON = ("$schema", "title", "description", "missingValues")
DESCRIBING = ("name", "title", "description", "rdfType", "missingValues", "gongkai:nameEn")


@dataclass(frozen=True, slots=True)
class Derivative:
    """The publishable table as a UTF-8 CSV, its schema, and the findings with their settlements."""

    path: Path
    labels: list[str]
    schema: dict[str, Any]
    findings: tuple[Finding, ...]


def marked(
    findings: Iterable[Finding], labels: Sequence[str], request: ExaminationRequest
) -> tuple[Finding, ...]:
    """Note on each finding how it was settled; a closed column counts as dropped."""
    actions = {item.finding: item.action for item in request.settlements}
    result = []
    for finding in findings:
        column = column_of(finding)
        closed = column < len(labels) and is_withheld(labels[column], request.withheld)
        settled = SettlementAction.DROP.value if closed else actions.get(finding.id, "")
        result.append(replace(finding, settled=settled))
    return tuple(result)


def is_open(finding: Finding) -> bool:
    """Say whether a finding shuts the gate: of high severity, and nothing decided about it."""
    return finding.severity == Severity.HIGH and not finding.settled


def derive(
    rows: Iterator[list[str]],
    labels: Sequence[str],
    schema: Mapping[str, Any],
    findings: tuple[Finding, ...],
    request: ExaminationRequest,
    path: Path,
) -> Derivative:
    """Write the settled table without closed columns, and scan what was written.

    High findings that settling has left behind come back unsettled, so the gate stays shut.
    """
    known = {finding.id for finding in findings}
    settlements = [item for item in request.settlements if item.finding in known]
    dropped = {
        column_of(finding) for finding in findings if finding.settled == SettlementAction.DROP
    } | {column for column, label in enumerate(labels) if is_withheld(label, request.withheld)}
    kept = [column for column in range(len(labels)) if column not in dropped]
    others = [item for item in settlements if item.action != SettlementAction.DROP]
    _, settled = settle(labels, rows, others, findings)
    public = [labels[column] for column in kept]
    pick = _picker(kept)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(public)
        writer.writerows(pick(row) for row in settled)
    treated = {column_of(f) for f in findings if f.settled in TREATMENTS}
    return Derivative(
        path=path,
        labels=public,
        schema=public_schema(schema, labels, kept, treated),
        findings=_rescanned(path, public, kept, findings),
    )


def _picker(kept: list[int]) -> Callable[[list[str]], Sequence[str]]:
    if len(kept) > 1:
        return itemgetter(*kept)
    return lambda row: [row[column] for column in kept]


def _rescanned(
    path: Path, public: list[str], kept: list[int], findings: tuple[Finding, ...]
) -> tuple[Finding, ...]:
    by_id = {finding.id: finding for finding in findings}
    for left in scan(path, public):
        if left.severity != Severity.HIGH:
            continue
        original = kept[column_of(left)] + 1
        parts = left.id.split(":", 2)
        name = ":".join([parts[0], str(original), *parts[2:]])
        before = by_id.get(name)
        if before is None:
            by_id[name] = replace(left, id=name)
        elif before.settled != SettlementAction.KEEP:
            by_id[name] = replace(before, settled="", rows=left.rows, sample=left.sample)
    return tuple(by_id.values())


def public_schema(
    schema: Mapping[str, Any], labels: Sequence[str], kept: Sequence[int], treated: Collection[int]
) -> dict[str, Any]:
    """Derive the schema of the published columns: treated ones become text without constraints."""
    fields = fields_in_order(schema, labels)
    result = {key: schema[key] for key in PASSED_ON if key in schema}
    result["fields"] = [
        {**{k: v for k, v in fields[c].items() if k in DESCRIBING}, "type": "string"}
        if c in treated
        else fields[c]
        for c in kept
    ]
    whole = {fields[column]["name"] for column in kept if column not in treated}
    key = schema.get("primaryKey", [])
    key = [key] if isinstance(key, str) else list(key)
    if key and set(key) <= whole:
        result["primaryKey"] = key
    return result


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
