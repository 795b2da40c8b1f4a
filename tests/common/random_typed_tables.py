"""Workbooks and JSON files at random, with cells of every kind; for Hypothesis."""

import io
import json
from collections.abc import Sequence
from datetime import datetime, time
from functools import partial
from pathlib import Path
from typing import Any, Final

import openpyxl
import xlsxwriter
from hypothesis import strategies as st

from tests.common.frictionless_oracle import Case
from tests.common.random_tables import V2_RESOURCE, checklists, labels_for, schemas
from tests.common.random_values import GOOD, NASTY

at = partial(datetime, tzinfo=None)
"""A spreadsheet knows no zones."""

TYPED: Final = (
    None, None, 0, 1, 2, 3, -5, 100, 2023, 10**15, 2**53 + 1, 0.5, 1.0, 1.5, -2.25, 1e22, 1e-7,
    0.1 + 0.2, True, False,
)  # fmt: skip
MOMENTS: Final = (
    at(2023, 1, 5), at(2000, 2, 29), at(1999, 12, 31), at(2023, 1, 5, 8), at(2031, 1, 1, 0, 0, 1),
    time(8, 0), time(23, 59, 59),
)  # fmt: skip
_FITTING: Final[dict[str, Sequence[Any]]] = {
    "integer": (1, 2, 3, 100, 0, -5, 3.0),
    "number": (1, 1.5, 100, 0.25, -2.25, 0),
    "boolean": (True, False),
    "date": (at(2023, 1, 5), at(2000, 2, 29), at(1999, 12, 31)),
    "datetime": (at(2023, 1, 5, 8), at(2023, 1, 5), at(2000, 2, 29, 23, 59, 59)),
    "time": (time(8, 0), time(23, 59, 59)),
    "year": (2023, 1999),
    "any": (1, "a", 2.5, True),
    "array": ([1, 2], []),
    "object": ({"a": 1}, {}),
    "list": (["a"],),
}
FORMATS: Final = ("jsonl", "json", "xlsx", "json", "jsonl")


@st.composite
def _rows(draw: Any, schema: dict[str, Any], form: str) -> list[list[Any]]:
    cells = []
    for field in schema["fields"]:
        fitting = [
            one for one in _FITTING.get(field["type"], ()) if form == "xlsx" or _is_json(one)
        ]
        fitting = [one for one in fitting if form != "xlsx" or not isinstance(one, list | dict)]
        usual = st.sampled_from((*fitting, *fitting, *GOOD[field["type"]]))
        odd = st.sampled_from((*TYPED, *(MOMENTS if form == "xlsx" else ()), *_PLAIN_NASTY))
        cells.append(st.one_of(usual, usual, odd))
    made: list[list[Any]] = draw(st.lists(st.tuples(*cells).map(list), max_size=12))
    for row in made:
        damage = draw(st.integers(0, 15))
        if damage == 0:
            row[:] = [None] * len(row)
        elif damage == 1:
            row[:] = list(made[0])
    return made


_PLAIN_NASTY: Final = tuple(text for text in NASTY if "\x00" not in text)


def _is_json(value: Any) -> bool:
    return isinstance(value, str | int | float | list | dict | None)


@st.composite
def typed_cases(draw: Any, folder: Path) -> Case:
    """A whole question about a workbook or a JSON file that now stands in ``folder``."""
    form = draw(st.sampled_from(FORMATS))
    schema = draw(schemas())
    labels = draw(labels_for(schema))
    rows = draw(_rows(schema, form)) * draw(st.sampled_from([1] * 8 + [40]))
    path = folder / f"t.{form}"
    path.write_bytes(draw(_written(labels, rows, form)))
    source: dict[str, Any] = {
        "name": "t", "type": "table", "path": path.name, "scheme": "file", "format": form,
        "encoding": "utf-8",
    }  # fmt: skip
    if draw(st.integers(0, 9)):
        source["schema"] = schema
        if "$schema" in schema:
            source["$schema"] = V2_RESOURCE
    if draw(st.integers(0, 11)) == 0:
        source["dialect"] = draw(
            st.sampled_from(
                [
                    {"header": False},
                    {"headerRows": [2]},
                    {"headerRows": [1, 2]},
                    {"commentRows": [3]},
                    {"commentChar": "a"},
                    {"skipBlankRows": True},
                    {"headerCase": False},
                ]
            )
        )
    elif form == "xlsx" and draw(st.integers(0, 11)) == 0:
        source["dialect"] = {"excel": {"stringified": True}}
    return Case(
        source=source,
        basepath=str(folder),
        checklist=draw(checklists(schema)),
        limit_errors=draw(st.sampled_from([1_000] * 4 + [0, 1, 2, 3, 5])),
        limit_rows=draw(st.sampled_from([None] * 8 + [1, 2, 3, 10])),
    )


@st.composite
def _written(draw: Any, labels: list[str], rows: list[list[Any]], form: str) -> bytes:
    table: list[list[Any]] = [[*labels], *rows]
    if form == "xlsx":
        return (_by_xlsxwriter if draw(st.booleans()) else _by_openpyxl)(table)
    keyed = form == "jsonl" or draw(st.booleans())
    items: list[Any] = [
        dict(zip(labels, row, strict=False)) for row in rows
    ] if keyed else table  # fmt: skip
    if keyed and items and labels and draw(st.integers(0, 4)) == 0:
        items[draw(st.integers(0, len(items) - 1))].pop(labels[0], None)
    if not keyed and draw(st.integers(0, 3)) == 0:
        items[-1] = draw(st.sampled_from([[], [1], [*labels, "x", None]]))
    write = partial(json.dumps, ensure_ascii=draw(st.booleans()))
    if form == "json":
        return write(items, indent=draw(st.sampled_from([None, None, 2]))).encode()
    text = "".join(write(item) + "\n" for item in items)
    if draw(st.integers(0, 19)) == 0:
        text += draw(st.sampled_from(["\n", "{", "[1]\n"]))
    return text.encode()


def _by_openpyxl(table: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for number, row in enumerate(table, 1):
        for place, cell in enumerate(row, 1):
            if cell is not None:
                written = book.active.cell(number, place)
                written.value = _printable(cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _by_xlsxwriter(table: list[list[Any]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"}
    )
    sheet = book.add_worksheet()
    for number, row in enumerate(table):
        for place, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, place, _printable(cell))
            elif cell is not None:
                sheet.write(number, place, cell)
    book.close()
    return out.getvalue()


def _printable(cell: Any) -> Any:
    """Text without the characters a workbook cannot hold."""
    return "".join(filter(_is_allowed, cell)) if isinstance(cell, str) else cell


def _is_allowed(character: str) -> bool:
    return character >= " " or character in "\t\n"
