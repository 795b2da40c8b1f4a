"""OpenDocument spreadsheets reach Frictionless as its own library would hand them over, and whole."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from frictionless import FrictionlessException, Resource

from datasets import open_documents
from tests.common import ugly_files


def cell(kind: str = "", text: str = "", repeated: int = 1, **values: str) -> str:
    said = "".join(f' office:{name.replace("_", "-")}="{value}"' for name, value in values.items())
    typed = f' office:value-type="{kind}"' if kind else ""
    times = f' table:number-columns-repeated="{repeated}"' if repeated > 1 else ""
    return f"<table:table-cell{times}{typed}{said}><text:p>{text}</text:p></table:table-cell>"


def row(*cells: str, repeated: int = 1) -> str:
    times = f' table:number-rows-repeated="{repeated}"' if repeated > 1 else ""
    return f"<table:table-row{times}>{''.join(cells)}</table:table-row>"


def read(folder: Path, *rows: str) -> list[list[Any]]:
    (folder / "t.ods").write_bytes(ugly_files.ods([], tail="".join(rows)))
    with Resource(path="t.ods", basepath=str(folder)) as resource:
        return list(resource.cell_stream)


def test_every_kind_of_cell_has_the_value_that_ezodf_gives(tmp_path: Path) -> None:
    head = row(*(cell("string", name) for name in "abcdef"))
    body = row(
        cell("string", "x<text:s/>y"),
        cell("float", "1,5", value="1.5"),
        cell("percentage", "50%", value="0.5"),
        cell("date", "1.3.26", date_value="2026-03-01"),
        cell("time", "8:30", time_value="PT08H30M00S"),
        cell("boolean", "WAHR", boolean_value="true"),
    )
    more = row(
        cell("float", "3", value="3"),
        cell("date", "x", date_value="2026-03-01T10:00:00"),
        cell(),
        cell("currency", "12", value="12"),
        cell("boolean", "F", boolean_value="false"),
        cell("string", "z"),
    )
    assert read(tmp_path, head, body, more)[1:] == [
        ["x y", 1.5, 0.5, dt.date(2026, 3, 1), "PT08H30M00S", True],
        [3, dt.datetime(2026, 3, 1, 10), None, 12, False, "z"],  # noqa: DTZ001  (as sheets have it)
    ]


def test_rows_and_cells_that_repeat_are_all_there_and_empty_margins_are_none(
    tmp_path: Path,
) -> None:
    rows = read(
        tmp_path,
        row(cell("string", "a"), cell("string", "b", repeated=40), cell(repeated=16_000)),
        row(cell("float", "1", value="1", repeated=41), repeated=50),
        row(cell(repeated=16_384), repeated=1_048_000),
    )
    assert (len(rows), {len(cells) for cells in rows}) == (51, {41})


@pytest.mark.parametrize("sheet", [1, "名单"])
def test_sheets_are_found_by_place_and_by_name(tmp_path: Path, sheet: object) -> None:
    (tmp_path / "t.ods").write_bytes(ugly_files.ods([["a"], ["x"]]))
    with (tmp_path / "t.ods").open("rb") as file:
        sheets = open_documents.opendoc(file).sheets
        key = sheet - 1 if isinstance(sheet, int) else sheet
        assert [[one.value for one in cells] for cells in sheets[key].rows()] == [["a"], ["x"]]
        for missing in (5, "absent"):
            with pytest.raises(LookupError):
                sheets[missing]


def test_a_damaged_document_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "t.ods").write_bytes(b"PK\x03\x04 no more")
    with (
        (tmp_path / "t.ods").open("rb") as file,
        pytest.raises(FrictionlessException, match="damaged"),
    ):
        open_documents.opendoc(file)
