"""Fixtures of every suite: a real database, people of every role, a clock that stands still."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

import catalog.models
from catalog.db import Base, Database, open_database
from tests.common.servers import start_all

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Ten in the morning of a working Monday in Shanghai."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A fresh SQLite database with every table."""
    assert catalog.models.__all__
    opened = open_database(f"sqlite:///{tmp_path}/catalog.db")
    Base.metadata.create_all(opened.engine)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """An open write transaction."""
    with database.write_sessions() as opened:
        yield opened


@pytest.fixture
def now() -> datetime:
    """The time of the test."""
    return NOW


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[str, str]]:
    """A real PostgreSQL and a real S3 store on loopback, started once: (database URL, storage URL)."""
    with start_all() as urls:
        yield urls
