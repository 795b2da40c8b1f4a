import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.search.tokens import runs
from catalog.search.wishes import named, wished


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ("公交站在哪里", "公交站"),
        ("公交站在哪里？", "公交站"),
        ("公交站在哪裡", "公交站"),
        ("有哪些养老机构", "养老机构"),
        ("请问 上海的医院怎么查", "上海 医院"),
        ("Where are the bus stops?", "bus stops"),
        ("list of hospitals", "hospitals"),
        ("养老机构有多少 OR 医院在哪里", "养老机构 OR 医院"),
        ("Ｗｈｅｒｅ 什麼是公積金", "公積金"),
        ("养老机构", ""),
        ("whereabouts", ""),
        ("在哪里", ""),
        ("the", ""),
        ("", ""),
    ],
)
def test_words_that_only_ask_fall_away(asked: str, left: str) -> None:
    assert named(asked) == left


def test_a_question_names_alternatives_and_what_must_not_be_there() -> None:
    wish = wished("公交 站点 OR 地铁 -票价 | 2023 －旧")
    assert [[run.text for run in one] for one in wish.alternatives] == [
        ["公交", "站点"],
        ["地铁"],
        ["2023"],
    ]
    assert [run.text for run in wish.absent] == ["票价", "旧"]


def test_a_hyphen_within_a_word_and_a_lone_or_are_no_signs() -> None:
    assert wished("covid-19 or flu") == ([runs("covid 19 or flu")], [])
    assert wished("OR") == ([runs("or")], [])


@given(st.text(max_size=60))
def test_what_is_named_stands_in_the_question(text: str) -> None:
    asked = [run.text for run in runs(text)]
    assert all(
        any(run.text in one for one in asked) for run in runs(named(text)) if run.text != "or"
    )
