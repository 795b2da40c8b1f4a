"""The child's side of ``gongkai anonymity``: how well people hide behind each other in a table.

Defects of form that repairs can mend are mended first; what leaves the child are counts.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from catalog.cli.output import visible
from catalog.cli.tabling import Opened, opened_tables
from datasets.anonymity import AnonymityProblem, measure, suggest
from datasets.confined.endings import Refused
from datasets.confined.life import Parent
from datasets.examination import write_repaired
from datasets.parquet import write_parquet
from schemas.records import Message, Problem


def perform(order: Mapping[str, Any], parent: Parent) -> dict[str, Any]:
    """Measure the tables of the file that ``order`` names, by its ``fields`` or suggested ones."""
    with TemporaryDirectory() as folder:
        tables = [
            _measured(one, order["fields"], order["sensitive"], parent)
            for one in opened_tables(order, parent, Path(folder))
        ]
    return {"tables": tables}


def _measured(opened: Opened, fields: list[str], sensitive: str, parent: Parent) -> dict[str, Any]:
    repairs = tuple(repair.id for repair in opened.structure.repairs)
    request = replace(opened.request, repairs=repairs)
    repaired = write_repaired(
        opened.table, opened.structure, request, opened.folder / "repaired.csv"
    )
    rows = len(repaired.numbers)
    parent.progress(rows, 0.4)
    labels = [label.strip() for label in repaired.labels]
    suggested = fields or suggest(labels)[0]
    if not suggested:
        raise Refused(_nothing_suggested())
    parquet = opened.folder / "data.parquet"
    schema = {"fields": [{"name": label, "type": "string"} for label in labels]}
    write_parquet(repaired.path, schema, parquet)
    parent.progress(rows, 0.7)
    try:
        report = measure(parquet, suggested, sensitive)
    except AnonymityProblem as error:
        raise Refused(error.problem) from None
    return {"name": visible(opened.name), **asdict(report)}


def _nothing_suggested() -> Problem:
    return Problem(
        code="anonymity-fields",
        cause=Message("No column looks like something an outsider may know of a person."),
        remedy=Message("Name the columns with --by."),
    )
