"""Whatever is settled, in whatever way: nothing of the kind is left for the next scan."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.derivative import derive, is_open, marked
from datasets.masking import actions_for
from datasets.pseudonyms import derive_key, pseudonym
from datasets.sensitive import DETECTORS, scan
from datasets.sensitive.place_and_time import coarsen_address, coarsen_position
from datasets.settling import decisions
from schemas.records import ExaminationRequest, Settlement

KEY = derive_key(b"secret", "dataset 1")
VALUES: dict[str, tuple[str, list[str]]] = {
    "citizen-id": ("证件号码", ["11010519491231002X", "见440524188001010014号"]),
    "citizen-id-damaged": ("证件号码", ["110105194912310000", "1.10105194912310E+17"]),
    "citizen-id-15": ("身份证号", ["110105491231002"]),
    "mobile": ("电话", ["13800138000", "打１３９０００００００１"]),
    "bank-card": ("银行卡号", ["6222021234567890128"]),
    "citizen-id-destroyed": ("身份证号", ["1.1E+17", "5e17"]),
    "passport": ("护照号", ["E12345678"]),
    "foreign-passport": ("护照号", ["AB1234567", "123456789"]),
    "messenger": ("微信号", ["wxid_abc123", "12345678", "+8613900000001"]),
    "travel-permit": ("通行证号", ["C12345678"]),
    "taiwan-permit": ("台胞证号", ["12345678"]),
    "military-id": ("证件", ["军字第1234567号"]),
    "social-security": ("社保卡号", ["A12345678", "B23456789"]),
    "patient": ("病历号", ["0012345678", "ZY2024001"]),
    "person-name": ("姓名", ["王小明", "阿依古丽·买买提", "次仁旺堆", "John Smith"]),
    "name-in-text": ("备注", ["联系人：王小明，已处理"]),
    "birth-date": ("出生日期", ["1990-01-02", "01/05/1990", "一九九〇年一月"]),
    "address": ("家庭住址", ["海淀区苏州街12号院3单元501室", "和平里七区14号楼3单元"]),
    "position-pair": ("位置", ["116.397412,39.908722"]),
    "email": ("邮箱", ["someone@example.com"]),
    "plate": ("车牌", ["京A12345"]),
    "landline": ("固话", ["010-62345678"]),
}
CASES = [
    (name, action)
    for name in VALUES
    for action in actions_for(name)
    if action not in {"keep", "drop"}
]
YEARS = {("birth-date", "generalise")}
"""A year is what is left of a birth date, and is found again as one."""


def written(path, labels, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([labels, *rows])
    return path


def cells(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def settled(folder, detector, action, rows, label):
    """The findings of a derivative in which one kind was settled, and those of its own scan."""
    labels = [label, "姓名" if label != "姓名" else "序号"]
    path = written(folder / "t.csv", labels, rows)
    found = scan(path, labels)
    names = [one.id for one in found if one.detector == detector and one.field == label]
    assert names, (detector, label)
    wanted = tuple(Settlement(name, action) for name in names)
    request = ExaminationRequest("t", settlements=wanted, pseudonym_key=KEY)
    decided = decisions(wanted, labels)
    schema = {"fields": [{"name": name, "type": "string"} for name in labels]}
    made = derive(
        path, labels, schema, marked(found, labels, request, decided), request,
        folder / "p.csv", decided=decided,
    )  # fmt: skip
    return made, scan(made.path, made.labels)


@pytest.mark.parametrize(("detector", "action"), CASES)
def test_a_kind_that_was_settled_is_not_found_again(tmp_path, detector, action):
    label, values = VALUES[detector]
    made, again = settled(tmp_path, detector, action, [[one, "甲"] for one in values], label)
    (one,) = [each for each in made.findings if each.detector == detector and each.field == label]
    assert (one.settled, is_open(one)) == (action, False)
    left = {each.detector for each in again if each.field == label}
    assert detector not in left or (detector, action) in YEARS


@settings(deadline=None, max_examples=30)
@given(
    st.sampled_from(CASES),
    st.lists(st.text("甲乙 ，。号12AZ：为", max_size=6), min_size=2, max_size=2),
)
def test_a_settled_value_stands_nowhere_whatever_stands_around_it(tmp_path_factory, case, around):
    detector, action = case
    label, values = VALUES[detector]
    before, after = around
    rows = [[values[0], "甲"], [f"{before} {values[0]} {after}", "乙"]]
    made, again = settled(tmp_path_factory.mktemp("t"), detector, action, rows, label)
    left = [each.detector for each in again if each.field == label]
    assert all(not is_open(one) for one in made.findings if one.detector == detector)
    assert detector not in left or case in YEARS


def test_only_the_announced_number_of_a_text_is_treated(tmp_path):
    rows = [["社保卡号A12345678，拨款123456元，批次20240101"]]
    labels = ["说明"]
    path = written(tmp_path / "t.csv", labels, rows)
    (one,) = [each for each in scan(path, labels) if each.detector == "social-security"]
    assert one.sample == ("A*******8",)
    made, _ = settled(tmp_path, "social-security", "mask", [[*rows[0], "甲"]], "说明")
    assert "社保卡号A*******8，拨款123456元，批次20240101" in made.path.read_text("utf-8")


@pytest.mark.parametrize(
    ("address", "left"),
    [
        ("北京市海淀区某某路5号2单元301室", "北京市海淀区"),
        ("中关村南大街5号院北区8号楼301室", "*"),
        ("长安街12号3单元402室（原工业区）", "*"),
        ("和平里七区14号楼3单元", "*"),
        ("天通苑北一区12号楼", "*"),
        ("电子管厂家属区3号楼", "*"),
        ("南京市鼓楼区中山路1号", "南京市鼓楼区"),
        ("天津市河北区中山路1号", "天津市河北区"),
        ("哈尔滨市道里区安隆街1号", "哈尔滨市道里区"),
        ("湖南省长沙县星沙街道1号", "湖南省长沙县"),
        ("上海市浦东新区世纪大道1号", "上海市浦东新区"),
        ("昆山市玉山镇1号", "昆山市"),
        ("红旗大街5号3单元", "*"),
    ],
)
def test_an_address_becomes_a_district_or_nothing(address, left):
    assert coarsen_address(address) == left


@pytest.mark.parametrize(
    ("position", "left"),
    [
        ("116.397412", "116.39"),
        ("116.397412,39.908722", "116.39,39.90"),
        ("东经116.397412°", "东经116.39°"),
        ("39°54′26.37″N", "*"),
        ("116397128", "*"),
        ("北京站东口", "*"),
    ],
)
def test_a_position_becomes_two_decimals_or_nothing(position, left):
    assert coarsen_position(position) == left


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("姓名", ["阿依古丽·买买提", "次仁旺堆"]),
        ("联系人", ["John Smith", "Ann Lee"]),
        ("法定代表人（负责人）", ["次仁旺堆"]),
        ("出生日期", ["01/05/1990", "05/06/1991"]),
        ("出生日期", ["一九九〇年一月"]),
    ],
)
def test_a_column_that_says_it_holds_people_is_a_finding_whatever_its_values(
    tmp_path, header, values
):
    path = written(tmp_path / "t.csv", [header], [[one] for one in values])
    (one,) = scan(path, [header])
    assert (one.severity, one.rows) == ("medium", len(values))


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("姓名", ["王某", "李*", "无", "张*三", "-"]),
        ("从业人员", ["12", "30"]),
        ("出生人数", ["120", "300"]),
        ("出生地", ["北京"]),
        ("法定代表人证件类型", ["身份证"]),
        ("name", ["Central Park"]),
    ],
)
def test_columns_that_only_sound_like_people_are_no_finding(tmp_path, header, values):
    path = written(tmp_path / "t.csv", [header], [[one] for one in values])
    assert not [one for one in scan(path, [header]) if one.severity == "medium"]


@settings(deadline=None, max_examples=50)
@given(st.text(min_size=1, max_size=20), st.sampled_from(sorted(DETECTORS)))
def test_a_code_is_taken_for_no_number(value, detector):
    code = pseudonym(KEY, detector, value)
    for name, one in DETECTORS.items():
        if not one.headers and not one.whole_cells:
            assert not list(one.find(f"社保卡号{code}")), name


def test_of_an_illness_and_of_a_childs_age_masking_leaves_nothing(tmp_path):
    rows = [["肺结核", "王小明"], ["", "李小红"], ["艾滋病", "张小军"]]
    made, _ = settled(tmp_path, "sensitive-attribute", "mask", rows, "病种")
    assert cells(made.path) == [["病种", "姓名"], ["*", "王小明"], ["", "李小红"], ["*", "张小军"]]
    rows = [["7", "王小明"], ["13", "李小红"], ["41", "张小军"]]
    made, _ = settled(tmp_path, "minor-age", "mask", rows, "年龄")
    assert cells(made.path) == [["年龄", "姓名"], ["*", "王小明"], ["*", "李小红"], ["*", "张小军"]]
