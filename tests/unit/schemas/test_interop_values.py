import json
import re
from pathlib import Path

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.interop import values, wordings
from schemas.interop.labels import (
    ENTRY_LABELS,
    FIELD_LABELS,
    entry_element,
    place_entry,
    plain_label,
)
from schemas.interop.readings import Notes, read_address, read_contact, read_cycle, read_formats
from schemas.vocabularies import FieldType, Openness, Sharing, UpdateCycle

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec=None)), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2023-6-16", "2023-06-16"),
        ("2023/06/16", "2023-06-16"),
        ("2023.6.1", "2023-06-01"),
        ("2023年6月16日", "2023-06-16"),
        ("２０２３-０６-１６", "2023-06-16"),
        ("20230616", "2023-06-16"),
        ("2023-06", "2023-06-01"),
        ("2023年6月", "2023-06-01"),
        ("2023", "2023-01-01"),
        (2023, "2023-01-01"),
        ("2023-06-16 8:05", "2023-06-16T08:05:00"),
        ("2023-06-16T08:05:09.123456", "2023-06-16T08:05:09"),
        ("2023-06-16T08:05:09Z", "2023-06-16T08:05:09Z"),
        ("2023-06-16T08:05:09+08:00", "2023-06-16T08:05:09+08:00"),
        (1_686_902_400_000, "2023-06-16T08:00:00+00:00"),
        ("", ""),
        (None, ""),
        ("暂无", ""),
        ("2023-13-01", None),
        ("2023-02-30", None),
        ("yesterday", None),
        (12, None),
        (float("nan"), None),
        (10**30, None),
        ("2023-06-16T25:00", None),
    ],
)
def test_a_date_is_read_in_the_spellings_of_real_portals(written: object, read: str | None) -> None:
    assert values.date(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (12, 12),
        ("1,204", 1204),
        ("35条", 35),
        ("1.2万条", 12_000),
        ("", None),
        ("35MB", None),
        (-1, None),
        ("9" * 30, None),
        (None, None),
        ([], None),
    ],
)
def test_a_number_of_records_is_read_only_when_it_is_one(written: object, read: int | None) -> None:
    assert values.count(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("['xls', 'xml']", ("xls", "xml")),
        ("['file']", ("file",)),
        ("['其他']", ("other",)),
        ("[]", ()),
        (["XLS", ".csv", "xls"], ("xls", "csv")),
        ("CSV、JSON；xml", ("csv", "json", "xml")),
        (None, ()),
        ("mysql", ("mysql",)),
        ("接口", ("api",)),
    ],
)
def test_formats_are_read_from_lists_printed_as_text(
    written: object, read: tuple[str, ...]
) -> None:
    assert read_formats(written) == read


def test_keywords_are_split_at_every_sign_people_use() -> None:
    assert values.several("国土、能源\r\n\t信息，软件;服务 气象") == (
        "国土",
        "能源",
        "信息",
        "软件",
        "服务",
        "气象",
    )
    assert values.several(["信息传输、软件", "信息传输、软件"]) == ("信息传输、软件",)


@pytest.mark.parametrize(
    ("address", "identifier"),
    [
        (
            "https://p.example/portal/catalog/06883182b278466ab0f19bc81acf4908",
            "06883182b278466ab0f19bc81acf4908",
        ),
        ("http://p.example:1123/#/data_public/detail/8080ab", "8080ab"),
        ("https://p.example/detail?id=42&type=opendata", "42"),
        ("https://p.example/#/detail?resId=a1b2c3", "a1b2c3"),
        ("https://p.example/c/123456.html", "123456"),
        ("https://p.example/portal/catalog", ""),
        ("https://p.example/", ""),
        ("", ""),
    ],
)
def test_an_identifier_is_found_in_the_address_of_the_detail_page(
    address: str, identifier: str
) -> None:
    assert values.address_id(address) == identifier


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "ftp://a.b/",
        "a.b/c",
        "http://",
        "http://u:p@a.b/",
        "http://[",
        "http://a b/",
    ],
)
def test_only_web_addresses_become_links(address: str) -> None:
    notes = Notes()
    assert read_address(address, notes, "url") == ""
    assert len(notes.warnings) == 1


@pytest.mark.parametrize(
    ("word", "cycle"),
    [
        ("每年", "yearly"),
        ("按年更新", "yearly"),
        ("‘每年’", "yearly"),
        ("每年更新一次", "yearly"),
        ("实时", "realtime"),
        ("每天", "daily"),
        ("每日", "daily"),
        ("每周", "weekly"),
        ("每季度", "quarterly"),
        ("每半年", "half-yearly"),
        ("每两年", "biennial"),
        ("不定期", "irregular"),
        ("其他", "irregular"),
        ("R/P1Y", "yearly"),
        ("R/P3M", "quarterly"),
        ("http://publications.europa.eu/resource/authority/frequency/MONTHLY", "monthly"),
        ("http://purl.org/cld/freq/annual", "yearly"),
        ("", ""),
        ("暂无", ""),
    ],
)
def test_an_update_cycle_is_read_in_many_spellings(word: str, cycle: str) -> None:
    notes = Notes()
    assert read_cycle(word, notes, "更新周期") == cycle
    assert notes.warnings == []


def test_an_unknown_update_cycle_counts_as_irregular_with_a_warning() -> None:
    notes = Notes()
    assert read_cycle("牲畜饲养", notes, "更新周期") == "irregular"
    assert notes.warnings[0].params == {"label": "更新周期", "value": "牲畜饲养"}
    assert notes.ignored == {"更新周期": "牲畜饲养"}


def test_a_warning_never_repeats_a_telephone_number_or_mail_address() -> None:
    for value in ("13900000000", "电话0830-1234567", "someone@example.org"):
        notes = Notes()
        read_cycle(value, notes, "更新周期")
        shown = str(notes.warnings[0].params)
        assert not re.search(r"\d{7}|@", shown)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0830-1234567", ("", "0830-1234567", "")),
        ("a***@example.org", ("", "", "a***@example.org")),
        ("0830-1234567，a@example.org", ("", "0830-1234567", "a@example.org")),
        ("办公室", ("办公室", "", "")),
        ("", ("", "", "")),
    ],
)
def test_one_contact_text_is_taken_apart(written: str, read: tuple[str, str, str]) -> None:
    assert read_contact(written) == read


@pytest.mark.parametrize(
    ("word", "field_type"),
    [
        ("字符型C", "string"),
        ("字符串型C", "string"),
        ("数值型N", "number"),
        ("整型I", "integer"),
        ("VARCHAR(50)", "string"),
        ("日期型D", "date"),
        ("日期时间型T", "datetime"),
        ("逻辑型L", "boolean"),
        ("decimal(10,2)", "number"),
        ("怪", ""),
    ],
)
def test_a_data_type_of_the_guide_is_read(word: str, field_type: str) -> None:
    assert wordings.field_type(word) == field_type


def test_every_spelling_means_a_word_of_its_closed_list_and_every_word_means_itself() -> None:
    for enum, read in (
        (Openness, wordings.openness),
        (Sharing, wordings.sharing),
        (UpdateCycle, wordings.update_cycle),
        (FieldType, wordings.field_type),
    ):
        for member in enum:
            if member not in (FieldType.YEARMONTH, FieldType.GEOPOINT):
                assert read(member.value) == member.value


@given(JSON)
def test_whatever_arrives_leaves_as_clean_json(value: object) -> None:
    cleaned = values.plain(value)
    assert orjson.loads(orjson.dumps(cleaned)) == json.loads(json.dumps(cleaned))
    for read in (values.line, values.prose, values.said):
        text = read(value)
        text.encode("utf-8")
        assert "\x00" not in text
        assert read(text) == text
    values.several(value), values.date(value), values.count(value), values.web_address(value)
    values.shown(value), values.address_id(values.web_address(value))


def test_deep_and_huge_values_are_bounded() -> None:
    deep: object = "x"
    for _ in range(500):
        deep = [deep]
    assert len(orjson.dumps(values.plain(deep))) < 100
    assert values.plain(2**64) == str(2**64)
    assert values.plain(1 << 100_000) == ""
    assert values.plain("\ud800a\x00") == "\ufffda"


ALL_LABELS = [*ENTRY_LABELS.items(), *FIELD_LABELS.items()]


@given(st.text(max_size=30))
@example("A\u00af")
def test_cleaning_a_label_twice_changes_nothing(label: str) -> None:
    assert plain_label(plain_label(label)) == plain_label(label)


@pytest.mark.parametrize(("element", "spellings"), ENTRY_LABELS.items())
def test_a_label_means_the_same_however_the_template_decorates_it(
    element: str, spellings: str
) -> None:
    assert entry_element(element) == element
    for spelling in spellings.split():
        for label in (spelling, f"{spelling}（必填）", f" {spelling}\n(选填,M)：", f"*{spelling}*"):
            assert entry_element(label) == element, label


def test_no_spelling_stands_under_two_elements() -> None:
    for table in (ENTRY_LABELS, FIELD_LABELS):
        spellings = [plain_label(word) for words in table.values() for word in words.split()]
        assert len(spellings) == len(set(spellings))
    assert sum(len(words.split()) for words in ENTRY_LABELS.values()) >= 150


def test_of_two_labels_for_one_element_the_more_specific_filled_one_counts() -> None:
    placed = place_entry(
        {"数据主题": "文化", "数据领域": "教育文化", "首次发布日期": "", "发布日期": "2024"}
    )
    assert placed.values == {"theme": "教育文化", "issued": "2024"}
    assert placed.others == {"数据主题": "文化"}


def test_the_labels_of_real_portals_are_known() -> None:
    path = Path(__file__).parents[3].parent / "shared/samples/portals/portal_field_mapping.json"
    if not path.exists():
        pytest.skip("the real samples are not here")
    names = {
        "department": "publisher",
        "category": "theme",
        "tags": "keywords",
        "is_open": "openness",
        "update_frequency": "update_cycle",
        "publish_time": "issued",
        "update_time": "modified",
        "data_formats": "formats",
        "data_volume": "rows",
        "telephone": "contact_phone",
        "email": "contact_email",
        "url": "landing_page",
    }
    differing = {
        # Sharing between agencies is not opening; the condition and the contact are told by value.
        "共享方式": "",
        "开放条件": "openness_condition",
        "开放条件：": "openness_condition",
        "是否向社会开放": "is_open",
        "联系方式": "contact",
        "提供方联系方式": "contact",
    }
    for label, name in json.loads(path.read_bytes())["common"].items():
        assert entry_element(label) == differing.get(label, names.get(name, name)), label
