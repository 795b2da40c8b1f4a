"""Answers from a published table, held against the same question answered in plain Python."""

import json
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.exports import stream
from datasets.filters import OPERATORS, QueryProblem, parse
from datasets.query import columns_of, items, run
from tests.common.naive_rows import CELLS, ORACLE, ROWS, SCHEMA, UNIT, ordered, written

# ruff: noqa: DTZ001  (published tables hold wall-clock times as delivered, without a zone)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Makes a Parquet file of rows; a new name each time, as published files have."""
    folder, count = tmp_path_factory.mktemp("query"), iter(range(10**6))

    def make(rows, schema=SCHEMA, group=7):
        columns = zip(*rows, strict=True) if rows else ([] for _ in schema.names)
        arrays = [pa.array(list(c), t) for c, t in zip(columns, schema.types, strict=True)]
        path = folder / f"{next(count)}.parquet"
        pq.write_table(pa.table(arrays, schema), path, row_group_size=group)
        return path

    return make


def ask(path, *arguments, **options):
    return run(path, parse(arguments, columns_of(path)), **options)


def tuples(answer):
    return [tuple(row.values()) for row in answer.table.to_pylist()]


def every_page(path, *arguments, limit):
    rows, cursor, seen = [], "", 0
    while True:
        after = [("_after", cursor)] if cursor else []
        answer = ask(path, *arguments, ("_limit", str(limit)), *after)
        assert len(answer.table) <= limit
        rows += [tuple(row.values()) for row in answer.table.to_pylist()]
        cursor, seen = answer.next_cursor, seen + 1
        if not cursor:
            assert answer.total == len(rows)
            return rows
        assert seen < 100


slow_to_make = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@slow_to_make
@given(
    rows=ROWS,
    limit=st.integers(1, 9),
    sorts=st.lists(
        st.tuples(st.integers(0, 7), st.booleans()), max_size=3, unique_by=lambda s: s[0]
    ),
)
def test_pages_in_any_order_put_together_are_the_whole_table(made, rows, limit, sorts):
    words = ",".join(f'"{"-" * d}{SCHEMA.names[p]}"'.replace('"a"', '""a""') for p, d in sorts)
    found = every_page(made(rows), *([("_sort", words)] if words else []), limit=limit)
    assert found == ordered(rows, sorts)


@pytest.mark.parametrize("operator", OPERATORS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), rows=ROWS)
def test_each_operator_lets_through_what_plain_python_does(made, operator, data, rows):
    columns = [c for c in (UNIT, "Name", "count", "amount", "open", "day", "at")]  # noqa: C416
    path = made(rows)
    fit = [c.name for c in columns_of(path) if c.kind in OPERATORS[operator].kinds]
    column = data.draw(st.sampled_from([c for c in columns if c in fit]))
    takes = OPERATORS[operator].takes
    size = {"one": (1, 1), "two": (2, 2), "many": (1, 4), "yes-no": (1, 1)}[takes]
    cells = st.booleans() if takes == "yes-no" else CELLS[column]
    values = data.draw(st.lists(cells, min_size=size[0], max_size=size[1]))
    if takes in {"two", "many"} and "" in values:
        values = [value or "甲" for value in values]
    answer = ask(path, (f"{column}__{operator}", ",".join(map(written, values))))
    place = SCHEMA.names.index(column)
    assert tuples(answer) == [row for row in rows if ORACLE[operator](row[place], *values)]
    assert answer.total == len(answer.table)


@slow_to_make
@given(rows=ROWS, limit=st.integers(1, 4))
def test_groups_and_figures_are_those_of_plain_python(made, rows, limit):
    found = every_page(
        made(rows),
        ("_group", "open"),
        ("_agg", "count,sum:amount,max:day,distinct:count"),
        limit=limit,
    )
    expected = []
    for key in (False, True, None):
        group = [row for row in rows if row[5] is key]
        amounts = [row[4] for row in group if row[4] is not None]
        days = [row[6] for row in group if row[6] is not None]
        if group:
            total = sum(amounts) if amounts else None
            counts = {row[3] for row in group} - {None}
            expected.append((key, len(group), total, max(days, default=None), len(counts)))
    assert found == expected


def test_groups_are_sorted_by_a_figure_and_ties_by_the_group(made):
    rows = [(unit, *[None] * 7) for unit in "乙甲甲丙丙丁"]
    found = ask(made(rows), ("_group", f'"{UNIT}"'.replace('"a"', '""a""')), ("_sort", "-count"))
    assert tuples(found) == [("丙", 2), ("甲", 2), ("丁", 1), ("乙", 1)]
    assert [column.name for column in found.columns] == [UNIT, "count"]


def test_a_figure_over_the_whole_table_is_one_row(made):
    path = made([(None,) * 7 + (datetime(2024, 1, 1),)] * 3)
    assert tuples(ask(path, ("_agg", "count,min:at"))) == [(3, datetime(2024, 1, 1))]


def test_columns_are_selected_in_the_order_asked_even_when_names_differ_only_in_case(made):
    path = made([("u", "upper", "lower", 1, None, None, None, None)])
    answer = ask(path, ("_select", "name,count,Name"))
    assert items(answer) == [{"name": "lower", "count": 1, "Name": "upper"}]
    assert [column.title for column in answer.columns] == ["", "件数", ""]


def test_an_answer_goes_into_every_export_with_its_table_schema(made):
    path = made([("u", "N", "n", 7, Decimal("1.50"), True, date(2024, 1, 1), None)])
    answer = ask(path, ("_select", "count,amount,Name"))
    assert b"".join(stream(answer.table.to_reader(), "csv")) == b"count,amount,Name\r\n7,1.50,N\r\n"
    described = json.loads(answer.table.schema.metadata[b"frictionless:schema"])
    assert described["fields"] == [
        {"name": "count", "type": "integer", "title": "件数"},
        {"name": "amount", "type": "number"},
        {"name": "Name", "type": "string"},
    ]


def test_items_keep_every_digit(made):
    schema = pa.schema([("n", pa.int64()), ("d", pa.decimal128(38, 2))])
    path = made([(2**53 + 1, Decimal("1234567890123456789.01")), (5, Decimal("1.50"))], schema)
    assert items(ask(path)) == [
        {"n": str(2**53 + 1), "d": "1234567890123456789.01"},
        {"n": 5, "d": 1.5},
    ]


def test_a_sum_beyond_every_number_is_a_problem_and_no_crash(made):
    path = made([(Decimal(10) ** 37,)] * 20, pa.schema([("d", pa.decimal128(38, 0))]))
    with pytest.raises(QueryProblem) as caught:
        ask(path, ("_agg", "sum:d"))
    assert caught.value.problem.code == "query-value"


def test_numbers_too_long_to_be_compared_are_a_problem_and_no_crash(made):
    path = made([(Decimal("0.01"),)], pa.schema([("d", pa.decimal128(38, 30))]))
    with pytest.raises(QueryProblem) as caught:
        ask(path, ("d__lt", "1234567890123456789012345678.0123456789"))
    assert caught.value.problem.code == "query-value"


def test_a_column_with_our_own_word_for_a_name_is_refused_and_told(made):
    path = made([(1,)], pa.schema([("FILE_row_number", pa.int64())]))
    with pytest.raises(QueryProblem) as caught:
        columns_of(path)
    assert caught.value.problem.code == "query-column-name"
