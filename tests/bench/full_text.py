"""What one would take without an index of its own: SQLite's FTS5 over the same entries.

Every character is a word and a question is a phrase of them, because FTS5's own trigrams find nothing of fewer
than three characters. Ranked by bm25 with the title ten times as heavy, counted, and grouped by unit and theme.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from catalog.db import Database
from catalog.models import Dataset, Unit
from catalog.services.visibility import public
from tests.bench.figures import seconds

_WORD = re.compile(r"[0-9A-Za-z]+|[^\W_]")


def _cut(text: str) -> str:
    return " ".join(_WORD.findall(text))


@contextmanager
def full_text(database: Database, folder: Path) -> Iterator[tuple[sqlite3.Connection, float]]:
    """The filled table, with the catalogue attached as ``c``, and the seconds that filling took."""
    connection = sqlite3.connect(folder / "fts.db")
    try:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("CREATE VIRTUAL TABLE found USING fts5(title, said, content='')")
        taken = seconds(lambda: _fill(connection, database))
        connection.execute("ATTACH ? AS c", (str(database.engine.url.database),))
        yield connection, taken
    finally:
        connection.close()


def _fill(connection: sqlite3.Connection, database: Database) -> None:
    asked = (
        select(Dataset.id, Dataset.title, Dataset.description, Dataset.theme, Unit.name)
        .join(Unit, Unit.id == Dataset.unit_id)
        .where(public())
        .order_by(Dataset.id)
    )
    with database.read() as session, connection:
        rows = session.connection().execution_options(yield_per=5_000).execute(asked)
        connection.executemany(
            "INSERT INTO found (rowid, title, said) VALUES (?, ?, ?)",
            ((number, _cut(title), _cut("\n".join(said))) for number, title, *said in rows),
        )


def ask(connection: sqlite3.Connection, question: str, unit: str) -> int:
    """Twenty entries by rank, how many there are, and how many of each unit and theme."""
    wanted = " ".join(f'"{_cut(word)}"' for word in question.split())
    entries = "found JOIN c.datasets d ON d.id = found.rowid JOIN c.units u ON u.id = d.unit_id"
    where = "found MATCH ?" + (" AND u.code = ?" if unit else "")
    given = (wanted, unit) if unit else (wanted,)
    source = entries if unit else "found"
    connection.execute(
        f"SELECT found.rowid FROM {source} WHERE {where} ORDER BY bm25(found, 10.0, 1.0) LIMIT 20",
        given,
    ).fetchall()
    for column in ("u.code", "d.theme"):
        connection.execute(
            f"SELECT {column}, count(*) FROM {entries} WHERE {where} GROUP BY 1", given
        ).fetchall()
    (count,) = connection.execute(f"SELECT count(*) FROM {source} WHERE {where}", given).fetchone()
    return int(count)
