"""Reading full texts of laws: made-up ones always, the collected ones where they are at hand."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.services.citations import chinese_numeral
from catalog.services.law_texts import LONGEST, read_law

SHARED = Path(__file__).parents[5] / "shared"
TEXT = """# 某市公共数据条例

2020年1月1日 某市人民代表大会常务委员会通过

2020年3月1日 施行

<!-- INFO END -->

## 第一章 总　则

第一条 为了规范公共数据，制定本条例。

第二条　本条例所称公共数据：

（一）第一种；

第一条所称的数据不含国家秘密。

## 第二章 附则

第三条 本条例自2020年5月1日起施行。
"""


def test_articles_keep_their_paragraphs_and_references_are_no_articles() -> None:
    read = read_law(TEXT)
    assert read.title == "某市公共数据条例"
    assert list(read.articles) == [1, 2, 3]
    assert read.articles[2].splitlines() == [
        "本条例所称公共数据：", "（一）第一种；", "第一条所称的数据不含国家秘密。",
    ]  # fmt: skip
    assert read.in_force_from == date(2020, 3, 1)
    assert read.notes == ()


def test_the_first_day_is_read_from_the_last_articles_when_no_line_says_it() -> None:
    assert read_law(TEXT.replace("2020年3月1日 施行\n", "")).in_force_from == date(2020, 5, 1)


def test_a_gap_is_told_and_a_text_without_articles_too() -> None:
    gap = read_law("某法\n第一条 甲\n第四条 乙\n")
    assert [note.params for note in gap.notes] == [{"first": 2, "last": 3}]
    assert read_law("某法\n没有条文\n").articles == {}
    assert read_law("").notes


def test_a_text_that_is_too_long_is_no_law() -> None:
    with pytest.raises(ValueError, match="long"):
        read_law("甲" * (LONGEST + 1))


@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20),
        min_size=1,
        max_size=30,
    )
)
def test_every_numbered_article_is_found_whatever_it_says(bodies: list[str]) -> None:
    lines = [f"第{chinese_numeral(n)}条 正文{body}" for n, body in enumerate(bodies, 1)]
    read = read_law("某法\n" + "\n".join(lines))
    assert list(read.articles) == list(range(1, len(bodies) + 1))


@given(st.text(max_size=400))
def test_any_text_is_read_without_an_error(text: str) -> None:
    read_law(text)


@pytest.mark.skipif(
    not (SHARED / "samples/laws").is_dir(), reason="the collected texts are not here"
)
@pytest.mark.parametrize(
    ("name", "articles"),
    [
        ("政府信息公开条例(2019-04-03)", 56),
        ("保守国家秘密法(2024-02-27)", 65),
        ("上海市数据条例(2021-11-25)", 91),
    ],
)
def test_a_collected_text_is_read_whole(name: str, articles: int) -> None:
    read = read_law((SHARED / f"samples/laws/{name}.md").read_text(encoding="utf-8"))
    assert list(read.articles) == list(range(1, articles + 1))
    assert read.notes == ()
