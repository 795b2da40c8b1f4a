"""The child's side of ``gongkai scan``: personal and other sensitive data in every cell of a table.

The file is read with the labels that its repairs give it, but row by row as it stands: what is
written above the header or below the table is searched too.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from catalog.cli.tabling import Opened, opened_tables
from datasets.confined.life import Parent
from datasets.reading import repaired_labels
from datasets.reading.tables import spool
from datasets.sensitive import scan
from schemas.records import Finding
from schemas.vocabularies import Severity

MOVING: Final = frozenset({"ghost-columns", "stacked-tables"})
"""Kinds of repairs that take columns away or put one in: labels would no longer fit the cells."""


def perform(order: Mapping[str, Any], parent: Parent) -> dict[str, Any]:
    """Search the tables of the file that ``order`` names; samples are masked."""
    day = date.fromisoformat(order["on"])
    tables: list[dict[str, Any]]
    with TemporaryDirectory() as folder:
        tables = [
            {"name": opened.name, "findings": _found(opened, parent, day)}
            for opened in opened_tables(order, parent, Path(folder))
        ]
    severities = {finding["severity"] for table in tables for finding in table["findings"]}
    return {"tables": tables, "high": Severity.HIGH in severities}


def _found(opened: Opened, parent: Parent, day: date) -> list[dict[str, Any]]:
    table = opened.table
    path = table.text
    if table.separator != ",":
        path = spool(table.rows(), opened.folder / "scanned.csv", table.limits)
    accepted = [one.id for one in opened.structure.repairs if one.kind not in MOVING]
    labels = repaired_labels(opened.structure, accepted)
    findings = scan(path, labels, lambda share: parent.progress(0, share), on=day)
    return [_described(finding) for finding in findings]


def _described(finding: Finding) -> dict[str, Any]:
    message = {"text": finding.message.text, "params": dict(finding.message.params)}
    return {
        "id": finding.id,
        "detector": finding.detector,
        "severity": finding.severity,
        "field": finding.field,
        "rows": finding.rows,
        "message": message,
        "sample": list(finding.sample),
        "places": list(finding.places),
    }
