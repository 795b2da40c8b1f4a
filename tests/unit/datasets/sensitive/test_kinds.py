"""Each kind of sensitive data is told from what only looks like it; no finding repeats a value."""

import csv
import logging
import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.columnar import read_batches
from datasets.sensitive import DETECTORS, findings, mask, redact, scan, start_scan
from tests.common.labelled_cells import MEASURED, dressed

ON = date(2026, 11, 1)


@pytest.fixture
def look(tmp_path):
    """Scan a table given as header and columns; returns {(detector, field): severity}."""

    def look(columns, on=ON):
        path = tmp_path / "t.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([list(columns), *zip(*columns.values(), strict=True)])
        return {(f.detector, f.field): f for f in scan(path, list(columns), on=on)}

    return look


def kinds(found):
    return {detector: finding.severity for (detector, _), finding in found.items()}


@pytest.mark.parametrize(
    "cell",
    [
        "1.10105194912310E+17",
        "1.1010519491231002e+17",
        "110105194912310016",
        "110105194912310016.0",
    ],
)
def test_ids_that_a_spreadsheet_rounded_still_tell_a_birth(look, cell):
    assert kinds(look({"代码": [cell]})) == {"citizen-id-damaged": "high"}


@pytest.mark.parametrize("cell", ["1.10105E+17", "9.11102287567017E+17", "110105194912310021"])
def test_numbers_that_tell_no_birth_or_are_not_rounded_are_left_alone(look, cell):
    assert kinds(look({"代码": [cell]})) == {}


def test_one_number_in_sixteen_is_a_float_by_chance_and_no_damage(look):
    shaped = [f"1101051949123{number:05d}" for number in range(10_001, 11_600, 7)]
    assert "citizen-id-damaged" not in kinds(look({"许可证编号": shaped}))


def test_nobody_is_born_after_the_day_the_scan_counts_from(look):
    assert kinds(look({"号码": ["110105203012310026"]})) == {}
    assert "citizen-id" in kinds(look({"号码": ["110105203012310026"]}, on=date(2031, 1, 1)))


def test_children_are_told_by_birth_date_and_by_age(look):
    names = ["王小明", "李小红"]
    found = look({"姓名": names, "出生日期": ["2015年6月1日", "1990-01-02"], "年龄": ["9岁", "36"]})
    assert kinds(found) == {
        "person-name": "medium",
        "birth-date": "medium",
        "minor-birth-date": "medium",
        "minor-age": "medium",
    }
    assert found["minor-birth-date", "出生日期"].rows == 1
    assert found["minor-age", "年龄"].sample == ("<14",)
    assert kinds(look({"年龄": ["9", "36"], "人数": ["120", "300"]})) == {}


@pytest.mark.parametrize(
    "cell",
    [
        "手机13800138000",
        "138 0013 8000",
        "1380-013-8000",
        "1380 0138 000",
        "138 00138000",
        "138.0013.8000",
        "138 - 0013 - 8000",
        "(+86)13800138000",
        "+86-138-0013-8000",
        "1３８\u200b0013\u200b8000",
        "١٣٨٠٠١٣٨٠٠٠",
        "微信wx13800138000",
        "电话：13800138000/13900139000",
    ],
)
def test_mobiles_are_found_however_they_are_broken(look, cell):
    assert kinds(look({"备注": [cell]})) == {"mobile": "high"}


@pytest.mark.parametrize(
    "cell",
    ["6222 1352 1389 5222 737", "13800-138000", "138001380001", "1.13800138000", "v138.0013.80001"],
)
def test_parts_of_other_numbers_are_no_mobiles(look, cell):
    assert "mobile" not in kinds(look({"备注": [cell]}))


def test_numbers_of_the_insured_and_of_patients_need_words(look):
    assert kinds(look({"医保卡号": ["A12345678"]})) == {"social-security": "high"}
    assert kinds(look({"备注": ["参保号：110012345678"]})) == {"social-security": "high"}
    assert kinds(look({"住院号": ["00123456"]})) == {"patient": "high"}
    assert kinds(look({"备注": ["患者住院号 00123456，已出院"]})) == {"patient": "high"}
    assert kinds(look({"备注": ["社保卡服务网点共有12345678个"]})) == {}
    assert kinds(look({"单位社保编号": ["110012345678"]})) == {"social-security": "medium"}


def test_taiwan_permits_are_told_by_the_words_beside_them(look):
    assert kinds(look({"备注": ["台胞证：12345678", "20240101"]})) == {"taiwan-permit": "high"}
    assert kinds(look({"备注": ["20240101"]})) == {}


FOREIGN = ["AB1234567", "123456789", "n1234567", "C01X00T47", "M123A4567"]


def test_passports_of_other_countries_are_told_by_the_words_beside_them(look):
    found = look({"护照号码": FOREIGN})
    assert kinds(found) == {"foreign-passport": "medium"}
    assert found["foreign-passport", "护照号码"].rows == len(FOREIGN)
    assert kinds(look({"备注": ["护照号：AB1234567，已登记"]})) == {"foreign-passport": "medium"}
    assert kinds(look({"备注": ["AB1234567"], "型号": ["123456789"]})) == {}


def test_passports_are_told_once_and_what_is_counted_or_dated_beside_them_is_none(look):
    assert kinds(look({"护照号": ["E12345678"]})) == {"passport": "high"}
    mixed = look({"护照号": ["E12345678", "AB1234567"]})
    assert kinds(mixed) == {"passport": "high", "foreign-passport": "medium"}
    for header in ("护照办理数量", "护照签发日期", "护照有效期至", "护照签发机关", "护照类型"):
        assert "foreign-passport" not in kinds(look({header: ["20240101", "345678"]})), header


@pytest.mark.parametrize("header", ["微信号", "联系QQ", "QQ/微信", "WeChat"])
def test_accounts_of_messengers_are_told_by_their_header(look, header):
    found = look({header: ["wxid_abc123", "12345678", "无", ""]})
    assert kinds(found) == {"messenger": "medium"}
    assert found["messenger", header].places == (2, 3)
    assert all("*" in sample for sample in found["messenger", header].sample)


@pytest.mark.parametrize("header", ["微信公众号", "QQ群", "微信小程序", "微信支付金额", "备注"])
def test_channels_of_bodies_and_other_columns_are_no_accounts_of_people(look, header):
    assert kinds(look({header: ["beijing-fabu", "12345678"]})) == {}


@pytest.mark.parametrize("cell", ["1.1E+17", "1.10101E+17", "4.4E+17", "5e17", "1.1E+14"])
def test_identity_numbers_destroyed_by_a_spreadsheet_never_pass_in_silence(look, cell):
    assert kinds(look({"身份证号": [cell]})) == {"citizen-id-destroyed": "medium"}
    assert kinds(look({"代码": [cell]})) == {}


def test_identity_numbers_that_lost_their_last_digits_are_told_by_their_birth(look):
    assert kinds(look({"身份证号": ["110101199003070000"]})) == {"citizen-id-damaged": "high"}
    both = look({"身份证号": ["110101199003070000", "1.1E+17"]})
    assert kinds(both) == {"citizen-id-damaged": "high", "citizen-id-destroyed": "medium"}


def test_a_header_that_makes_its_column_sensitive_is_no_row_of_it(look):
    found = look({"姓名": ["王小明", "李四"], "疾病诊断": ["甲", "乙"]})
    assert found["sensitive-attribute", "疾病诊断"].rows == 2
    assert found["sensitive-attribute", "疾病诊断"].places == (2, 3)


def test_names_are_found_spaced_listed_and_announced_in_text(look):
    assert kinds(look({"负责人": ["李　四", "王小明、张伟"]})) == {"person-name": "medium"}
    found = look({"处罚事由": ["当事人：王小明，未按规定公示", "无"]})
    assert kinds(found) == {"name-in-text": "medium"}
    assert found["name-in-text", "处罚事由"].sample == ("王**",)
    assert kinds(look({"处罚事由": ["当事人：王府井公司，未按规定公示"]})) == {}


def test_names_masked_by_the_publisher_pass(look):
    assert kinds(look({"姓名": ["张**", "李某某", "王*明"]})) == {"masked": "low"}


def test_addresses_of_bodies_weigh_less_than_those_of_people(look):
    people, address = ["王小明"], ["海淀区某某路5号2单元301室"]
    found = look({"法定代表人": people, "企业地址": address, "通讯地址": address})
    assert found["address", "企业地址"].severity == "low"
    assert found["address", "通讯地址"].severity == "medium"
    assert found["address", "通讯地址"].sample == ("海" + "*" * (len(address[0]) - 1),)


def test_coordinates_beside_people_or_moments_are_told_in_any_column(look):
    pairs = ["116.397412,39.908722", "39.9087,116.3974"]
    assert kinds(look({"说明": pairs})) == {}
    assert kinds(look({"说明": pairs, "时间": ["8:00", "8:05"]})) == {"position-pair": "low"}
    beside = look({"说明": pairs, "姓名": ["王小明", "李四"]})
    assert kinds(beside) == {"person-name": "medium", "position-pair": "medium"}
    lone = {"经度": ["116.397412", "116.397512"], "更新时间": ["8:00", "8:05"]}
    assert kinds(look(lone)) == {}
    assert kinds(look({"说明": ["2.3974,1.9087"], "姓名": ["王小明"]})) == {"person-name": "medium"}


def test_illnesses_matter_where_people_are_named(look):
    assert kinds(look({"病种": ["甲", "乙"], "人数": ["10", "20"]})) == {}
    named = look({"姓名": ["王小明", "李四"], "病种": ["甲", "乙"]})
    assert kinds(named) == {"person-name": "medium", "sensitive-attribute": "medium"}
    assert named["sensitive-attribute", "病种"].sample == ("*",)


DISTRICTS = ["东城区", "西城区", "朝阳区", "海淀区", "合计"]


def test_small_counts_in_statistics_by_groups_are_told_without_totals(look):
    found = look({"区": DISTRICTS, "死亡人数": ["1", "0", "12", "2例", "2"], "合计": ["1"] * 5})
    assert kinds(found) == {"small-cell": "medium"}
    finding = found["small-cell", "死亡人数"]
    assert finding.rows == 2
    assert finding.places == (2, 5)
    assert finding.sample == ("<3",)


def test_small_numbers_that_count_nobody_or_name_people_are_left_alone(look):
    assert kinds(look({"区": DISTRICTS, "死亡人数": ["3", "0", "12", "45", "60"]})) == {}
    assert kinds(look({"区": DISTRICTS, "设备数量": ["1", "0", "12", "2", "15"]})) == {}
    assert kinds(look({"企业名称": ["甲", "乙"], "从业人数": ["1", "2"]})) == {}
    named = look({"户主": ["王小明", "李四"], "街道": ["甲", "乙"], "家庭人数": ["1", "2"]})
    assert kinds(named) == {"person-name": "medium"}


def test_a_value_is_shown_by_its_ends_and_a_short_one_by_less():
    assert mask("11010519491231002X") == "1" + "*" * 16 + "X"
    assert (mask("李四"), mask("2"), mask("")) == ("李*", "*", "*")


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**9))
def test_no_value_leaves_the_engine(tmp_path_factory, seed):
    """Not in findings, nor in what any object of a scan says of itself, nor in logs or samples."""
    chance = random.Random(seed)
    path = tmp_path_factory.mktemp("leak") / "t.csv"
    names = [name for name in MEASURED if name not in {"masked", "citizen-id-or-credit-code"}]
    values = {name: MEASURED[name](chance) for name in names}
    labels = [*names, "姓名", "住址", "病历号", values["citizen-id"]]
    secrets = [*values.values(), "欧阳小明", "海淀区某某路5号2单元301室", "ZY20240101"]
    row = [*(dressed(name, value, chance) for name, value in values.items()), *secrets[-3:], "x"]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([labels, row, [*row, values["mobile"]]])
    said = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())
    logging.getLogger().addHandler(handler)
    try:
        table = start_scan(labels, ON)
        for batch in read_batches(path, len(labels)):
            table.add(batch)
        found = findings(table)
    finally:
        logging.getLogger().removeHandler(handler)
    said += [repr(found), repr(table), *map(repr, table.columns)]
    said += [repr(column.tallies) for column in table.columns]
    assert {"citizen-id", "mobile", "bank-card", "person-name"} <= {one.detector for one in found}
    for secret in secrets:
        assert not [text for text in said if secret in text]
    hidden = redact("，".join(values.values()))
    for name in ("citizen-id", "mobile", "bank-card", "passport", "email"):
        assert values[name] not in hidden


def test_the_registry_says_how_every_kind_is_shown_and_told():
    for name, detector in DETECTORS.items():
        assert detector.name == name
        assert detector.message.text.endswith(".")
        shown = detector.show("海淀区某某路5号")
        assert sum(char not in "*<>0123456789" for char in shown) <= 2
