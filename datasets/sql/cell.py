"""A child for one statement: it is forked with an empty database opened, and answers once.

A statement is first checked (``statement``) by a child that may open no file at all; then another one,
that may read the Parquet files which were named in it, runs it. Both have no network, may write
nothing, and are bound in memory, CPU time and wall time.

The order of the steps matters (measured, DuckDB 2.0.0): the database is opened with one thread and
no thread for reading ahead, because a fork takes one thread along, and what a process gives up
(``landlock``) binds only the thread that does so; ``allowed_paths`` comes before access is taken away,
and the lock on the configuration last.
"""

import os
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import duckdb
import pyarrow as pa

from datasets.confined.endings import Refused
from datasets.confined.life import Parent, Perform
from datasets.confined.nursery import Kind
from datasets.engine import ALONE
from datasets.filters import QueryProblem
from datasets.sql.statement import read_statement, refused
from schemas.records import Limits, Message, Problem

MEMORY_BYTES: Final = 384 * 10**6
"""Of one statement."""
CONFIG = ALONE | {
    "async_threads": "0",
    "memory_limit": f"{MEMORY_BYTES // 10**6}MB",
    "temp_directory": "",
    "max_expression_depth": "250",
    "allow_extension_repositories": "forbidden",
    "allow_persistent_secrets": "false",
    "preserve_insertion_order": "true",
}
LIMITS: Final = Limits(memory_bytes=1536 * 2**20, max_unpacked_bytes=0, seconds=8)
"""They may write no file; ``seconds`` are of CPU time."""
CHECKING: Final = Kind("sql-check", "datasets.sql.cell", kept=1, limits=LIMITS)
RUNNING: Final = Kind("sql-run", "datasets.sql.cell", kept=2, limits=LIMITS)
"""No more than two statements run at any time, whatever is asked: others wait."""
NICENESS: Final = 5
BATCH_ROWS: Final = 1_000
UNNAMED: Final = Message("The statement does not fit the tables it names.")


def prepare() -> Perform:
    """Open a database; answers what does one order with it, in a copy of its own."""
    connection = duckdb.connect(":memory:", config=CONFIG)
    connection.execute("SELECT json_deserialize_sql(json_serialize_sql('SELECT 1'))").fetchall()
    return partial(_perform, connection)


def _perform(connection: Any, order: Mapping[str, Any], _parent: Parent) -> Mapping[str, Any]:
    """Check a statement, or run one over ``files``: the rows as an Arrow stream in base 64."""
    os.nice(NICENESS)
    try:
        if "files" not in order:
            statement = read_statement(connection, order["sql"])
            return {"text": statement.text, "tables": statement.tables}
        grant(connection, order["files"])
        table, truncated = _run(connection, order)
    except QueryProblem as error:
        raise Refused(error.problem) from None
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return {"truncated": truncated, "table": b64encode(sink.getvalue()).decode("ascii")}


def grant(connection: Any, files: Mapping[str, str]) -> None:
    """Let the statement read these files under these names, and nothing else for ever."""
    for name, path in files.items():
        connection.execute(
            f"CREATE VIEW {_name(name)} AS SELECT * FROM read_parquet({_text(path)}, "  # noqa: S608
            "filename = false, hive_partitioning = false)"
        )
    listed = ", ".join(_text(path) for path in files.values())
    connection.execute(f"SET allowed_paths = [{listed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _run(connection: Any, order: Mapping[str, Any]) -> tuple[Any, str]:
    """The rows as a table with names of its own for each column, and what cut them short if
    anything did: ``rows``, ``bytes`` or nothing."""
    most_rows, most_bytes = int(order["rows"]), int(order["bytes"])
    batches: list[Any] = []
    rows = 0
    try:
        reader = connection.sql(order["sql"]).to_arrow_reader(BATCH_ROWS)
        schema = pa.schema(_distinct(reader.schema))
        while rows <= most_rows:
            batch = next(reader, None)
            if batch is None:
                break
            rows += batch.num_rows
            batches.append(batch.rename_columns(schema.names))
    except duckdb.Error as error:
        raise _said(error) from None
    table = pa.Table.from_batches(batches, schema)
    truncated = "rows" if table.num_rows > most_rows else ""
    table = table.slice(0, most_rows)
    if table.nbytes > most_bytes:
        truncated = "bytes"
        table = _fitting(table, most_bytes)
    return table.combine_chunks(), truncated


def _fitting(table: Any, most_bytes: int) -> Any:
    """As many whole rows from the start as fit."""
    low, high = 0, table.num_rows
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (
            (middle, high) if table.slice(0, middle).nbytes <= most_bytes else (low, middle - 1)
        )
    return table.slice(0, low)


def _distinct(schema: Any) -> list[Any]:
    """The columns under names of their own, of types that can be shown. Raises ``QueryProblem``."""
    taken: set[str] = set()
    columns = []
    for field in schema:
        if pa.types.is_nested(field.type) or pa.types.is_interval(field.type):
            raise refused(
                Message("The column %(name)s is no plain value.", {"name": field.name}),
                Message("Cast it: CAST(… AS VARCHAR)."),
            )
        name, number = field.name, 1
        while name in taken:
            number += 1
            name = f"{field.name}_{number}"
        taken.add(name)
        columns.append(field.with_name(name))
    return columns


SAID: Sequence[tuple[type[duckdb.Error], str, Message, Message]] = (
    (
        duckdb.InterruptException,
        "query-timeout",
        Message("The question took longer than it may."),
        Message("Add conditions, or download the whole table."),
    ),
    (
        duckdb.OutOfMemoryException,
        "query-too-large",
        Message("The question needs more memory than it may have."),
        Message("Group by fewer columns, ask for fewer rows, or add conditions."),
    ),
    (
        duckdb.ConversionException,
        "query-value",
        Message("A value cannot be converted to the type that the statement asks for."),
        Message("Leave such values out with TRY_CAST."),
    ),
    (
        duckdb.OutOfRangeException,
        "query-value",
        Message("A value or a sum is larger than the table's numbers can be."),
        Message("Ask with smaller values, or cast to DOUBLE first."),
    ),
    (
        duckdb.InvalidInputException,
        "query-value",
        Message("A function was given a value that it cannot take."),
        Message("Check the arguments of the functions, patterns and formats among them."),
    ),
)
"""What the engine raises -> what is said of it: never its own text, which can hold values and paths."""


def _said(error: duckdb.Error) -> QueryProblem:
    for kind, code, cause, remedy in SAID:
        if isinstance(error, kind):
            return QueryProblem(Problem(code=code, place="sql", cause=cause, remedy=remedy))
    return refused(
        _unknown_name(str(error)) or UNNAMED,
        Message("Check the names and types of columns; their list stands on the table's page."),
    )


NAMED = (
    ('Referenced column "', Message("There is no column %(name)s.")),
    ('Table "', Message("There is no such column in %(name)s.")),
    ('column "', Message("The column %(name)s must stand in GROUP BY or in an aggregate.")),
)
"""How the engine names a name of the statement that it does not know."""


def _unknown_name(said: str) -> Message | None:
    """A sentence with the name that stood in the statement itself, if the engine tells one."""
    for start, sentence in NAMED:
        _, found, rest = said.partition(start)
        if found:
            return Message(sentence.text, {"name": rest.partition('"')[0]})
    return None


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
