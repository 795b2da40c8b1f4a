"""Programs to be copied keep whatever names units have chosen."""

import ast
import csv
import io
import shlex
from urllib.parse import parse_qs, urlsplit

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from catalog.pages import snippets
from catalog.pages.snippets import Table

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)


def table(columns: tuple[str, ...] = ("序号", '名称"甲",乙', "it's $(x) `y`")) -> Table:
    base = "https://data.example.org"
    return Table(
        f"{base}/api/v1/resources/{'0' * 32}/rows", f"{base}/datasets/qu-zhi-quan/table",
        f"{base}/api/v1/query", "qu-zhi-quan/table", columns,
    )  # fmt: skip


def test_every_tool_has_its_program():
    made = snippets.of(table())
    assert [one.code for one in made] == [
        "curl", "python", "polars", "r", "javascript", "duckdb", "sql", "excel",
    ]  # fmt: skip
    assert all("data.example.org" in one.text for one in made)


@given(st.lists(NAMES, min_size=1, max_size=5, unique=True))
def test_column_names_reach_the_platform_as_they_are(columns):
    given_table = table(tuple(columns))
    words = shlex.split(snippets.curl(given_table))
    chosen = words[words.index("--data-urlencode") + 1].removeprefix("_select=")
    assert next(csv.reader(io.StringIO(chosen), strict=True)) == columns[: snippets.COLUMNS]
    tree = ast.parse(snippets.python(given_table))
    (address,) = [
        node.value for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and str(node.value).startswith("https://")
    ]  # fmt: skip
    assert parse_qs(urlsplit(address).query)["_select"] == [chosen]


def test_statements_are_statements():
    assert len(duckdb.extract_statements(snippets.duckdb(table()))) == 1
    words = shlex.split(snippets.sql(table()))
    statement = words[words.index("--data-urlencode") + 1].removeprefix("sql=")
    assert len(duckdb.extract_statements(statement)) == 1
    assert '"qu-zhi-quan/table"' in statement
