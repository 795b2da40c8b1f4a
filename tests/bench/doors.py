"""What other people's clients ask: CKAN's search beside our own, and SQL through the gate."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from flask.testing import FlaskClient

from catalog.db import Base
from catalog.runtime import build
from catalog.services import publications
from catalog.settings import Settings
from catalog.web import create_app
from datasets.confined import landlock
from datasets.sql import Sandbox, SqlLimits
from tests.bench.crowd import KINDS, NOW, SUBJECTS, fill
from tests.bench.exchanging import tables
from tests.bench.figures import NONE, Row, spread, times
from tests.bench.scale import Scale

STATEMENT = (
    "SELECT 区, count(*) AS n, sum(数) AS s FROM {} WHERE 数 > 10 GROUP BY 区 ORDER BY n DESC"
)


def doors(scale: Scale, folder: Path) -> list[Row]:
    """``package_search`` over a directory with files, and one grouped SELECT over a table."""
    return [_searches(scale, folder), _statements(scale, folder)]


def _searches(scale: Scale, folder: Path) -> Row:
    runtime = build(Settings(home=folder), lambda: NOW)
    try:
        Base.metadata.create_all(runtime.database.engine)
        fill(runtime.database, scale.units, scale.search_entries)
        tables(runtime.database)
        publications.catch_up(runtime.database, runtime.clock)
        runtime.index.rebuild(runtime.database)
        client = create_app(runtime).test_client()
        words = [SUBJECTS[n % len(SUBJECTS)] + KINDS[n % len(KINDS)] * (n % 2)
                 for n in range(scale.repeats)]  # fmt: skip
        ours = spread([partial(_package_search, client, word) for word in words])
        native = spread([partial(_native, client, word) for word in words])
    finally:
        runtime.close()
    return Row(
        f"package_search as ckanapi sends it, {scale.search_entries:,} entries, 10 found",
        str(ours),
        f"{native} (our own search, ten entries)",
        times(ours.p50, native.p50),
    )


def _package_search(client: FlaskClient, word: str) -> None:
    answer = client.post("/api/3/action/package_search", json={"q": word, "rows": 10})
    assert answer.status_code == 200
    assert answer.get_json()["result"]["count"] >= 0


def _native(client: FlaskClient, word: str) -> None:
    answer = client.get(f"/api/v1/datasets?q={quote(word)}&limit=10")
    assert answer.status_code == 200
    assert answer.get_json()["page"]["total"] >= 0


def _statements(scale: Scale, folder: Path) -> Row:
    rows = scale.table_rows
    path = folder / "table.parquet"
    places = [f"{n % 16}区" for n in range(rows)]
    pq.write_table(pa.table({"区": places, "数": [n % 1_000 for n in range(rows)]}), path)
    name = f"SELECT through the gate, {rows:,} rows grouped, a locked process for each"
    if not landlock.version():
        return Row(name, NONE)

    @contextmanager
    def grant(_name: str) -> Iterator[Path]:
        yield path

    sandbox = Sandbox()
    try:
        asked = partial(sandbox.ask, STATEMENT.format("t"), grant, SqlLimits())
        ours = spread([asked] * scale.repeats)
    finally:
        sandbox.close()
    bare = spread([partial(_bare, path)] * scale.repeats)
    peer = f"{bare} (DuckDB opened for it, unprotected)"
    return Row(name, str(ours), peer, times(ours.p50, bare.p50))


def _bare(path: Path) -> None:
    with duckdb.connect() as connection:
        assert connection.execute(STATEMENT.format(f"read_parquet('{path}')")).fetchall()
