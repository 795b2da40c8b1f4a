"""Legal bases: reading citations, finding articles, knowing stale ones."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.errors import Invalid
from catalog.models import Article
from catalog.services import laws, list_changes
from catalog.services.citations import (
    Cited,
    chinese_numeral,
    numeral,
    parse_citation,
    read_citations,
)
from tests.common import lists
from tests.common.counting import calls_of

OGI = "中华人民共和国政府信息公开条例"
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "《中华人民共和国政府信息公开条例》第十四条、《保守国家秘密法》第五条第二款",
            [(OGI, 14, "", ""), ("保守国家秘密法", 5, "第二款", "")],
        ),
        ("《条例》第14条、第15条", [("条例", 14, "", ""), ("条例", 15, "", "")]),
        ("《条例》第十四、十五条和第十六条", [("条例", n, "", "") for n in (14, 15, 16)]),
        ("《条例》第十四条至第十六条", [("条例", n, "", "") for n in (14, 15, 16)]),
        (
            "《民法典》第一千零三十二条第一款、第二款",
            [("民法典", 1032, "第一款", ""), ("民法典", 1032, "第二款", "")],
        ),
        (
            "《个人信息保护法》第十三条第一款第（三）、（六）项",
            [
                ("个人信息保护法", 13, "第一款第三项", ""),
                ("个人信息保护法", 13, "第一款第六项", ""),
            ],
        ),
        ("《条例》第八条第(一)项", [("条例", 8, "第一项", "")]),
        ("《政府信息公开条例（2019修订）》第十六条", [("政府信息公开条例", 16, "", "2019修订")]),
        (
            "《政府信息公开条例》（国务院令第492号）第八条",
            [("政府信息公开条例", 8, "", "国务院令第492号")],
        ),
        ("《办法（试行）》第三条", [("办法（试行）", 3, "", "")]),
        ("《数据安全法》", [("数据安全法", None, "", "")]),
        (
            "《数据安全法》；《统计法》第二十八条",
            [("数据安全法", None, "", ""), ("统计法", 28, "", "")],
        ),
        ("依据政府信息公开条例第十五条", [("政府信息公开条例", 15, "", "")]),
        ("没有依据", []),
    ],
)
def test_citations_are_read_as_clerks_write_them(
    text: str, found: list[tuple[object, ...]]
) -> None:
    assert [(one.law, one.article, one.part, one.version) for one in parse_citation(text)] == found


def test_words_beside_a_citation_are_handed_back() -> None:
    cited, rest = read_citations("《条例》第十四条：依法确定为国家秘密的政府信息")
    assert [one.article for one in cited] == [14]
    assert "国家秘密" in rest
    assert read_citations("《条例》第十四条、第十五条。")[1] == ""


@given(st.integers(1, 9999))
def test_numerals_are_read_back_as_written(value: int) -> None:
    assert numeral(chinese_numeral(value)) == value


@given(st.integers(1, 9999), st.sampled_from(["", "第二款", "第二款第三项", "第一项"]))
def test_a_label_is_read_back_as_the_same_citation(article: int, part: str) -> None:
    cited = Cited(OGI, article, part, "2019修订")
    assert parse_citation(cited.label) == [cited]


@given(st.text("《》第条款项（）、一二十百千零0123至和法 \n", max_size=40))
def test_any_text_can_be_read(text: str) -> None:
    for cited in parse_citation(text):
        assert cited.label


@given(st.text("零一二三十百千万0129〇两壹", max_size=12))
def test_a_numeral_is_a_number_that_laws_use_or_none(text: str) -> None:
    value = numeral(text)
    assert value is None or 1 <= value <= 9999


@pytest.mark.parametrize(
    "text", ["十十", "千" * 11, "1" * 5000, "0", "零", "百千", "一二千", "12345", "九九九九九", ""]
)
def test_what_is_no_number_of_an_article_stays_beside_the_citations(text: str) -> None:
    assert numeral(text) is None
    cited, rest = read_citations(f"《条例》第{text}条")
    assert [(one.law, one.article) for one in cited] == [("条例", None)]
    assert "条" in rest


def test_a_range_backwards_is_not_taken_for_articles() -> None:
    cited, rest = read_citations("《条例》第九条至第三条")
    assert [one.article for one in cited] == [9, 3]
    assert not rest.strip("至")


@pytest.mark.parametrize(
    "piece",
    ["第1,", "第一、", "第1、第", "1", "第", "《", "《甲(2020", "甲法(", "（20", "第1 ", "一 ,"],
)
def test_the_work_of_reading_grows_with_the_text_and_no_faster(piece: str) -> None:
    text = ("《条例》" + piece * 20_000)[:20_000]
    _, half = calls_of(lambda: read_citations(text[:10_000]))
    _, whole = calls_of(lambda: read_citations(text))
    assert whole < 2.2 * half
    assert whole < 20 * len(text)
    assert read_citations(piece * 40_000)[0] == []


def test_seeding_twice_adds_nothing(session: Session) -> None:
    added = laws.seed(session)
    assert added > 60
    assert laws.seed(session) == 0
    assert session.scalar(select(func.count(Article.id))) == added


def test_revisions_of_one_law_never_overlap(session: Session) -> None:
    laws.seed(session)
    for law in laws.library(session):
        ends = [version.in_force_to for version in law.versions]
        assert ends.count(None) == 1
        for version in law.versions:
            if version.in_force_from and version.in_force_to:
                assert version.in_force_from < version.in_force_to


def resolved(session: Session, text: str, on: date = TODAY) -> tuple[str, int | None, bool]:
    article, stale = laws.resolve(session, parse_citation(text)[0], on)
    return (article.law_version.label, article.number, stale) if article else ("", None, stale)


def test_an_article_of_the_revision_in_force_is_found(session: Session) -> None:
    laws.seed(session)
    assert resolved(session, "《政府信息公开条例》第十四条") == (
        "2019修订（国务院令第711号）",
        14,
        False,
    )
    assert resolved(session, "《信息公开条例》第十四条第一款") == (
        "2019修订（国务院令第711号）",
        14,
        False,
    )
    assert resolved(session, f"《{OGI}》第十四条", date(2010, 1, 1)) == (
        "2007（国务院令第492号）",
        14,
        False,
    )


@pytest.mark.parametrize(
    "text",
    [
        "《政府信息公开条例》第八条",
        "《政府信息公开条例》（2007）第八条",
        "《政府信息公开条例（2008）》第八条",
        "《政府信息公开条例》（国务院令第492号）第八条",
    ],
)
def test_the_numbering_of_2008_is_stale_and_its_successor_offered(
    session: Session, text: str
) -> None:
    laws.seed(session)
    article, stale = laws.resolve(session, parse_citation(text)[0], TODAY)
    assert stale
    assert article is not None
    assert [one.number for one in laws.successors(article)] == [14]


@pytest.mark.parametrize(
    ("number", "after"),
    [(14, [14, 15, 17]), (22, [37]), (9, [19]), (10, [20]), (18, [26]), (23, [32])],
)
def test_each_moved_article_knows_where_it_went(
    session: Session, number: int, after: list[int]
) -> None:
    laws.seed(session)
    article, stale = laws.resolve(session, Cited(OGI, number, version="2007"), TODAY)
    assert stale
    assert article is not None
    assert [one.number for one in laws.successors(article)] == after


def test_an_old_revision_is_stale_even_where_its_article_is_not_held(session: Session) -> None:
    laws.seed(session)
    assert resolved(session, "《保守国家秘密法》（2010修订）第四十条") == ("", None, True)


def test_what_the_library_does_not_know_is_not_called_stale(session: Session) -> None:
    laws.seed(session)
    assert resolved(session, "《某市办法》第三条") == ("", None, False)
    assert resolved(session, "《数据安全法》第九百条") == ("", None, False)
    assert resolved(session, "《数据安全法》（1999）第二十一条") == ("", None, False)


def test_an_article_that_no_text_has_is_refused_and_one_that_nobody_can_check_is_warned_of(
    session: Session,
) -> None:
    laws.seed(session)
    cited = f"《{OGI}》第九十九条"
    change = {"kind": "add", "item": lists.item_values(citations=[cited])}
    checked = list_changes.check(session, [change], effective_on=TODAY)
    assert any("does not hold" in one.text for one in checked.warnings)
    law = laws.find_law(session, OGI)
    assert law is not None
    [current] = [one for one in law.versions if laws.in_force(one, TODAY)]
    current.articles[0].text = "全文"
    session.flush()
    with pytest.raises(Invalid) as refused:
        list_changes.check(session, [change], effective_on=TODAY)
    assert list(refused.value.fields) == ["changes.0.item.citations.0"]
