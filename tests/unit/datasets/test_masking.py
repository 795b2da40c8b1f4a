"""Settling makes a derivative that says no more than was agreed."""

import csv
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.masking import SettlementProblem, settle
from datasets.sensitive import scan
from datasets.sensitive.evaluation import bank_card, citizen_id, mobile
from schemas.records import Settlement

LABELS = ["名称", "证件号码", "备注", "姓名"]
ROWS = [
    ["甲", "11010519491231002X", "电话13800138000，证件440524188001010014", "王小明"],
    ["乙", "440524188001010014", "", "李四"],
    ["丙", "", "无", "买买提·艾力"],
]


@pytest.fixture
def settled(tmp_path):
    """Scan a table, settle findings by detector and field, and scan again."""

    def settled(actions, labels=LABELS, rows=ROWS):
        path = tmp_path / "t.csv"
        write(path, labels, rows)
        findings = scan(path, labels)
        settlements = [
            Settlement(finding.id, actions[finding.detector, finding.field])
            for finding in findings
            if (finding.detector, finding.field) in actions
        ]
        kept, stream = settle(labels, iter(rows), settlements, findings)
        result = list(stream)
        write(path, kept, result)
        return kept, result, scan(path, kept)

    return settled


def write(path, labels, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([labels, *rows])


def column(labels, rows, name):
    return [row[labels.index(name)] for row in rows]


def test_dropping_removes_the_column_and_nothing_else(settled):
    labels, rows, again = settled({("citizen-id", "证件号码"): "drop"})
    assert labels == ["名称", "备注", "姓名"]
    assert rows[0] == ["甲", ROWS[0][2], "王小明"]
    assert "证件号码" not in {finding.field for finding in again}


def test_masking_leaves_front_one_back_one_and_the_text_around(settled):
    labels, rows, again = settled(
        {
            ("citizen-id", "证件号码"): "mask",
            ("citizen-id", "备注"): "mask",
            ("mobile", "备注"): "mask",
        }
    )
    assert column(labels, rows, "证件号码") == ["1" + "*" * 16 + "X", "4" + "*" * 16 + "4", ""]
    assert column(labels, rows, "备注")[0] == "电话1*********0，证件4" + "*" * 16 + "4"
    assert [finding.severity for finding in again if finding.detector == "masked"] == ["low", "low"]
    assert "high" not in {finding.severity for finding in again}


def test_only_the_finding_that_was_settled_is_treated(settled):
    labels, rows, again = settled({("mobile", "备注"): "mask"})
    assert "440524188001010014" in column(labels, rows, "备注")[0]
    assert ("citizen-id", "备注") in {(finding.detector, finding.field) for finding in again}


def test_generalising_keeps_what_says_nothing_of_one_person(settled):
    labels, rows, _ = settled(
        {
            ("citizen-id", "证件号码"): "generalise",
            ("mobile", "备注"): "generalise",
            ("person-name", "姓名"): "generalise",
        }
    )
    assert column(labels, rows, "证件号码") == ["北京市1949年", "广东省1880年", ""]
    assert "138********" in column(labels, rows, "备注")[0]
    assert column(labels, rows, "姓名") == ["王某", "李某", "买某"]


def test_addresses_birth_dates_and_positions_become_coarse(settled):
    labels = ["姓名", "家庭住址", "出生日期", "经度"]
    rows = [["王小明", "北京市海淀区某某路5号2单元301室", "1990-01-02", "116.397412"]]
    actions = {
        ("address", "家庭住址"): "generalise",
        ("birth-date", "出生日期"): "generalise",
        ("position", "经度"): "generalise",
    }
    _, result, _ = settled(actions, labels, rows)
    assert result == [["王小明", "北京市海淀区", "1990", "116.39"]]


def test_a_hit_without_a_coarser_form_is_masked(settled):
    labels, rows = ["银行卡号"], [["6222021234567890128"]]
    _, result, _ = settled({("bank-card", "银行卡号"): "generalise"}, labels, rows)
    assert result == [["6" + "*" * 17 + "8"]]


def test_names_no_rule_knows_are_masked_with_their_column(settled):
    labels, rows, _ = settled({("person-name", "姓名"): "mask"})
    assert column(labels, rows, "姓名") == ["王*明", "李*", "买****力"]


def test_keeping_touches_nothing(settled):
    labels, rows, _ = settled({("citizen-id", "证件号码"): "keep"})
    assert (labels, rows) == (LABELS, ROWS)


@pytest.mark.parametrize(
    "settlement",
    [Settlement("citizen-id:9:无", "mask"), Settlement("citizen-id:2:证件号码", "burn")],
)
def test_a_settlement_of_nothing_is_refused(tmp_path, settlement):
    write(tmp_path / "t.csv", LABELS, ROWS)
    findings = scan(tmp_path / "t.csv", LABELS)
    with pytest.raises(SettlementProblem) as caught:
        settle(LABELS, ROWS, [settlement], findings)
    assert caught.value.problem.code == "settlement-unknown"


def test_ragged_rows_are_settled_as_far_as_they_go(tmp_path):
    write(tmp_path / "t.csv", LABELS, ROWS)
    findings = scan(tmp_path / "t.csv", LABELS)
    drop = [Settlement(f.id, "drop") for f in findings if f.detector == "citizen-id"]
    _, rows = settle(LABELS, [["甲"], ["甲", "乙", "丙", "丁", "余"]], drop, findings)
    assert list(rows) == [["甲"], ["甲", "丁", "余"]]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(["mask", "generalise"]))
def test_what_was_settled_is_not_found_again(tmp_path_factory, seed, action):
    chance = random.Random(seed)
    path = tmp_path_factory.mktemp("again") / "t.csv"
    labels = ["甲", "乙"]
    makers = (citizen_id, mobile, bank_card)
    rows = [
        [chance.choice(makers)(chance), f"见{chance.choice(makers)(chance)}号"] for _ in range(20)
    ]
    write(path, labels, rows)
    findings = scan(path, labels)
    kept, stream = settle(labels, rows, [Settlement(f.id, action) for f in findings], findings)
    write(path, kept, list(stream))
    assert "high" not in {finding.severity for finding in scan(path, kept)}
