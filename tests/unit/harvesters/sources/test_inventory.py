import datetime as dt
import io
import json
import zipfile
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from harvesters import SOURCES
from harvesters.contract import Item, RecordError, SourceConfig, SourceProblem
from harvesters.http import fetch
from harvesters.sources.inventory import read_bytes
from schemas.records import DatasetRecord
from tests.common import sources

PORTALS = Path(__file__).parents[4].parent / "shared" / "samples" / "portals"
REAL = {
    "meta_anhui_huaibei_sample375.json": (375, "数源单位", 0),
    "meta_ningxia_ningxia_sample600.json": (600, "来源部门", 4),
    "meta_sichuan_luzhou_sample300.json": (300, "提供方", 0),
    "meta_sichuan_neijiang_sample600.json": (600, "来源部门", 0),
}

HEADER = [
    "信息资源名称\n（必填）",
    "信息资源摘要（必填）",
    "信息资源提供方",
    "共享类型（必填）",
    "共享条件（选填）",
    "是否向社会开放（必填）",
    "开放条件（选填）",
    "更新周期（必填）",
    "主题分类（选填,多选,英文逗号）",
    "字段名称（必填）",
    "字段英文名称",
    "数据类型（必填）",
    "长度（选填）",
    "描述",
    "字段是否向社会开放（必填）",
    "发布日期",
    "备用列",
]
BUS = ["公交站点", "全市站点", "市交通局", "有条件共享", "内部", "是", "", "每月", "交通运输"]
ROWS = [
    [*BUS, "站名", "zm", "字符型C", 50, "站点名称", "是", dt.date(2024, 3, 1), "x"],
    [*BUS, "司机电话", "dh", "字符型C", 20, "", "否", dt.date(2024, 3, 1), ""],
    [
        "公园名录",
        "全市公园",
        "市园林局",
        "无条件共享",
        "",
        "否",
        "",
        "每年",
        "",
        "名称",
        "",
        "字符型C",
        30,
        "",
        "否",
        "",
        "",
    ],
    ["", "", "", "", "", "", "", "", "", "面积", "", "数值型N", "", "", "否", "", ""],
]


def items(body: bytes, **changes: Any) -> list[Item]:
    config = SourceConfig(**{"kind": "inventory", "url": "目录", "workbook_seconds": 20, **changes})
    return list(read_bytes(config, body))


def code_of(body: bytes, **changes: Any) -> str:
    with pytest.raises(SourceProblem) as caught:
        items(body, **changes)
    return caught.value.problem.code


def xlsx(rows: list[list[Any]], empty_sheet_first: bool = False) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    if empty_sheet_first:
        book.add_worksheet()
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()


def csv_text(rows: list[list[Any]], separator: str = ",") -> str:
    return "".join(
        separator.join('"' + str(cell).replace('"', '""') + '"' for cell in row) + "\r\n"
        for row in rows
    )


TABLES = {
    "xlsx": xlsx([HEADER, *ROWS]),
    "xlsx below a title": xlsx([["2024年目录"], [], HEADER, *ROWS], empty_sheet_first=True),
    "csv": csv_text([HEADER, *ROWS]).encode(),
    "csv for Excel": csv_text([HEADER, *ROWS]).encode("utf-8-sig"),
    "csv in GB18030": csv_text([HEADER, *ROWS]).encode("gb18030"),
    "tab separated": csv_text([HEADER, *ROWS], "\t").encode(),
}


@pytest.mark.parametrize("body", TABLES.values(), ids=TABLES.keys())
def test_the_template_is_read_in_every_way_it_is_saved(body: bytes) -> None:
    bus, park = items(body)
    assert isinstance(bus, DatasetRecord)
    assert isinstance(park, DatasetRecord)
    assert (bus.title, bus.description, bus.publisher) == ("公交站点", "全市站点", "市交通局")
    assert (bus.sharing, bus.sharing_condition) == ("conditional", "内部")
    assert (bus.openness, bus.update_cycle, bus.issued) == (
        "unconditional",
        "monthly",
        "2024-03-01",
    )
    assert [(f.name, f.title, f.type, f.length, f.openness) for f in bus.fields] == [
        ("zm", "站名", "string", 50, "unconditional"),
        ("dh", "司机电话", "string", 20, "withheld"),
    ]
    assert bus.fields[0].description == "站点名称"
    assert bus.ignored == {"备用列": "x"}
    assert park.openness == "withheld"
    assert [f.name for f in park.fields] == ["名称", "面积"]


def test_a_plain_list_has_one_row_per_entry_and_says_which_row_is_wrong() -> None:
    rows = [
        ["资源名称", "提供单位", "开放属性"],
        ["甲", "某局", "无条件开放"],
        ["", "某局", ""],
        ["甲", "某局", ""],
        [""],
        ["甲", "他局", ""],
    ]
    found = items(csv_text(rows).encode())
    assert [i.place if isinstance(i, RecordError) else i.title for i in found] == [
        "甲",
        "row 3",
        "row 4",
        "甲",
    ]
    assert [i.problem.code for i in found if isinstance(i, RecordError)] == [
        "no-title",
        "duplicate-identifier",
    ]


def test_rows_of_a_workbook_are_numbered_as_the_clerk_sees_them() -> None:
    body = xlsx([[], ["2024年"], [], ["资源名称", "提供单位"], ["甲", "某局"], ["", "某局"]])
    first, second = items(body)
    assert first.title == "甲"
    assert isinstance(second, RecordError)
    assert second.place == "row 6"


def far_corner() -> bytes:
    """A workbook of two kilobytes whose sheet claims to reach the last cell there is."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx([["a"]]))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("sheet1.xml"):
                start, end = content.index(b"<sheetData"), content.index(b"</sheetData>")
                content = (
                    content[:start]
                    + b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
                    + b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
                    + content[end:]
                )
            new.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (far_corner(), "workbook-unreadable"),
        (b"PK\x03\x04 broken", "workbook-unreadable"),
        (b"", "no-header"),
        (b"\xff\xff\xfe\x00", "bad-encoding"),
        (b"a,b\n1,2\n", "no-header"),
        (b"\x00" * 50, "bad-encoding"),
        ('资源名称,提供单位\n"甲,某局\n'.encode(), "bad-csv"),
        (b"[1", "bad-json"),
        (b'{"a": 1}', "not-a-catalogue"),
        (b"[" * 100_000, "bad-json"),
        (b"\n" * 100_000, "no-header"),
    ],
    ids=range(11),
)
def test_a_file_that_cannot_be_read_is_a_problem_with_a_remedy(body: bytes, code: str) -> None:
    assert code_of(body) == code


def test_a_workbook_that_needs_too_much_memory_is_left() -> None:
    rows = [[f"值{row}", f"{row}" + "a" * 30_000] for row in range(1_000)]
    big = xlsx([["资源名称", "摘要"], *rows])
    assert len(items(big)) == 1_000
    assert code_of(big, workbook_memory=64 * 2**20) == "workbook-unreadable"


def look_alike() -> list[dict[str, Any]]:
    """Portal metadata with the faults of the real ones."""
    record = {
        "标题": "资料",
        "来源部门": "市统计局 ",
        "重点领域": "暂无",
        "发布时间": "2023-6-16",
        "开放条件": "无条件共享",
        "更新频率": "牲畜饲养",
        "数据格式": "['file']",
        "标签": "甲、乙",
        "描述": None,
        "数据量": "",
        "详情页网址": "https://p.example/#/detail/0a1b2c3d",
    }
    return [
        {
            **record,
            "标题": f"资料{n}",
            "来源部门": f"单位{n % 7} ",
            "详情页网址": f"https://p.example/c/{n:08}",
        }
        for n in range(200)
    ] + [{**record, "详情页网址": "https://p.example/c/00000007"}, {**record, "标题": None}]


def test_a_portal_export_is_fetched_and_read_with_its_faults() -> None:
    with sources.running({"/list.json": sources.document({"data": look_alike()})}) as site:
        config = SourceConfig("inventory", site.url("/list.json"))
        found = list(SOURCES["inventory"](config, partial(fetch, policy=site.policy())))
    records = [item for item in found if isinstance(item, DatasetRecord)]
    errors = [item.problem.code for item in found if isinstance(item, RecordError)]
    assert len(records) == 200
    assert errors == ["duplicate-identifier", "no-title"]
    assert Counter(r.publisher for r in records) == Counter(f"单位{n % 7}" for n in range(200))
    assert {(r.openness, r.update_cycle, r.theme) for r in records} == {("", "irregular", "")}
    assert all(len(r.warnings) == 2 for r in records)


@pytest.mark.parametrize("name", REAL)
def test_the_metadata_of_a_real_portal_is_read_whole(name: str) -> None:
    path = PORTALS / name
    if not path.exists():
        pytest.skip("the real samples are not here")
    total, label, duplicates = REAL[name]
    body = path.read_bytes()
    found = items(body)
    records = [item for item in found if isinstance(item, DatasetRecord)]
    errors = [item.problem.code for item in found if isinstance(item, RecordError)]
    assert len(found) == total
    assert errors == ["duplicate-identifier"] * duplicates
    raw = json.loads(body)
    unique = {entry["详情页网址"]: entry for entry in raw}
    expected = Counter(entry[label].strip() for entry in unique.values())
    assert Counter(record.publisher for record in records) == expected
    opened = sum(entry["开放条件"] in ("无条件开放", "无条件") for entry in unique.values())
    assert sum(record.openness == "unconditional" for record in records) == opened


@given(st.lists(st.lists(st.sampled_from([*HEADER, "甲", "", "是", "1"]), max_size=6), max_size=8))
def test_any_table_is_records_errors_or_a_problem(rows: list[list[str]]) -> None:
    try:
        found = items(csv_text(rows).encode())
    except SourceProblem as problem:
        found = []
        problem.problem.cause.text.encode()
    assert all(isinstance(item, DatasetRecord | RecordError) for item in found)
