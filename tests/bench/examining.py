"""From upload to examined, beside ``frictionless validate``."""

import csv
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median

from datasets import child
from schemas.records import ExaminationRequest
from tests.bench.figures import Row, peak, seconds, times
from tests.bench.made_tables import write_csv
from tests.bench.scale import Scale
from tests.common.deliveries import ended, open_place, table, upload
from tests.common.processes import poll, webs


def delivery(scale: Scale, folder: Path) -> list[Row]:
    """A table delivered through the real server until its report, formats and profile are there."""
    rows = scale.delivery_rows
    content = write_csv(folder / "table.csv", rows).read_bytes()
    with open_place(folder, 60, None) as place:
        _, resource = place.stack.entry()
        with webs(place.env, place.logs, 1) as [(_, port)]:

            def deliver(content: bytes) -> None:
                nonlocal delivered
                version = upload(port, place.stack, resource, content)
                delivered = time.perf_counter()
                assert poll(lambda: ended(place.stack.runtime, version), 900, pause=0.02)

            delivered = 0.0
            deliver(table(1))  # the server is at work
            with peak(os.getpid(), examinations=True) as memory:
                ours = seconds(partial(deliver, content))
                making = time.perf_counter() - delivered
    peer = seconds(lambda: _frictionless(folder / "table.csv"))
    loading = seconds(lambda: _loaded(folder / "table.csv"))
    size = len(content) / 1e6
    return [
        Row(
            f"CSV of {rows:,} rows x 12, {len(content) / 1e6:,.0f} MB: from upload to examined "
            "(validated, scanned for personal data, profiled, typed Parquet and CSV); most memory "
            "of the examination",
            f"{ours:.1f} s, {memory.most / 2**20:,.0f} MB",
            f"{peer:.1f} s (`frictionless validate`, validates only)",
            times(ours, peer),
        ),
        Row(
            "The same from delivered to all artefacts (Parquet, rows that can be asked, CSV)",
            f"{size / making:,.3g} MB/s",
            f"{size / loading:,.3g} MB/s (`csv` into SQLite with an index on every column, as CKAN's "
            "xloader has it in PostgreSQL; rows only, nothing examined)",
            times(making, loading),
        ),
    ]


def start_up(scale: Scale, folder: Path) -> list[Row]:
    """What an examination costs before it has done anything."""
    path = folder / "small.csv"
    path.write_bytes(table(1))
    tries = 5 if scale.datasette else 2

    def examine(number: int) -> None:
        request = ExaminationRequest(file_name=path.name)
        out = folder / f"out-{number}"
        result = child.run_examination(
            path, out, request, lambda _share, _text: None, lambda: False
        )
        assert result.artefacts

    ours = median(seconds(partial(examine, number)) for number in range(tries))
    peer = median(seconds(lambda: _frictionless(path)) for _ in range(tries))
    return [
        Row(
            "Examination of a table of one row, in its own process: start to result",
            f"{ours:.2f} s",
            f"{peer:.2f} s (`frictionless validate`)",
            times(ours, peer),
        )
    ]


def _loaded(path: Path) -> None:
    """The rows in a database, every column with an index."""
    with (
        path.open(encoding="utf-8", newline="") as file,
        closing(sqlite3.connect(path.with_suffix(".db"))) as database,
    ):
        rows = csv.reader(file)
        names = [f"c{number}" for number, _ in enumerate(next(rows))]
        database.execute(f"CREATE TABLE loaded ({', '.join(names)})")
        database.executemany(f"INSERT INTO loaded VALUES ({', '.join('?' * len(names))})", rows)
        for name in names:
            database.execute(f"CREATE INDEX by_{name} ON loaded ({name})")
        database.commit()


def _frictionless(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "frictionless", "validate", path.name],
        cwd=path.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-500:]
