"""SQL of users: what is answered, what is refused, and that nothing else can be reached."""

import os
import string
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.confined import landlock
from datasets.confined.nurseries import environment
from datasets.filters import QueryProblem
from datasets.sql import Sandbox, SqlLimits
from datasets.sql.sandbox import AT_ONCE, TooBusy
from datasets.sql.vocabulary import FUNCTIONS

pytestmark = pytest.mark.skipif(
    not landlock.version(), reason="the kernel cannot lock a process in; SQL is not offered on it"
)
SECRET = "an unpublished value"


class Desk:
    """A sandbox, one table that may be read, and one beside it that may not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.open = folder / "open.parquet"
        self.closed = folder / "closed.parquet"
        columns = {"id": list(range(3000)), "区": [f"第{n % 7}区" for n in range(3000)]}
        pq.write_table(
            pa.table({**columns, "amount": [Decimal(n) / 4 for n in range(3000)]}), self.open
        )
        pq.write_table(pa.table({"value": [SECRET]}), self.closed)
        self.sandbox = Sandbox()

    @contextmanager
    def grant(self, name: str) -> Iterator[Path]:
        if name != "powers":
            raise LookupError(name)
        yield self.open

    def ask(self, sql: str, **limits: Any) -> Any:
        return self.sandbox.ask(sql, self.grant, SqlLimits(**limits))

    def rows(self, sql: str, **limits: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask(sql, **limits).table.to_pylist()
        return found

    def refused(self, sql: str, **limits: Any) -> str:
        with pytest.raises(QueryProblem) as caught:
            self.ask(sql, **limits)
        return caught.value.problem.code


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    opened = Desk(tmp_path_factory.mktemp("sql"))
    yield opened
    opened.sandbox.close()


def test_groups_joins_and_subqueries_are_answered(desk: Desk) -> None:
    assert desk.rows("SELECT count(*) AS n, sum(amount) AS s FROM powers") == [
        {"n": 3000, "s": Decimal("1124625.00")}
    ]
    assert desk.rows(
        "WITH t AS (SELECT 区, count(*) AS n FROM powers GROUP BY 区) "
        "SELECT a.区, b.n, row_number() OVER (ORDER BY a.区) AS 名次 FROM t a JOIN t b USING (区) "
        "WHERE a.区 IN (SELECT 区 FROM powers WHERE id < 2) ORDER BY 1"
    ) == [{"区": "第0区", "n": 429, "名次": 1}, {"区": "第1区", "n": 429, "名次": 2}]
    assert desk.rows(
        'SELECT "id" FROM "powers" WHERE 区 LIKE \'第1%\' ORDER BY id DESC LIMIT 1'
    ) == [{"id": 2997}]


def test_a_name_given_inside_a_subquery_is_the_table_outside_it(desk: Desk) -> None:
    assert desk.rows(
        "SELECT count(*) AS n, max(x) AS x FROM powers "
        "JOIN (WITH powers AS (SELECT 1 AS x) SELECT * FROM powers) s ON true"
    ) == [{"n": 3000, "x": 1}]


def test_columns_of_one_name_keep_apart(desk: Desk) -> None:
    assert desk.rows("SELECT id, id, id AS id_2 FROM powers LIMIT 1") == [
        {"id": 0, "id_2": 0, "id_2_2": 0}
    ]


def test_an_answer_is_cut_at_its_bounds_and_says_so(desk: Desk) -> None:
    cut = desk.ask("SELECT * FROM powers ORDER BY id", rows=10)
    assert (cut.table.num_rows, cut.truncated) == (10, "rows")
    whole = desk.ask("SELECT * FROM powers WHERE id < 10 ORDER BY id", rows=10)
    assert (whole.table.num_rows, whole.truncated) == (10, "")
    small = desk.ask("SELECT * FROM powers ORDER BY id", rows=1000, bytes=5000)
    assert small.truncated == "bytes"
    assert 0 < small.table.num_rows < 1000
    assert small.table.nbytes <= 5000


def test_what_takes_too_long_or_too_much_is_ended(desk: Desk) -> None:
    endless = "SELECT sum(a.id * b.id * c.id) FROM powers a, powers b, powers c"
    assert desk.refused(endless, seconds=1.0) == "query-timeout"
    greedy = (
        "SELECT string_agg(a.区 || b.区 || a.amount::VARCHAR, '') FROM powers a, powers b, "
        "(VALUES (1), (2), (3), (4), (5), (6), (7), (8)) c(k)"
    )
    assert desk.refused(greedy, seconds=20.0) in {"query-too-large", "query-timeout"}
    assert desk.rows("SELECT 1 AS one") == [{"one": 1}]


HOSTILE = (
    "DROP TABLE powers", "INSERT INTO powers VALUES (1)", "CREATE TABLE t AS SELECT 1", "SELECT 1; SELECT 2",
    "WITH w AS (INSERT INTO powers VALUES (1) RETURNING *) SELECT * FROM w",
    "COPY powers TO '{folder}/evil.csv'", "COPY (SELECT 1) TO '{folder}/evil.csv'",
    "ATTACH '{folder}/new.duckdb'", "EXPORT DATABASE '{folder}'", "INSTALL httpfs", "LOAD httpfs",
    "SET threads = 8", "PRAGMA database_list", "CALL pragma_version()", "CHECKPOINT", "VACUUM", "USE memory",
    "SELECT * FROM read_parquet('{closed}')", "SELECT * FROM '{closed}'", 'SELECT * FROM "{closed}"',
    "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM glob('/*')", "SELECT * FROM parquet_metadata('{closed}')", "FROM '{closed}' SELECT *",
    "SELECT * FROM duckdb_settings()", "SELECT current_setting('allowed_paths')", "SELECT getenv('PATH')",
    "SELECT * FROM duckdb_views()", "SELECT * FROM information_schema.tables", "SELECT * FROM pragma_database_list",
    "SELECT * FROM sqlite_master", "SELECT * FROM memory.main.powers", "SELECT main.sum(id) FROM powers",
    "SELECT * FROM query('SELECT 1')", "SELECT * FROM query_table('powers')", "SELECT json_execute_serialized_sql('{{}}')",
    "SELECT write_log('x')", "SELECT repeat('x', 1000000000)", "SELECT * FROM range(1000000000000)",
    "SELECT unnest(generate_series(1, 1000000000))", "SELECT [1, 2, 3]", "SELECT list(id) FROM powers",
    "SELECT {{'a': 1}}", "SELECT x -> x + 1 FROM powers", "SELECT COLUMNS(*) FROM powers", "SELECT $1", "SELECT ?",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT * FROM r",
    "PIVOT powers ON 区", "UNPIVOT powers ON id INTO NAME n VALUE v", "DESCRIBE powers", "SHOW TABLES", "SUMMARIZE powers",
    "SELECT * FROM powers TABLESAMPLE 10%", "SELECT * FROM powers AT (VERSION => 1)", "SELECT powers FROM powers",
    "SELECT id::STRUCT(a INT) FROM powers", "SELECT CAST('x' AS BLOB)", "SELECT CAST(1 AS BIT)",
    "SELECT '5 days'::INTERVAL", "SELECT nextval('s')", "SELECT txid_current()", "SELECT version()", "SELECT uuid()",
    "SELECT * FROM powers ORDER BY ALL COLLATE NOCASE", "EXPLAIN SELECT 1", "PREPARE p AS SELECT 1", "",
    "SELECT \x00 1", "SELECT 'unclosed", "SELECT 1 FROM", "/* only a comment", "-- nothing",
)  # fmt: skip


@pytest.mark.parametrize("sql", HOSTILE)
def test_what_is_not_listed_is_refused_and_changes_nothing(desk: Desk, sql: str) -> None:
    names = set(desk.folder.iterdir())
    before = {path: path.read_bytes() for path in names}
    statement = sql.format(folder=desk.folder, closed=desk.closed)
    try:
        answer = desk.ask(statement)
    except LookupError:
        pass  # a name that the portal gives nobody a file for
    except QueryProblem as error:
        cause = error.problem.cause
        assert str(desk.folder) not in cause.text % cause.params or str(desk.folder) in statement
    else:
        raise AssertionError(answer.table.to_pylist())
    assert {path: path.read_bytes() for path in desk.folder.iterdir()} == before


def test_the_engine_itself_could_not_reach_more(desk: Desk) -> None:
    """The gate left away, a cell still reads no other file, writes none and reaches no network."""
    program = """
import os, socket, sys
from pathlib import Path
import duckdb
from datasets.confined import life
from datasets.sql import cell
refused = life.begin("sql", int(sys.argv[1]), cell.LIMITS, one_task=True)
connection = cell.prepare().args[0]
life.settle(life.Room(reads=(sys.argv[2],), strict=True))
cell.grant(connection, {"powers": sys.argv[2]})
print(connection.execute("SELECT count(*) FROM powers").fetchall())
for sql in ("SELECT * FROM read_parquet('%s')" % sys.argv[3],
            "COPY (SELECT 1) TO '%s'" % sys.argv[2],
            "COPY (SELECT 1) TO '%s.new'" % sys.argv[2],
            "ATTACH '%s.db'" % sys.argv[2], "SET enable_external_access = true",
            "SELECT * FROM read_text('/etc/hostname')"):
    try:
        print("REACHED", connection.execute(sql).fetchall())
    except duckdb.Error as error:
        print(type(error).__name__)
for path in (sys.argv[3], "/etc/hostname"):
    try:
        print("REACHED", Path(path).read_bytes()[:4])
    except OSError:
        print("no file")
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    try:
        socket.socket(socket.AF_INET, kind).connect(("127.0.0.1", 53))
        print("REACHED the network")
    except OSError:
        print("no network")
"""
    before = desk.open.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", program, str(os.getpid()), str(desk.open), str(desk.closed)],
        capture_output=True, text=True, check=True, env=environment(), timeout=60,
    )  # fmt: skip
    assert "[(3000,)]" in done.stdout
    assert "REACHED" not in done.stdout, done.stdout
    assert SECRET not in done.stdout
    assert done.stdout.count("no file") == done.stdout.count("no network") == 2
    assert desk.open.read_bytes() == before


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT nosuch FROM powers", "nosuch"),
        ("SELECT id, 区 FROM powers GROUP BY id", "区"),
        ("SELECT id\nFROM powers\nWHERE AND 1", "line 3"),
        ("SELECT CAST(区 AS INTEGER) FROM powers", "converted"),
    ],
)
def test_a_wrong_statement_is_told_where_it_is_wrong(desk: Desk, sql: str, said: str) -> None:
    with pytest.raises(QueryProblem) as caught:
        desk.ask(sql)
    cause = caught.value.problem.cause
    assert said in cause.text % cause.params
    assert "第" not in cause.text % cause.params


def test_long_deep_and_wide_statements_are_refused_in_time(desk: Desk) -> None:
    assert desk.refused("SELECT " + "1 + " * 5000 + "1") == "sql-refused"
    with suppress(QueryProblem):
        assert desk.rows("SELECT " + "(" * 900 + "1" + ")" * 900 + " AS one") == [{"one": 1}]
    assert desk.refused("SELECT * FROM " + ", ".join(["powers"] * 17)) == "sql-refused"
    named = ", ".join(f"t{n} AS (SELECT 1)" for n in range(9))
    assert desk.refused(f"WITH {named} SELECT * FROM t1") == "sql-refused"
    nested = "SELECT 1"
    for _ in range(150):
        nested = f"SELECT * FROM ({nested})"
    assert desk.refused(nested) == "sql-refused"


def test_more_statements_at_once_than_there_is_room_are_told_to_come_back(desk: Desk) -> None:
    slow = "SELECT sum(a.id * b.id * c.id) FROM powers a, powers b, powers c"
    told: list[str] = []

    def ask() -> None:
        try:
            desk.ask(slow, seconds=1.5)
        except TooBusy:
            told.append("busy")
        except QueryProblem as error:
            told.append(error.problem.code)

    threads = [threading.Thread(target=ask) for _ in range(AT_ONCE + 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count("busy") == 3
    assert told.count("query-timeout") == AT_ONCE


def test_the_processes_end_and_start_again(desk: Desk) -> None:
    desk.sandbox.close()
    assert desk.rows("SELECT 1 AS one") == [{"one": 1}]


WORDS = st.sampled_from(
    ["SELECT", "FROM", "powers", "id", "区", "*", "(", ")", ",", "WHERE", "=", "1", "'x'", "WITH", "AS",
     "UNION", "JOIN", "ON", "read_csv", "COPY", "TO", ";", "INSERT", "INTO", "VALUES", "--", "/*", '"',
     "'", "$$", "::", "INTERVAL", "[", "]", "{", "}", "->", "CAST", "LATERAL", "PIVOT", *sorted(FUNCTIONS)[:60]]
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(WORDS | st.text(string.printable, max_size=4), max_size=12).map(" ".join))
def test_any_words_get_an_answer_or_a_refusal(desk: Desk, sql: str) -> None:
    try:
        answer = desk.ask(sql, seconds=2.0)
    except (QueryProblem, LookupError):
        return
    assert SECRET not in str(answer.table.to_pylist())
