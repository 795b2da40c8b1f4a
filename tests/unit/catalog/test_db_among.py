"""Rows are found by numbers as they are by naming each, however many numbers there are."""

from collections.abc import Iterator

import pytest
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Table,
    bindparam,
    event,
    insert,
    or_,
    select,
    update,
)

from catalog import db
from catalog.db import Database, among, by_numbers
from tests.common.servers import new_database

KEPT = Table("kept", MetaData(), Column("id", Integer, primary_key=True), Column("seen", Integer))
MANY = 40_000
"""More than a statement of either database takes parameters."""


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.scaled)]
)
def kept(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A table of some numbers."""
    url = f"sqlite:///{tmp_path_factory.mktemp('among')}/kept.db"
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("servers")[0])
    database = db.open_database(url)
    KEPT.create(database.engine)
    with database.write() as session:
        session.execute(insert(KEPT), [{"id": n, "seen": 0} for n in range(-5, 500)])
    yield database
    database.engine.dispose()


@pytest.mark.parametrize(
    "numbers", [[], [7], (3, 3, -2), {1, 2, 9999}, dict.fromkeys(range(20)), range(MANY)]
)
def test_rows_are_those_whose_number_is_named(kept: Database, numbers: "set[int]") -> None:
    wanted = sorted(n for n in range(-5, 500) if n in numbers)
    named = select(KEPT.c.id).where(among(KEPT.c.id, "some")).order_by(KEPT.c.id)
    with kept.read() as session:
        given = select(KEPT.c.id).where(among(KEPT.c.id, numbers)).order_by(KEPT.c.id)
        assert session.scalars(given).all() == wanted
        assert session.scalars(named, {"some": numbers}).all() == wanted


def test_it_stands_beside_other_conditions(kept: Database) -> None:
    few = or_(KEPT.c.id < -3, among(KEPT.c.id, [10, 11])) & ~among(KEPT.c.id, [11, -5])
    with kept.write() as session:
        session.execute(update(KEPT).where(few).values(seen=1))
        seen = select(KEPT.c.id).where(KEPT.c.seen == 1).order_by(KEPT.c.id)
        assert session.scalars(seen).all() == [-4, 10]


def test_the_text_of_the_statement_stays_the_same_and_an_index_is_used(kept: Database) -> None:
    texts: list[str] = []
    event.listen(kept.engine, "before_cursor_execute", lambda *given: texts.append(given[2]))
    with kept.read() as session:
        for numbers in ([1], range(300)):
            session.execute(select(KEPT.c.id).where(among(KEPT.c.id, numbers)))
        assert texts[-1] == texts[-2]
        if kept.engine.dialect.name == "sqlite":
            plan = session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {texts[-1]}", ("[1,2]",)
            )
            assert any("SEARCH kept USING INTEGER PRIMARY KEY" in row.detail for row in plan)


def test_a_statement_for_one_number_and_for_many_finds_the_same(kept: Database) -> None:
    asked = by_numbers(
        lambda named: (
            select(KEPT.c.id)
            .where(named(KEPT.c.id), KEPT.c.id < bindparam("b_most"))
            .order_by(KEPT.c.id)
        )
    )
    with kept.read() as session:
        for numbers in ([], {4}, [4, 5], {499: ""}, [4, 4]):
            found = session.connection().scalars(*asked(numbers, b_most=400)).all()
            assert found == sorted({n for n in numbers if n < 400})
