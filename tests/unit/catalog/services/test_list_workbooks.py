"""Lists as files for the office: the same rows are the same bytes, so that a copy can be known as good."""

import io
import zipfile
from collections.abc import Callable

import docx
import openpyxl
import pytest

from catalog.services.list_workbooks import document, workbook

ROWS = [{"编号": "NL-001", "事项名称": "个人住址"}, {"编号": "NL-002", "事项名称": "=1+1"}]
LABELS = ["编号", "事项名称"]


@pytest.mark.parametrize("write", [workbook, document])
def test_a_file_does_not_say_when_it_was_asked_for(
    write: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write("清单", ROWS, LABELS)
    monkeypatch.setattr("time.localtime", lambda *_: (2031, 5, 6, 7, 8, 9, 0, 0, 0))
    assert write("清单", ROWS, LABELS) == first
    with zipfile.ZipFile(io.BytesIO(first)) as file:
        assert {one.date_time for one in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_rows_stand_in_both() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook("清单", ROWS, LABELS))).worksheets[0]
    assert [cell.value for cell in sheet[4]] == ["NL-002", "=1+1"]
    assert sheet["B4"].data_type == "s"
    table = docx.Document(io.BytesIO(document("清单", ROWS, LABELS))).tables[0]
    assert [cell.text for cell in table.rows[2].cells] == ["NL-002", "=1+1"]
