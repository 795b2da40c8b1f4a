"""Thirteen files as a real portal published them, when they are at hand; never copied, never shown."""

from pathlib import Path

import pytest

from datasets.examination import examine
from schemas.records import ExaminationRequest, ExaminationResult

FOLDER = Path(__file__).parents[4].parent / "shared" / "samples" / "beijing"
# Start of the name -> kind, kinds of repairs, rows and columns after them, valid after them.
EXPECTED: dict[str, tuple[str, set[str], int, int, bool]] = {
    "bj_01": ("csv", {"title-rows"}, 98, 5, True),
    "bj_02": ("csv", {"blank-rows", "cell-spaces"}, 24, 9, True),
    "bj_03": ("csv", {"serial-dates"}, 20, 10, True),
    "bj_04": ("csv", {"title-rows", "ghost-columns", "blank-rows"}, 212, 5, True),
    "bj_05": ("csv", {"header-marks", "cell-spaces"}, 152, 11, True),
    "bj_06": ("csv", {"title-rows", "blank-headers", "footer-rows"}, 54, 3, True),
    "bj_07": ("csv", {"title-rows", "two-row-header", "stacked-tables"}, 28, 5, False),
    "bj_08": ("csv", {"cell-spaces", "date-forms"}, 109, 6, True),
    "bj_09": ("csv", {"blank-rows"}, 98, 4, True),
    "bj_10": ("xls", set(), 76, 5, True),
    "bj_11": ("xlsx", {"title-rows", "cell-spaces", "merged-cells"}, 43, 6, True),
    "bj_12": ("csv", set(), 1779, 5, True),
    "bj_13": ("csv", {"cell-spaces"}, 43, 6, True),
}


def look(source: Path, work: Path, repairs: tuple[str, ...] = ()) -> ExaminationResult:
    request = ExaminationRequest(source.name, repairs=repairs)
    return examine(source, work, request, lambda _share, _stage: None)


@pytest.mark.parametrize("start", EXPECTED)
def test_a_real_file_is_repaired_and_judged(start, tmp_path):
    found = sorted(FOLDER.glob(f"{start}_*"))
    if not found:
        pytest.skip("the real files are not here")
    kind, kinds, rows, columns, valid = EXPECTED[start]
    offered = look(found[0], tmp_path).repairs
    assert {repair.kind for repair in offered} == kinds
    result = look(found[0], tmp_path, tuple(repair.id for repair in offered))
    assert (result.kind, result.rows, result.columns) == (kind, rows, columns)
    assert result.report["valid"] is valid
    assert bool(result.artefacts) is valid
    assert not any(finding.severity == "high" for finding in result.findings)
    if start == "bj_07":
        errors = result.report["tasks"][0]["errors"]
        assert {error["type"] for error in errors} == {"float-damaged-code"}
        assert len(errors) == 5
