"""The database: one declarative base, portable column types, and the only place that opens engines.

SQLite and PostgreSQL run the same statements. The branch on the backend is in ``open_database``.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Engine,
    Executable,
    MetaData,
    Select,
    Table,
    bindparam,
    create_engine,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

WAL_RESET_FIXED = (3, 51, 3)
"""First SQLite release without the WAL-reset bug that can lose commits (sqlite.org, 2026)."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored as UTC; naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values and store UTC; SQLite keeps no zone, so it gets a naive UTC value."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware UTC value on every backend."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Parent of every table; the naming convention makes constraints nameable in migrations."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy reads it from the class)
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        list[str]: JSON,
    }


def new_id() -> str:
    """An identifier for things that stand in URLs: made by the server, never guessable."""
    return uuid4().hex


@dataclass(frozen=True)
class Database:
    """An opened database: ``write`` transactions take the write lock first, ``read`` ones never do."""

    engine: Engine
    write_sessions: sessionmaker[Session]
    read_sessions: sessionmaker[Session]
    snapshot_sessions: sessionmaker[Session]

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on any exception."""
        with self.write_sessions.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; whatever it holds is thrown away."""
        with self.read_sessions() as session:
            yield session

    def glance(self, question: str) -> tuple[Any, ...]:
        """The one row that answers a question without arguments, past the session: for what is asked
        before every answer. Whoever has a session open asks there."""
        with closing(self.engine.raw_connection()) as held, closing(held.cursor()) as cursor:
            cursor.execute(question)
            return tuple(cursor.fetchone() or ())

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A session for reading that sees one moment, however many questions it asks."""
        with self.snapshot_sessions() as session:
            yield session


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions on its own
    safe = sqlite3.sqlite_version_info >= WAL_RESET_FIXED
    for pragma in (
        f"journal_mode={'WAL' if safe else 'TRUNCATE'}",
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "busy_timeout=20000",
        "cache_size=-32768",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    readonly = connection.get_execution_options().get("readonly", False)
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")


def open_database(url: str) -> Database:
    """Open the database behind a SQLAlchemy URL (``sqlite:///…`` or ``postgresql+psycopg://…``)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database not in {None, "", ":memory:"}:
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        moment: dict[str, Any] = {}  # a transaction of SQLite sees one moment anyway
    else:
        engine = create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=20)
        moment = {"isolation_level": "REPEATABLE READ"}
    reader = engine.execution_options(readonly=True)
    return Database(
        engine,
        sessionmaker(engine, expire_on_commit=False),
        sessionmaker(reader, expire_on_commit=False),
        sessionmaker(reader.execution_options(**moment), expire_on_commit=False),
    )


def knows_lateral(connection: Connection) -> bool:
    """Whether a joined query may refer to the row beside it."""
    return connection.dialect.name == "postgresql"


class _Numbers(UserDefinedType[Collection[int]]):
    """Whole numbers as one value: an array as PostgreSQL writes it, or JSON."""

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Collection[int] | None], str]:
        """Text, which a driver hands over at once; a list it would walk through."""
        begins, ends = "{}" if dialect.name == "postgresql" else "[]"
        return lambda numbers: f"{begins}{','.join(map(str, numbers or ()))}{ends}"


class _Among(FunctionElement[bool]):
    """See ``among``; its clauses are the column and the numbers."""

    inherit_cache = True
    type = Boolean()

    def self_group(self, against: OperatorType | None = None) -> "_Among":
        """As it is: what knows no booleans would be asked whether it equals 1, past every index."""
        return self


@compiles(_Among)
def _among(found: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, numbers = (compiler.process(one, **options) for one in found.clauses)
    if compiler.dialect.name == "postgresql":
        return f"({column} = ANY (CAST({numbers} AS INTEGER[])))"
    return f"({column} IN (SELECT value FROM json_each({numbers})))"  # noqa: S608


def among(column: Any, numbers: Collection[int] | str) -> ColumnElement[bool]:
    """That a column holds one of some numbers (or of those of a parameter that is named).

    One value and one text of the statement however many there are: where each number is a parameter,
    thousands take longer to name than to find.
    """
    if isinstance(numbers, str):
        return _Among(column, bindparam(numbers, type_=_Numbers()))
    return _Among(column, bindparam(None, numbers, type_=_Numbers()))


Named = Callable[[Any], ColumnElement[bool]]
"""Of a column: that it holds one of the numbers meant."""


def by_numbers(
    make: Callable[[Named], Executable],
) -> Callable[..., tuple[Executable, dict[str, Any]]]:
    """A statement about the rows of some numbers, put together once; gives it and its parameters.

    It is made for one number and for many: PostgreSQL plans a list anew each time, because it may be
    long, and planning takes longer than finding one row.
    """
    one, many = make(lambda column: column == bindparam("b_id")), make(lambda c: among(c, "b_ids"))

    def asked(numbers: Collection[int], **more: Any) -> tuple[Executable, dict[str, Any]]:
        if len(numbers) == 1:
            return one, {"b_id": next(iter(numbers)), **more}
        return many, {"b_ids": numbers, **more}

    return asked


def insert_rows(
    connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert values as the driver takes them (``bound_rows``) in bulk: by COPY where there is one."""
    quoted = map(connection.dialect.identifier_preparer.quote, names)
    into = f"{table.name} ({', '.join(quoted)})"
    if connection.dialect.name == "postgresql":
        driver = cast("Any", connection.connection.driver_connection)
        with driver.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copying:
            for row in rows:
                copying.write_row(row)
        return
    places = ", ".join("?" * len(names))
    connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({places})", list(rows))  # noqa: S608


def merged(
    connection: Connection, table: Table, query: Select[*tuple[Any, ...]], names: Sequence[str]
) -> Executable:
    """Add the numbers of a query, the key of a table and then ``names``, to the rows of these keys.

    The rows are looked up by their key one by one: an UPDATE would let a planner read the whole table.
    """
    made = _MERGING[connection.dialect.name](table)
    keys = [column.name for column in table.primary_key]
    adding = {name: table.c[name] + made.excluded[name] for name in names}
    made = made.from_select([*keys, *names], query)
    return cast("Executable", made.on_conflict_do_update(index_elements=keys, set_=adding))


_MERGING: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def bound_rows(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """Names and values for ``insert_rows``, of rows that have the same columns: each value as its column
    hands it to the driver, a plain default where one is not given."""
    known = {
        column.name: column.default.arg
        for column in table.columns
        if isinstance(column.default, ScalarElementColumnDefault) and column.name not in rows[0]
    }
    kinds = {
        name: table.columns[name].type.dialect_impl(connection.dialect)
        for name in (*rows[0], *known)
    }
    given = {name: [row[name] for row in rows] for name in rows[0]}
    columns = [_bound(kinds[name], values, connection.dialect) for name, values in given.items()]
    columns += [
        _bound(kinds[name], [value], connection.dialect) * len(rows)
        for name, value in known.items()
    ]
    return [*kinds], zip(*columns, strict=True)


def _bound(kind: TypeEngine[Any], given: list[Any], dialect: Dialect) -> list[Any]:
    """A column as it goes to the driver; a moment or day that comes again is bound once."""
    bind = kind.bind_processor(dialect)
    if bind is None:
        return given
    if not isinstance(kind, Date | UtcDateTime):
        return [bind(value) for value in given]
    known = {value: bind(value) for value in set(given)}
    return [known[value] for value in given]


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database) -> None:
    """Bring the tables to the newest revision, in one transaction."""
    with database.engine.begin() as connection:
        command.upgrade(_alembic(connection), "head")


def downgrade(database: Database, revision: str) -> None:
    """Take the tables back to an older revision; ``base`` removes them."""
    with database.engine.begin() as connection:
        command.downgrade(_alembic(connection), revision)


def differences(database: Database) -> list[Any]:
    """What stands between the tables and the models; empty when they agree."""
    with database.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))
