"""Answers by index, held against plain Python and against the query engine."""

import json
import random
from datetime import date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets import numbered, query
from datasets.engine import QueryLimits
from datasets.filters import OPERATORS, QueryProblem, parse
from datasets.indexed import narrowing
from datasets.indexed.answering import answer, numbered_page
from datasets.indexed.columns import open_index
from datasets.indexed.making import write_index
from datasets.indexed.narrowing import SPANS
from datasets.numbered import NUMBER, Narrowing, Numbered, Order
from datasets.query import columns_of, items, open_source
from tests.common.naive_rows import CELLS, ORACLE, ROWS, SCHEMA, ordered, written

# ruff: noqa: DTZ001  (published tables hold wall-clock times as delivered, without a zone)

REST = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}
NAMES = SCHEMA.names
ORDERED = [name for name in NAMES if name != "open"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Makes a Parquet file of rows and its index; a new name each time, as published files have."""
    folder, count = tmp_path_factory.mktemp("indexed"), iter(range(10**6))

    def make(rows, schema=SCHEMA, group=7):
        columns = zip(*rows, strict=True) if rows else ([] for _ in schema.names)
        arrays = [pa.array(list(c), t) for c, t in zip(columns, schema.types, strict=True)]
        path = folder / f"{next(count)}.parquet"
        pq.write_table(pa.table(arrays, schema), path, row_group_size=group)
        return path, index_of(path)

    return make


def index_of(path):
    sink = pa.BufferOutputStream()
    write_index(path, sink)
    return open_index(sink.getvalue())


@pytest.fixture(autouse=True, params=["as it is", "small steps"])
def _every_way(request, monkeypatch):
    """Small tables go every way that large ones do when the steps are small."""
    if request.param == "small steps":
        monkeypatch.setattr(narrowing, "NARROW", 2)
        monkeypatch.setattr(narrowing, "STRETCH", 5)
        monkeypatch.setattr(narrowing, "FEW_SPANS", 2)


def ask(table, *arguments, with_total=True):
    path, index = table
    asked = parse(arguments, columns_of(path))
    return answer(index, open_source(path), asked, with_total=with_total)


def same_as_engine(table, *arguments):
    """The answer by index, which is in all its parts that of the engine; None where it has none."""
    path, _ = table
    found = ask(table, *arguments)
    if found is not None:
        expected = query.run(path, parse(arguments, columns_of(path)))
        assert items(found) == items(expected)
        assert found.table.schema.equals(expected.table.schema, check_metadata=True)
        assert (found.columns, found.next_cursor, found.total) == (
            expected.columns, expected.next_cursor, expected.total,
        )  # fmt: skip
    return found


def every_page(table, *arguments, limit):
    rows, cursor = [], ""
    while True:
        after = [("_after", cursor)] if cursor else []
        found = same_as_engine(table, *arguments, ("_limit", str(limit)), *after)
        rows += [tuple(row.values()) for row in found.table.to_pylist()]
        cursor = found.next_cursor
        if not cursor:
            assert found.total == len(rows)
            return rows


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


@st.composite
def conditions(draw):
    """A column, an operator that an index answers, and values as they stand in an address."""
    operator = draw(st.sampled_from(sorted(SPANS)))
    kinds = OPERATORS[operator].kinds
    fit = NAMES if "boolean" in kinds else ORDERED
    column = draw(st.sampled_from(fit))
    takes = OPERATORS[operator].takes
    least, most = {"one": (1, 1), "two": (2, 2), "many": (1, 4), "yes-no": (1, 1)}[takes]
    cells = st.booleans() if takes == "yes-no" else CELLS[column]
    values = draw(st.lists(cells, min_size=least, max_size=most))
    if takes in {"two", "many"}:
        values = [value if value != "" and not _breaks(value) else "甲" for value in values]
    return column, operator, values


def _breaks(value):
    """Whether a text would need quotes in a list, which is not what is tested here."""
    return isinstance(value, str) and any(mark in value for mark in ',"\r\n')


@settings(max_examples=60, **REST)
@given(
    rows=ROWS,
    asked=st.lists(conditions(), max_size=3),
    sorts=st.lists(
        st.tuples(st.integers(0, 7), st.booleans()), max_size=2, unique_by=lambda s: s[0]
    ),
    limit=st.integers(1, 9),
)
def test_any_question_is_answered_as_plain_python_and_the_engine_answer_it(
    made, rows, asked, sorts, limit
):
    words = ",".join(quoted("-" * descending + NAMES[place]) for place, descending in sorts)
    arguments = [
        (f"{column}__{operator}", ",".join(map(written, values)))
        for column, operator, values in asked
    ]
    found = every_page(made(rows), *arguments, *([("_sort", words)] if words else []), limit=limit)
    held = [
        row for row in rows
        if all(ORACLE[operator](row[NAMES.index(column)], *values) for column, operator, values in asked)
    ]  # fmt: skip
    assert found == ordered(held, sorts)


@settings(max_examples=40, **REST)
@given(
    rows=ROWS,
    asked=st.lists(conditions(), max_size=2),
    sorts=st.lists(
        st.tuples(st.sampled_from([*NAMES, NUMBER]), st.booleans(), st.booleans()),
        max_size=2, unique_by=lambda s: s[0],
    ),
    select=st.lists(st.sampled_from([*NAMES, NUMBER]), max_size=3, unique=True),
    limit=st.integers(0, 9),
    offset=st.integers(0, 12),
    with_total=st.booleans(),
)  # fmt: skip
def test_pages_by_offset_are_those_of_the_engine_to_the_last_cell(
    made, rows, asked, sorts, select, limit, offset, with_total
):
    path, index = made(rows)
    words = [(f"{column}__{operator}", ",".join(map(written, values)))
             for column, operator, values in asked]  # fmt: skip
    question = Numbered(
        Narrowing(parse(words, columns_of(path)).conditions),
        select=tuple(select),
        sort=tuple(Order(*one) for one in sorts),
        limit=limit,
        offset=offset,
        with_total=with_total,
    )
    found = numbered_page(index, open_source(path), question)
    if found is not None:
        assert found == numbered.run(path, question, QueryLimits())
    else:
        assert asked or any(empty_first or name == NUMBER for name, _, empty_first in sorts)


@settings(max_examples=40, **REST)
@given(
    rows=ROWS,
    asked=st.lists(conditions(), max_size=2),
    group=st.lists(st.sampled_from([n for n in NAMES if n != "count"]), max_size=2, unique=True),
    order=st.sampled_from(["", "count", "-count", "first", "-first"]),
    limit=st.integers(1, 4),
)
def test_groups_are_counted_as_the_engine_counts_them(made, rows, asked, group, order, limit):
    named = quoted(("-" if order == "-first" else "") + group[0]) if group else "count"
    sort = named if order.endswith("first") else order
    arguments = [
        *((f"{column}__{operator}", ",".join(map(written, values)))
          for column, operator, values in asked),
        ("_group", ",".join(map(quoted, group))),
        ("_agg", "count"),
        *([("_sort", sort)] if sort else []),
    ]  # fmt: skip
    found = every_page(made(rows), *arguments, limit=limit)
    held = [
        row for row in rows
        if all(ORACLE[operator](row[NAMES.index(column)], *values) for column, operator, values in asked)
    ]  # fmt: skip
    assert sum(row[-1] for row in found) == len(held)


def test_a_long_table_is_answered_as_by_the_engine(made):
    chance = random.Random(7)
    start = datetime(2024, 1, 1)
    rows = [
        (f"单位{n * 7 % 16}", f"KM{n:06}", None if n % 17 == 0 else chance.choice("甲乙丙丁") * 2,
         n * 7919 % 30_011, Decimal(n * 37 % 5_000) / 100, n % 3 == 0,
         date(2020, 1, 1) + timedelta(n // 50), start + timedelta(seconds=n))
        for n in range(30_000)
    ]  # fmt: skip
    table = made(rows, group=5_000)
    unit = NAMES[0]
    for arguments in (
        [("Name", "KM012345")],
        [(unit, "单位3"), ("amount__gt", "20"), ("_sort", "-amount,count")],
        [("count__between", "100,400"), ("_sort", "-day")],
        [("at__gte", "2024-01-01T05:00:00"), ("_limit", "7")],
        [("name__isnull", "true"), ("open", "true"), ("_sort", "-at")],
        [("Name__in", ",".join(f"KM{n:06}" for n in range(29_000, 20_000, -37))), ("_limit", "90")],
        [("count__ne", "5"), ("_select", "day,count"), ("_sort", "name,-count")],
        [(unit, "单位3"), ("_group", "name,open"), ("_sort", "-count")],
        [("_group", "day"), ("_sort", "-day"), ("_limit", "10")],
        [("_sort", "-name"), ("_limit", "9000")],
    ):
        first = same_as_engine(table, *arguments)
        assert first is not None
        if first.next_cursor:
            assert same_as_engine(table, *arguments, ("_after", first.next_cursor)) is not None


@pytest.mark.parametrize(
    "arguments",
    [
        [("name__contains", "a")],
        [("name__startswith", "a"), ("count", "1")],
        [("_group", "open"), ("_agg", "sum:amount")],
        [("_agg", "max:day")],
    ],
)
def test_what_is_the_engines_is_left_to_it(made, arguments):
    assert (
        ask(made([("u", "N", "n", 7, Decimal("1.50"), True, date(2024, 1, 1), None)]), *arguments)
        is None
    )


def test_a_decimal_that_the_engine_refuses_to_compare_is_left_to_it(made):
    table = made([(Decimal("0.01"),)], pa.schema([("d", pa.decimal128(38, 30))]))
    arguments = [("d__lt", "1234567890123456789012345678.0123456789")]
    assert ask(table, *arguments) is None
    with pytest.raises(QueryProblem):
        query.run(table[0], parse(arguments, columns_of(table[0])))
    assert ask(table, ("d__lt", "0.02")).total == 1


def test_more_groups_and_longer_orders_than_an_index_takes_are_left_to_the_engine(
    made, monkeypatch
):
    schema = pa.schema([(name, pa.int64()) for name in "abcd"])
    table = made([(n, -n, n * 7 % 2_000, n * 11 % 2_000) for n in range(2_000)], schema, 500)
    assert ask(table, ("_group", "a,b")) is None
    assert ask(table, ("_sort", "a,b,c,d")) is not None
    monkeypatch.setattr("datasets.indexed.sorting.MOST_KEYS", 2_000 * 2_001**4)
    assert ask(table, ("_sort", "a,b,c,d")) is None


def test_a_table_with_two_columns_of_one_name_has_no_index(made):
    schema = pa.schema([("a", pa.int64()), ("a", pa.string())])
    with pytest.raises(pa.ArrowInvalid):
        made([(1, "x"), (2, "y")], schema)


def test_the_schema_of_the_answer_stands_in_it(made):
    found = ask(made([("u", "N", "n", 7, None, True, None, None)]), ("_select", "count"))
    described = json.loads(found.table.schema.metadata[b"frictionless:schema"])
    assert described == {"fields": [{"name": "count", "type": "integer", "title": "件数"}]}
