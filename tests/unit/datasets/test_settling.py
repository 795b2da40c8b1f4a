"""What was decided about a column follows it through every repair, or shuts the gate."""

import csv
import io
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.settling import by_name, decisions, same
from schemas.records import Settlement
from tests.common.looking import look, public_rows
from tests.common.ugly_files import csv_bytes

HOMES = ("海淀区苏州街12号院3单元501室", "朝阳区望京街8号2号楼402室", "西城区百万庄大街22号楼3单元")


def told(rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def test_a_column_that_a_repair_renames_stays_dropped(tmp_path):
    header = ["姓名*", "家庭住址*"]
    data = csv_bytes([header, *([name, home] for name, home in zip("甲乙丙", HOMES, strict=True))])
    offered = {one.id for one in look(tmp_path, data).repairs}
    assert offered == {"header-marks:姓名、家庭住址"}
    dropped = (Settlement("address:2:家庭住址*", "drop"),)
    for repairs in ((), tuple(offered)):
        result = look(tmp_path, data, settlements=dropped, repairs=repairs)
        (finding,) = [one for one in result.findings if one.detector == "address"]
        assert finding.settled == "drop"
        assert HOMES[0] not in told(public_rows(tmp_path, result))


def test_a_decision_that_fits_no_column_shuts_the_gate_whatever_its_weight(tmp_path):
    data = csv_bytes([["姓名", "住处"], ["甲", "无"], ["乙", "无"]])
    carried = (Settlement("address:0:家庭住址", "drop"),)
    result = look(tmp_path, data, settlements=carried)
    assert result.report["valid"]
    assert result.artefacts == {}
    (finding,) = [one for one in result.findings if one.severity == "high"]
    assert (finding.id, finding.field, finding.settled) == ("address:0:家庭住址", "家庭住址", "")
    assert "fits no column" in finding.message.text
    kept = look(tmp_path, data, settlements=(Settlement("address:0:家庭住址", "keep", "依法"),))
    assert kept.artefacts


def test_a_decision_holds_in_a_delivery_that_gives_no_reason_for_it(tmp_path):
    data = csv_bytes([["金额", "家庭住址"], ["1", "不详"], ["2", "外地"]])
    result = look(tmp_path, data, settlements=(Settlement("address:0:家庭住址", "drop"),))
    (finding,) = result.findings
    assert (finding.severity, finding.rows, finding.settled) == ("low", 0, "drop")
    assert public_rows(tmp_path, result)[0] == ["金额"]


def test_a_column_left_out_before_it_moves_no_decision_to_its_neighbour(tmp_path):
    header = ["序号", "", "家庭住址", "住所"]
    data = csv_bytes([header, *([str(at), "", home, "无"] for at, home in enumerate(HOMES))])
    (repair,) = [one.id for one in look(tmp_path, data).repairs if one.kind == "ghost-columns"]
    found = look(tmp_path, data, repairs=(repair,)).findings
    assert [one.id for one in found] == ["address:3:家庭住址"]
    result = look(
        tmp_path, data, repairs=(repair,), settlements=(Settlement("address:3:家庭住址", "drop"),)
    )
    assert public_rows(tmp_path, result)[0] == ["序号", "住所"]


def test_the_second_of_two_columns_of_one_name_is_not_taken_for_the_first(tmp_path):
    labels = ["住址", "住址"]
    one = Settlement("address:2:住址", "drop")
    assert [each.place for each in decisions([one], labels)] == [1]
    assert [each.place for each in decisions([one], ["住址", "住址_2"])] == [1]
    assert [each.place for each in decisions([one], ["住址", "电话"])] == [None]
    assert [each.place for each in decisions([Settlement("address:0:住址", "drop")], labels)] == [
        None
    ]


@pytest.mark.parametrize("identity", ["", "address", "address:x:住址", "address:-1:住址", ":::"])
def test_an_id_of_another_form_fits_nothing(identity):
    assert [one.place for one in decisions([Settlement(identity, "drop")], ["住址"])] == [None]


def test_a_decision_goes_on_by_the_name_of_its_column():
    carried = by_name("address:2:家庭住址*", "家庭住址")
    assert carried == "address:0:家庭住址"
    assert same(carried, "address:7:家庭住址（必填）")
    assert not same(carried, "address:2:通讯地址")
    assert not same(carried, "mobile:2:家庭住址")


STEPS = ("title-rows", "header-marks", "ghost-columns", "duplicate-headers", "blank-headers")
PHONES = ("13800138000", "13900139000", "13700137000")
MARKED = ["序号", "姓名 *", "", "电话*", "电话*", ""]
FULL = [
    ["2024年名单", "", "", "", "", ""],
    MARKED,
    *([str(at), f"{name}某", "", phone, phone, "甲乙"[at % 2]]
      for at, (name, phone) in enumerate(zip("赵钱孙", PHONES, strict=True))),
]  # fmt: skip
ORDERS = list(permutations(STEPS, 5))


@settings(deadline=None, max_examples=12)
@given(
    st.sampled_from(ORDERS),
    st.integers(0, len(STEPS)),
    st.lists(st.sampled_from(["drop", "mask", "generalise"]), min_size=2, max_size=2),
)
def test_no_order_of_repairing_and_settling_loses_a_decision(
    tmp_path_factory, order, when, actions
):
    folder: Path = tmp_path_factory.mktemp("orders")
    data = csv_bytes(FULL)
    settled: tuple[Settlement, ...] = ()
    accepted: tuple[str, ...] = ()
    for number in range(len(order) + 1):
        result = look(folder, data, repairs=accepted, settlements=settled)
        if number == when:
            phones = [one for one in result.findings if one.detector == "mobile"]
            settled = tuple(
                Settlement(one.id, action) for one, action in zip(phones, actions, strict=True)
            )
        if number < len(order):
            accepted += tuple(
                one.id for one in result.repairs if one.id.startswith(order[number] + ":")
            )
    offered = tuple(one.id for one in look(folder, data, repairs=accepted).repairs)
    result = look(folder, data, repairs=offered, settlements=settled)
    assert result.artefacts, [one.message for one in result.findings]
    published = told(public_rows(folder, result))
    assert not [phone for phone in PHONES if phone in published]
    held = [one.settled for one in result.findings if one.detector == "mobile"]
    assert held == actions
