from pathlib import Path

from sqlalchemy import inspect

from catalog import db


def test_migrations_make_exactly_the_tables_of_the_models(tmp_path: Path) -> None:
    database = db.open_database(f"sqlite:///{tmp_path}/a.db")
    db.upgrade(database)
    assert db.differences(database) == []
    database.engine.dispose()


def test_migrations_go_down_and_up_again(tmp_path: Path) -> None:
    database = db.open_database(f"sqlite:///{tmp_path}/a.db")
    db.upgrade(database)
    db.downgrade(database, "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    db.upgrade(database)
    assert db.differences(database) == []
    database.engine.dispose()
