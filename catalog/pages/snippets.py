"""Programs that read a public table, ready to run: one for each tool, with real addresses and names.

Names of columns and tables are chosen by units, so every language writes them as its own literal.
"""

import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from schemas.records import Message

ROWS = 10
COLUMNS = 3


@dataclass(frozen=True, slots=True)
class Table:
    """What the programs ask: ``rows_url``, ``file_url`` (of the file without its suffix) and
    ``query_url`` are absolute; ``name`` is how SQL calls the table; ``columns`` are the public ones."""

    rows_url: str
    file_url: str
    query_url: str
    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A program: ``code`` names it in the page, ``label`` is the tool, ``told`` what it does."""

    code: str
    label: str
    told: Message
    text: str


def _quoted(text: str) -> str:
    """A string literal of Python, JavaScript and R alike."""
    return json.dumps(text, ensure_ascii=False)


def selected(columns: Sequence[str]) -> str:
    """The first columns as ``_select`` takes them."""
    return ",".join(
        '"' + name.replace('"', '""') + '"' if "," in name or '"' in name else name
        for name in columns[:COLUMNS]
    )


def _statement(table: Table) -> str:
    return f'SELECT count(*) AS n FROM "{table.name}"'  # noqa: S608  (text to be copied)


def _few(table: Table, file_format: str) -> str:
    pairs = [("_select", selected(table.columns)), ("_limit", str(ROWS)), ("_format", file_format)]
    return f"{table.rows_url}?{urlencode(pairs)}"


def curl(table: Table) -> str:
    """Some rows of some columns as CSV."""
    return " \\\n  ".join(
        [
            f"curl --get {shlex.quote(table.rows_url)}",
            f"--data-urlencode {shlex.quote('_select=' + selected(table.columns))}",
            f"--data _limit={ROWS} --data _format=csv",
        ]
    )


def python(table: Table) -> str:
    """The standard library alone."""
    return "\n".join(
        [
            "import json",
            "from urllib.request import urlopen",
            "",
            f"url = {_quoted(_few(table, 'json'))}",
            "with urlopen(url) as answer:",
            '    rows = json.load(answer)["items"]',
            "for row in rows:",
            "    print(row)",
        ]
    )  # fmt: skip


def polars(table: Table) -> str:
    """The whole table with its types."""
    return "\n".join(
        [
            "# pip install polars",
            "import polars as pl",
            "",
            f"table = pl.read_parquet({_quoted(table.file_url + '.parquet')})",
            "print(table)",
        ]
    )


def r(table: Table) -> str:
    """Base R, no package."""
    return "\n".join(
        [
            f"url <- {_quoted(table.file_url + '.csv')}",
            'table <- read.csv(url, fileEncoding = "UTF-8", check.names = FALSE)',
            "head(table)",
        ]
    )


def javascript(table: Table) -> str:
    """A module for the browser or for Node."""
    return "\n".join(
        [
            f"const url = {_quoted(_few(table, 'json'))};",
            "const answer = await fetch(url);",
            "const { items } = await answer.json();",
            "console.table(items);",
        ]
    )


def duckdb(table: Table) -> str:
    """The Parquet file, of which only the parts that are asked for are fetched."""
    address = (table.file_url + ".parquet").replace("'", "''")
    return f"SELECT * FROM read_parquet('{address}') LIMIT {ROWS};"  # noqa: S608  (text to be copied)


def sql(table: Table) -> str:
    """A statement that the platform answers, over any open tables together."""
    return " \\\n  ".join(
        [
            f"curl --get {shlex.quote(table.query_url)}",
            f"--data-urlencode {shlex.quote('sql=' + _statement(table))}",
        ]
    )


def excel(table: Table) -> str:
    """A query of Power Query (language M)."""
    address = (table.file_url + ".csv").replace('"', '""')
    return "\n".join(
        [
            "let",
            f'  Source = Csv.Document(Web.Contents("{address}"),',
            '    [Delimiter = ",", Encoding = 65001, QuoteStyle = QuoteStyle.Csv]),',
            "  Table = Table.PromoteHeaders(Source, [PromoteAllScalars = true])",
            "in",
            "  Table",
        ]
    )


WAYS: Final[tuple[tuple[str, str, Message, Callable[[Table], str]], ...]] = (
    ("curl", "curl", Message("Some columns of the first rows, as CSV."), curl),
    ("python", "Python", Message("The first rows, with the standard library alone."), python),
    ("polars", "Python (Polars)", Message("The whole table with its types."), polars),
    ("r", "R", Message("The whole table, with base R alone."), r),
    ("javascript", "JavaScript", Message("The first rows, in a browser or in Node 18 or later."), javascript),
    ("duckdb", "DuckDB", Message("Only the parts of the file that the statement needs are fetched."), duckdb),
    ("sql", "SQL", Message("The platform answers the statement; several open tables can be joined."), sql),
    (
        "excel", "Excel (Power Query)",
        Message("Data, Get Data, From Other Sources, Blank Query, Advanced Editor: paste it there."),
        excel,
    ),
)  # fmt: skip


def of(table: Table) -> list[Snippet]:
    """Every program for a table, in the order of the page."""
    return [Snippet(code, label, told, write(table)) for code, label, told, write in WAYS]
