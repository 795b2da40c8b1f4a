"""Settling makes a derivative that says no more than was agreed."""

import csv
import random
import unicodedata
from functools import partial
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.derivative import derive, marked
from datasets.identifiers import normalise_code
from datasets.masking import SettlementProblem, actions_for, plan, treat
from datasets.pseudonyms import derive_key
from datasets.sensitive import DETECTORS, scan
from datasets.settling import decisions
from schemas.records import ExaminationRequest, Settlement
from tests.common.labelled_cells import bank_card, citizen_id, mobile

LABELS = ["名称", "证件号码", "备注", "姓名"]
ROWS = [
    ["甲", "11010519491231002X", "电话13800138000，证件440524188001010014", "王小明"],
    ["乙", "440524188001010014", "", "李四"],
    ["丙", "", "无", "买买提·艾力"],
]
KEY = derive_key(b"secret", "dataset 1")


@pytest.fixture
def settled(tmp_path):
    """Scan a table, settle findings by detector and field, and scan again."""

    def settled(actions, labels=LABELS, rows=ROWS):
        path = tmp_path / "t.csv"
        write(path, labels, rows)
        return settle(path, labels, actions)

    return settled


def write(path, labels, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([labels, *rows])


def settle(path, labels, actions):
    """Labels and rows of the derivative, and what a scan of it finds."""
    findings = scan(path, labels)
    settlements = tuple(
        Settlement(finding.id, actions[finding.detector, finding.field])
        for finding in findings
        if (finding.detector, finding.field) in actions
    )
    request = ExaminationRequest("t.csv", settlements=settlements, pseudonym_key=KEY)
    schema = {"fields": [{"name": label, "type": "string"} for label in labels]}
    decided = decisions(settlements, labels)
    noted = marked(findings, labels, request, decided)
    done = derive(path, labels, schema, noted, request, path.with_name("p.csv"), decided=decided)
    with done.path.open(encoding="utf-8", newline="") as file:
        kept, *rows = csv.reader(file)
    assert kept == done.labels
    return kept, rows, scan(done.path, kept)


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


def test_names_no_rule_knows_are_masked_with_their_column(settled):
    labels, rows, _ = settled({("person-name", "姓名"): "mask"})
    assert column(labels, rows, "姓名") == ["王*明", "李*", "买****力"]


def test_keeping_touches_nothing(settled):
    labels, rows, _ = settled({("citizen-id", "证件号码"): "keep"})
    assert (labels, rows) == (LABELS, ROWS)


def test_one_person_has_one_code_in_every_column_and_every_spelling(settled):
    labels = ["经办", "号码", "备注"]
    rows = [
        ["甲", "13800138000", f"请打{wide('13800138000')}"],
        ["乙", "+86 13800138000", "无"],
        ["丙", " ", ""],
    ]
    _, result, again = settled(
        {("mobile", "号码"): "pseudonym", ("mobile", "备注"): "pseudonym"}, labels, rows
    )
    code = result[0][1]
    assert len(code) == 16
    assert code.isalnum()
    assert result == [["甲", code, f"请打{code}"], ["乙", f"+86 {code}", "无"], ["丙", " ", ""]]
    assert not [finding for finding in again if finding.severity != "low"]


@pytest.mark.parametrize(
    "settlement",
    [
        Settlement("citizen-id:9:无", "mask"),
        Settlement("citizen-id:2:证件号码", "burn"),
        Settlement("citizen-id:2:证件号码", "suppress"),
    ],
)
def test_a_settlement_of_nothing_or_without_sense_is_refused(settlement):
    with pytest.raises(SettlementProblem) as caught:
        plan(decisions([settlement], LABELS), LABELS, KEY)
    assert caught.value.problem.code == "settlement-unknown"


def test_generalising_what_has_no_coarser_form_masks_it(settled):
    labels, rows = ["银行卡号"], [["6222021234567890128"]]
    _, result, _ = settled({("bank-card", "银行卡号"): "generalise"}, labels, rows)
    assert result == [["6" + "*" * 17 + "8"]]


def test_a_pseudonym_without_a_key_is_refused():
    with pytest.raises(SettlementProblem) as caught:
        plan(decisions([Settlement("citizen-id:2:证件号码", "pseudonym")], LABELS), LABELS)
    assert caught.value.problem.code == "settlement-no-key"


def test_each_finding_offers_what_makes_sense_for_it():
    assert actions_for("mobile") == ("drop", "mask", "generalise", "pseudonym", "keep")
    assert actions_for("birth-date") == ("drop", "mask", "generalise", "keep")
    assert actions_for("bank-card") == ("drop", "mask", "pseudonym", "keep")
    assert actions_for("masked") == ("drop", "keep")
    assert actions_for("small-cell") == ("suppress", "drop", "keep")


def test_a_column_without_a_hit_comes_back_as_it_is():
    wanted = plan(decisions([Settlement("mobile:1:电话", "mask")], ["电话"]), ["电话"])
    cells = pa.array(["甲", "", "12345678901"], pa.string())
    assert treat(cells, wanted.treatments[0]) is cells


MAKERS = (citizen_id, mobile, bank_card)
SPLIT = {11: (3, 7), 16: (4, 8, 12), 18: (6, 14), 19: (4, 8, 12, 16)}


def wide(value):
    return value.translate({code: code + 0xFEE0 for code in range(0x30, 0x3A)})


def parted(value, joint):
    """A number in the groups that people write it in."""
    bounds = (0, *SPLIT.get(len(value), ()), len(value))
    return joint.join(value[start:end] for start, end in pairwise(bounds))


DRESSES = (str, wide, str.lower, partial(parted, joint=" "), partial(parted, joint="-"))


def plain(text):
    """A text with every spelling of a number made one, so that nothing hides in it."""
    return normalise_code(unicodedata.normalize("NFKC", text)).replace("X", "")


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from(["drop", "mask", "generalise", "pseudonym"]))
def test_what_was_settled_stands_nowhere_in_the_derivative(tmp_path_factory, seed, action):
    chance = random.Random(seed)
    path = tmp_path_factory.mktemp("again") / "t.csv"
    labels = ["甲", "乙", "丙"]
    values = [[chance.choice(MAKERS)(chance) for _ in range(2)] for _ in range(20)]
    dressed = [[chance.choice(DRESSES)(value) for value in row] for row in values]
    rows = [[first, f"见{second}号，\n电{first}", "甲"] for first, second in dressed]
    write(path, labels, rows)
    wanted = {
        (found.detector, found.field): action if action in actions_for(found.detector) else "drop"
        for found in scan(path, labels)
    }
    found_before = {(one.detector, one.field) for one in scan(path, labels)}
    _, result, again = settle(path, labels, wanted)
    assert "high" not in {one.severity for one in again}
    assert (
        not {(one.detector, one.field) for one in again if one.detector != "masked"} & found_before
    )
    published = "\n".join(plain(cell) for row in result for cell in row)
    for row in values:
        for value in row:
            assert plain(value) not in published


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6))
def test_treating_column_by_column_is_treating_cell_by_cell(seed):
    find = DETECTORS["mobile"].find
    chance = random.Random(seed)
    wanted = plan(decisions([Settlement("mobile:1:x", "mask")], ["x"]), ["x"]).treatments[0]
    cells = [
        chance.choice(["", "无", mobile(chance), f"打{mobile(chance)}或{mobile(chance)}"])
        for _ in range(50)
    ]
    expected = []
    for cell in cells:
        text = cell
        for hit in reversed(list(find(cell))):
            found = cell[hit.start : hit.end]
            text = (
                f"{text[: hit.start]}{found[0]}{'*' * (len(found) - 2)}{found[-1]}{text[hit.end :]}"
            )
        expected.append(text)
    assert treat(pa.array(cells, pa.string()), wanted).to_pylist() == expected
