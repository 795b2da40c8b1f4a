"""What is closed or personal reaches nobody: no artefact, preview, profile, report or sentence."""

import json

import pytest

from schemas.records import ExaminationResult, Settlement
from tests.common import ugly_files
from tests.common.looking import accept_all, look, public_rows


def test_personal_numbers_shut_the_gate_until_they_are_settled(tmp_path):
    data = ugly_files.citizen_ids()
    first = look(tmp_path, data)
    high = [finding for finding in first.findings if finding.severity == "high"]
    assert {finding.detector for finding in high} == {"citizen-id", "mobile"}
    assert {finding.places for finding in high} == {(4,), (6,)}
    assert first.report["valid"]
    assert first.artefacts == {}
    shown = json.dumps([first.preview, first.report, [r.before for r in first.repairs]])
    assert "11010519491231002X" not in shown
    assert "13800138000" not in shown
    settled = look(
        tmp_path, data, settlements=tuple(Settlement(finding.id, "mask") for finding in high)
    )
    assert settled.artefacts
    for name in settled.artefacts.values():
        content = (tmp_path / "work" / name).read_bytes()
        assert b"11010519491231002X" not in content
        assert b"13800138000" not in content
    dropped = look(
        tmp_path, data, settlements=tuple(Settlement(finding.id, "drop") for finding in high)
    )
    assert public_rows(tmp_path, dropped)[0] == ["序号", "所在区", "金额"]


def test_a_closed_column_reaches_no_artefact_preview_profile_or_report(tmp_path):
    rows = [[str(i), f"秘密{i}"] for i in range(5)]
    result = look(
        tmp_path,
        ugly_files.csv_bytes([["序号", "内部备注*"], *rows]),
        withheld=("内部备注",),
    )
    assert [field["name"] for field in result.public_schema["fields"]] == ["序号"]
    assert public_rows(tmp_path, result)[0] == ["序号"]
    for name in result.artefacts.values():
        assert "秘密".encode() not in (tmp_path / "work" / name).read_bytes()
    assert "秘密" not in json.dumps([result.profile, result.preview], ensure_ascii=False)
    broken = look(
        tmp_path,
        ugly_files.csv_bytes([["序号", "内部备注"], *rows]),
        withheld=("内部备注",),
        table_schema={
            "fields": [{"name": "序号", "type": "string"}, {"name": "内部备注", "type": "integer"}]
        },
    )
    assert not broken.report["valid"]
    assert "秘密" not in json.dumps(broken.report, ensure_ascii=False)


SECRET = "隐秘"


def said(result: ExaminationResult) -> str:
    shown = [[r.before, r.after] for r in result.repairs]
    return json.dumps([shown, result.preview, result.report, result.profile], ensure_ascii=False)


def closed_table(width: int = 3) -> list[list[str]]:
    names = ["序号", "备注*", "户主情况", "数量"]
    body = [[str(i), f" {SECRET}{i} ", f"{SECRET}户{i}", f"{i},000"] for i in range(1, 9)]
    return [row[:width] for row in [names, *body]]


CLOSED = ("备注", "户主情况")
HIDING_PLACES = {
    "a title above": lambda: [["某某名单", "", "", ""], *closed_table(4)],
    "blank rows above": lambda: [["", "", "", ""], *closed_table(4)],
    "rows cut short": lambda: [*closed_table(4), ["9", f"{SECRET}九"], ["10", f"{SECRET}十"]],
    "rows too long": lambda: [*closed_table(4), ["9", "x", "y", "1", f"{SECRET}多"]],
    "a title and rows too long": lambda: [
        ["某某名单"], *closed_table(4)[:3], ["9", "x", f"{SECRET}", "1", f"{SECRET}多"],
        *closed_table(4)[3:],
    ],
    "a column without a name": lambda: [
        ["名单"], *([*row[:3], row[3] if n else ""] for n, row in enumerate(closed_table(4))),
    ],
    "ghost columns": lambda: [["名单"], *(["", *row, ""] for row in closed_table(4))],
    "parts with titles": lambda: [
        ["一、甲", "", "", ""], *closed_table(4), ["二、乙", "", "", ""], *closed_table(4),
    ],
    "a header of two rows": lambda: [
        ["序号", "备注", "户主情况", "数量"], ["", "", "", "(个)"], *closed_table(4)[1:],
    ],
    "a second table with other columns": lambda: [
        *closed_table(4), ["二、人员", "", "", ""], ["户主情况", "备注", "序号", "岗位"],
        *([f"{SECRET}{i}", f"{SECRET}乙{i}", str(i), "x"] for i in range(1, 6)),
    ],
    "notes below": lambda: [*closed_table(4), ["合计", SECRET, "", "36,000"], ["注：无", "", "", ""]],
}  # fmt: skip


@pytest.mark.parametrize("place", sorted(HIDING_PLACES))
def test_closed_values_are_shown_nowhere_whichever_repairs_are_accepted(place, tmp_path):
    data = ugly_files.csv_bytes(HIDING_PLACES[place]())
    first = look(tmp_path, data, withheld=CLOSED)
    assert first.repairs
    ids = [repair.id for repair in first.repairs]
    schema = {"fields": [{"name": n, "type": "integer"} for n in closed_table(4)[0]]}
    assert SECRET not in said(look(tmp_path, data, withheld=CLOSED, table_schema=schema))
    every_choice = [(), *((one,) for one in ids), *(tuple(set(ids) - {one}) for one in ids), ids]
    for chosen in every_choice:
        result = look(tmp_path, data, withheld=CLOSED, repairs=tuple(chosen))
        assert SECRET not in said(result), chosen


def test_open_columns_are_shown_before_the_header_is_repaired(tmp_path):
    data = ugly_files.csv_bytes(HIDING_PLACES["a title above"]())
    result = look(tmp_path, data, withheld=CLOSED)
    assert result.preview[1:3] == (("序号", "数量"), ("1", "1,000"))
    assert result.repairs[0].before[0][0] == "某某名单"
    assert result.repairs[0].after == (
        ("序号", "备注*", "户主情况", "数量"), ("1", "…", "…", "1,000"),
    )  # fmt: skip


def test_nothing_but_the_header_is_shown_while_a_closed_column_is_not_found(tmp_path):
    data = ugly_files.csv_bytes([["某某名单", "", "", ""], *closed_table(4)])
    result = look(tmp_path, data, withheld=("另一栏",))
    assert len(result.preview) == 1
    assert SECRET not in said(result)
    assert len(accept_all(tmp_path, data, withheld=("另一栏",)).preview) == 9


@pytest.mark.parametrize("action", ["drop", "mask", "generalise"])
def test_the_preview_shows_settled_columns_as_they_are_published(action, tmp_path):
    rows = [[str(i), f"北京市海淀区中关村大街{i}号", "11010519491231002X"] for i in range(1, 30)]
    data = ugly_files.csv_bytes([["序号", "家庭住址", "号"], *rows])
    found = look(tmp_path, data).findings
    settlements = tuple(Settlement(finding.id, action) for finding in found)
    result = look(tmp_path, data, settlements=settlements)
    assert "中关村大街1号" not in json.dumps(result.preview, ensure_ascii=False)
    assert [list(row) for row in result.preview] == public_rows(tmp_path, result)[:21]


def test_settled_columns_are_not_shown_while_others_wait(tmp_path):
    rows = [[str(i), f"北京市海淀区中关村大街{i}号", "11010519491231002X"] for i in range(1, 30)]
    data = ugly_files.csv_bytes([["序号", "家庭住址", "号"], *rows])
    found = [finding for finding in look(tmp_path, data).findings if finding.field == "家庭住址"]
    assert found
    result = look(tmp_path, data, settlements=tuple(Settlement(f.id, "drop") for f in found))
    assert result.artefacts == {}
    assert result.preview[0] == ("序号", "号")


def test_a_cell_as_long_as_a_book_is_shown_by_its_beginning_and_no_number_is_halved(tmp_path):
    card = "11010519491231002X"
    cells = ["说明" * 245 + card + "长" * 300_000, "短", "长" * 400_000]
    rows = "".join(f"{cell},1,多余\n" for cell in cells)
    result = look(tmp_path, f"说明,数\n{rows}".encode())
    said = json.dumps(result.report, ensure_ascii=False)
    assert not result.report["valid"]
    assert len(said) < 40_000
    assert "110105" not in said
    found = [one for one in result.report["tasks"][0]["errors"] if one["type"] == "extra-cell"]
    assert [one["cell"] for one in found] == ["多余"] * 3
    assert found[0]["cells"][0].startswith("说明说明")
