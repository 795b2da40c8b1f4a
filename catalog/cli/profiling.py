"""The child's side of ``gongkai profile``: what is in the columns of a table, types inferred.

Everything that repairs can mend in the form of the file is mended first: title rows, notes, empty
columns. Numbers of people are masked in what is shown.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial, reduce
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from catalog.cli.output import visible
from catalog.cli.tabling import Opened, opened_tables
from datasets.companion import Companion
from datasets.confined.life import Parent
from datasets.examination import Repaired, read_rows, write_repaired
from datasets.masking import column_of
from datasets.parquet import write_parquet
from datasets.profile import profile
from datasets.reading.headers import final_labels
from datasets.reading.tables import spool
from datasets.sensitive import DETECTORS, redact
from schemas.records import ExaminationRequest
from schemas.vocabularies import Severity

KEPT: Final = ("type", "nulls", "distinct", "unique", "length", "approximate")
Hide = Callable[[str], str]
LONG: Final = 10**10
"""Whole numbers from here on may be somebody's."""


def perform(order: Mapping[str, Any], parent: Parent) -> dict[str, Any]:
    """Describe the tables of the file that ``order`` names."""
    with TemporaryDirectory() as folder:
        tables = [_described(one, parent) for one in opened_tables(order, parent, Path(folder))]
    return {"tables": tables}


def _described(opened: Opened, parent: Parent) -> dict[str, Any]:
    table, structure = opened.table, opened.structure
    repairs = tuple(repair.id for repair in structure.repairs)
    request = replace(opened.request, repairs=repairs)
    parent.progress(0, 0.2)
    parquet = opened.folder / "data.parquet"
    with Companion(parquet, None) as companion:
        target = opened.folder / "repaired.csv"
        repaired = write_repaired(table, structure, request, target, beside=companion.along)
        rows = len(repaired.numbers)
        parent.progress(rows, 0.4)
        if opened.surplus:
            repaired = _widened(repaired, request, opened.folder / "widened.csv")
        if opened.surplus or not companion.arrived:
            companion.go_over(repaired.path, repaired.labels)
        findings = companion.findings()
        schema = companion.schema()
        if companion.parquet(schema) is None:
            write_parquet(repaired.path, schema, parquet)
    of_people: dict[int, list[Hide]] = defaultdict(list)
    for finding in findings:
        if finding.severity != Severity.LOW:
            of_people[column_of(finding)].append(DETECTORS[finding.detector].hide)
    parent.progress(rows, 0.8)
    described = profile(parquet)
    columns = [
        {
            "field_type": field["type"],
            **(_veiled(column, of_people[place]) if place in of_people else _masked(column)),
            "sensitive": place in of_people,
        }
        for place, (field, column) in enumerate(
            zip(schema["fields"], described["columns"], strict=True)
        )
    ]
    return {
        "name": opened.name,
        "kind": table.kind,
        "encoding": table.encoding,
        "sheet": table.sheet,
        "repairs": [repair.kind for repair in structure.repairs],
        **_masked({key: value for key, value in described.items() if key != "columns"}),
        "columns": columns,
    }


def _widened(repaired: Repaired, request: ExaminationRequest, path: Path) -> Repaired:
    """The table with a column for every value: those beyond the header are named by their place."""
    rows = partial(read_rows, repaired.path, request)
    width = max([len(repaired.labels), *map(len, rows())])
    surplus = [""] * (width - len(repaired.labels))
    labels = final_labels([*repaired.labels, *surplus], width, frozenset({"blank-headers"}))
    spool(chain([labels], rows()), path, request.limits)
    return replace(repaired, path=path, labels=labels)


def _veiled(column: Mapping[str, Any], hides: Sequence[Hide]) -> dict[str, Any]:
    """A column that speaks of people: counts stay, every value in it is masked, each way there is."""

    def hidden(value: Any) -> str:
        return reduce(lambda text, hide: hide(text), hides, str(value))

    top = [{**one, "value": hidden(one["value"])} for one in column.get("top", ())]
    ends = {end: None if column[end] is None else hidden(column[end]) for end in ("min", "max")}
    shown = {key: column[key] for key in KEPT if key in column}
    return {**shown, "name": _masked(column["name"]), "top": top, **ends}


def _masked(value: Any) -> Any:
    """Plain JSON with the numbers of people masked in every text of it."""
    if isinstance(value, str):
        return visible(redact(value))
    if isinstance(value, int) and abs(value) >= LONG:
        text = str(value)
        masked = redact(text)
        return value if masked == text else masked
    if isinstance(value, list):
        return [_masked(one) for one in value]
    if isinstance(value, dict):
        return {key: _masked(one) for key, one in value.items()}
    return value
