"""The query words: what they mean, and what is said about those that mean nothing."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.filters import (
    KINDS,
    OPERATORS,
    ROW_WORDS,
    Aggregate,
    Column,
    Condition,
    QueryProblem,
    Sort,
    describe,
    parse,
    write_cursor,
)

COLUMNS = (
    Column("单位", "text", "单位名称"),
    Column("count", "integer"),
    Column("amount", "number"),
    Column("open", "boolean"),
    Column("day", "date"),
    Column("at", "datetime"),
    Column("a__lt", "text"),
    Column("x,y", "text"),
    Column("-odd", "integer"),
)


def asked(*arguments, scope=""):
    return parse(arguments, COLUMNS, scope)


def refusal(*arguments):
    with pytest.raises(QueryProblem) as caught:
        asked(*arguments)
    return caught.value.problem


@pytest.mark.parametrize(
    ("argument", "condition"),
    [
        (("单位", "市人社局"), Condition("单位", "eq", ("市人社局",))),
        (("单位__ne", ""), Condition("单位", "ne", ("",))),
        (("count__gte", "-7"), Condition("count", "gte", (-7,))),
        (("amount__lt", "12.50"), Condition("amount", "lt", (Decimal("12.50"),))),
        (("open", "TRUE"), Condition("open", "eq", (True,))),
        (("day__between", "2024-01-01,2024-02-29"),
         Condition("day", "between", (date(2024, 1, 1), date(2024, 2, 29)))),
        (("at__gt", "2024-01-01T08:00"), Condition("at", "gt", (datetime(2024, 1, 1, 8),))),  # noqa: DTZ001
        (("单位__in", '甲,"乙,丙"'), Condition("单位", "in", ("甲", "乙,丙"))),
        (("单位__contains", "a,b"), Condition("单位", "contains", ("a,b",))),
        (("day__isnull", "false"), Condition("day", "isnull", (False,))),
        (("a__lt", "x"), Condition("a__lt", "eq", ("x",))),
        (("a__lt__lt", "x"), Condition("a__lt", "lt", ("x",))),
    ],
)  # fmt: skip
def test_a_condition_is_read_by_its_column_operator_and_typed_value(argument, condition):
    assert asked(argument).conditions == (condition,)


def test_every_row_word_is_read():
    query = asked(
        ("_select", 'count,"x,y"'),
        ("_sort", "-count,单位,-odd"),
        ("_limit", "7"),
        ("_format", "csv"),
    )
    assert query.select == ("count", "x,y")
    assert query.sort == (Sort("count", True), Sort("单位"), Sort("-odd"))
    assert (query.limit, query.format) == (7, "csv")
    grouped = asked(("_group", "单位"), ("_agg", "count,sum:amount"), ("_sort", "-sum:amount"))
    assert grouped.group == ("单位",)
    assert grouped.aggregates == (
        Aggregate("count", "count"),
        Aggregate("sum:amount", "sum", "amount"),
    )
    assert asked(("_group", "day")).aggregates == (Aggregate("count", "count"),)
    assert asked().limit == 100


@pytest.mark.parametrize(
    ("argument", "allowed"),
    [
        (("colour", "red"), "单位"),
        (("colour__lt", "red"), "amount"),
        (("count__like", "7"), "between"),
        (("count__contains", "7"), "eq"),
        (("open__lt", "true"), "eq"),
        (("count", "seven"), "42"),
        (("count", "99999999999999999999"), "42"),
        (("count", "９"), "42"),
        (("amount", "1e5"), "12.5"),
        (("amount", "NaN"), "12.5"),
        (("day", "2024-02-30"), "2026-01-31"),
        (("day", "20240229"), "2026-01-31"),
        (("at", "2024-01-01T08:00+08:00"), "2026-01-31T08:30:00"),
        (("open", "maybe"), "true"),
        (("day__isnull", "perhaps"), "true"),
        (("count__between", "1"), "42,42"),
        (("单位__in", '"open'), '"b, c"'),
        (("单位__in", ""), "北京"),
        (("单位__in", ",".join("a" * 1001)), "1000"),
        (("单位", "x" * 10_001), "10000"),
        (("_sort", "colour"), "count"),
        (("_select", "colour"), "count"),
        (("_group", "colour"), "count"),
        (("_agg", "median:count"), "sum:column"),
        (("_agg", "sum"), "sum:column"),
        (("_agg", "sum:colour"), "sum:column"),
        (("_agg", "sum:单位"), "amount"),
        (("_limit", "0"), "1-10000"),
        (("_limit", "10001"), "1-10000"),
        (("_limit", "٣"), "1-10000"),
        (("_format", "docx"), "parquet"),
        (("_offset", "5"), "_after"),
    ],
)
def test_what_is_not_known_is_refused_by_name_with_what_is_allowed(argument, allowed):
    problem = refusal(argument)
    assert problem.code == "query-argument"
    assert problem.place == argument[0]
    assert allowed in problem.remedy.params["allowed"]
    assert problem.cause.text % dict(problem.cause.params)


def test_words_that_do_not_go_together_are_refused():
    twice = refusal(("_limit", "1"), ("_limit", "2"))
    assert twice.place == "_limit"
    assert twice.remedy.text % dict(twice.remedy.params) == "Give _limit once."
    assert refusal(("_select", "count"), ("_group", "day")).place == "_select"
    assert refusal(("_group", "count"), ("_agg", "count")).remedy.params["allowed"] == "count:count"
    assert refusal(("_group", "day"), ("_sort", "amount")).place == "_sort"
    assert refusal(*[("单位", "x")] * 51).place == "单位"


def test_a_cursor_serves_only_the_question_and_the_bytes_it_was_given_for():
    query = asked(("count__gt", "1"), ("_sort", "day"), scope="v1")
    cursor = write_cursor(812, query)
    again = (("count__gt", "1"), ("_sort", "day"), ("_after", cursor))
    assert asked(*again, ("_limit", "5"), ("_select", "day"), scope="v1").after == 812
    for arguments, scope in (
        (again, "v2"),
        ((("count__gt", "2"), *again[1:]), "v1"),
        ((again[0], ("_sort", "-day"), again[2]), "v1"),
    ):
        with pytest.raises(QueryProblem) as caught:
            asked(*arguments, scope=scope)
        assert caught.value.problem.code == "query-cursor"


@given(st.text(max_size=30))
def test_no_made_up_cursor_is_taken(text):
    assert refusal(("_after", text)).code == "query-cursor"


@given(
    st.sampled_from([column.name for column in COLUMNS] + list(ROW_WORDS)) | st.text(max_size=20),
    st.sampled_from(["", *(f"__{name}" for name in OPERATORS)]),
    st.text(max_size=30),
)
def test_any_argument_is_understood_or_refused_with_a_reason(name, operator, value):
    try:
        asked((name + operator, value))
    except QueryProblem as error:
        problem = error.problem
        assert problem.place == name + operator
        assert problem.cause.text % dict(problem.cause.params)
        assert problem.remedy.text % dict(problem.remedy.params)


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_says_in_words_what_it_does_with_an_example_of_each_kind(operator):
    for column in COLUMNS:
        if column.kind not in OPERATORS[operator].kinds:
            continue
        example = KINDS[column.kind].example
        value = {"two": f"{example},{example}", "yes-no": "true"}.get(
            OPERATORS[operator].takes, example
        )
        (condition,) = asked((f"{column.name}__{operator}", value)).conditions
        sentence = describe(condition, COLUMNS)
        assert (column.title or column.name) in sentence.text % dict(sentence.params)
