"""Names of uploads are metadata: they never name a place, and Chinese ones stay whole."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.http.blobs import disposition
from catalog.http.uploads import NAME_CHARS, clean_file_name


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("数据.csv", "数据.csv"),
        ("报告 2024年.xlsx", "报告 2024年.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\lin\\数据.csv", "数据.csv"),
        ("a\x00b\r\n.csv", "ab.csv"),
        ("invoice\u202ecsv.exe", "invoicecsv.exe"),
        ("", "delivery"),
        ("/", "delivery"),
        ("e\u0301.csv", "é.csv"),
    ],
)
def test_a_file_name_is_kept_without_what_could_hurt(raw: str, clean: str) -> None:
    assert clean_file_name(raw) == clean


@given(st.text(max_size=500))
def test_any_name_becomes_a_short_line_that_cleaning_leaves_alone(raw: str) -> None:
    name = clean_file_name(raw)
    assert 0 < len(name) <= NAME_CHARS
    assert "/" not in name
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in name)
    assert clean_file_name(name) == name


def test_a_long_name_keeps_its_suffix() -> None:
    assert clean_file_name("数" * 400 + ".xlsx").endswith("数.xlsx")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=100))
def test_a_disposition_is_one_ascii_line_whatever_the_name(name: str) -> None:
    header = disposition(name)
    assert header.isascii()
    assert header.isprintable()
    assert header.startswith('attachment; filename="')
    assert header.count('"') == 2


def test_old_clients_get_the_name_in_pinyin() -> None:
    assert disposition("行政处罚.csv").startswith('attachment; filename="xing-zheng-chu-fa.csv"; ')
    assert disposition("powers 2.csv").startswith('attachment; filename="powers 2.csv"; ')
    assert disposition("。。.zip").startswith('attachment; filename="file.zip"; ')
