"""Rows of a published table over HTTP, beside Datasette."""

import csv
import http.client
import json
import sqlite3
import subprocess
import venv
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

from tests.bench.figures import NONE, Row, Spread, spread, times
from tests.bench.scale import Scale
from tests.common.deliveries import Place, open_place, table
from tests.common.processes import poll, webs
from tests.common.servers import free_port

WORKS = ("a page of 100 rows", "one row by its code")
BESIDE = ("as it ships", "with an index made for that column")


def rows(scale: Scale, folder: Path) -> list[Row]:
    """A page somewhere in the table, and one row by a column's value."""
    path = folder / "table.csv"
    path.write_bytes(table(scale.table_rows))
    codes = [10_000_000 + scale.table_rows * n // scale.repeats + 1 for n in range(scale.repeats)]
    ours = _ours(folder, path, codes)
    peer, why = _peer(scale, folder, path, codes)
    return [
        Row(
            f"Row API over {scale.table_rows:,} rows: {work}",
            str(mine),
            f"{peer[n]} (Datasette, {BESIDE[n]})" if peer else why,
            f"{times(mine.p95, peer[n].p95)} at p95" if peer else NONE,
        )
        for n, (work, mine) in enumerate(zip(WORKS, ours, strict=True))
    ]


def _published(place: Place, path: Path) -> str:
    slug, resource = place.stack.entry()
    version = place.stack.deliver(resource, path, path.name)
    assert version["state"] == "examined", version["problems"]
    place.stack.publish(slug)
    return resource


def _ours(folder: Path, path: Path, codes: list[int]) -> list[Spread]:
    with open_place(folder, 60, None) as place:
        door = f"/api/v1/resources/{_published(place, path)}/rows"
        with webs(place.env, place.logs, 1) as [(_, port)]:
            return [
                _ask(port, [f"{door}?{_beyond(code)}_limit=100" for code in codes]),
                _ask(port, [f"{door}?{quote('许可编号')}={code}" for code in codes]),
            ]


def _beyond(code: int) -> str:
    return f"{quote('序号')}__gt={code - 10_000_000}&"


def _ask(port: int, addresses: list[str]) -> Spread:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(address: str) -> None:
        connection.request("GET", address)
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text[:300]
        assert json.loads(text)

    with closing(connection):
        return spread([partial(get, address) for address in addresses])


def _peer(scale: Scale, folder: Path, path: Path, codes: list[int]) -> tuple[list[Spread], str]:
    if not scale.datasette:
        return [], "Datasette is left out of the quick form"
    python = str(folder / "peer" / "bin" / "python")
    venv.create(folder / "peer", with_pip=True)
    install = [python, "-m", "pip", "install", "--quiet", "datasette"]
    if subprocess.run(install, capture_output=True, check=False).returncode:
        return [], "Datasette could not be installed here"
    database = folder / "peer.db"
    _fill(database, path)
    with _datasette(python, database) as port:
        door = "/peer/rows.json"
        return [
            _ask(port, [f"{door}?{_beyond(code)}_size=100&_shape=objects" for code in codes]),
            _ask(port, [f"{door}?{quote('许可编号')}={code}&_shape=objects" for code in codes]),
        ], ""


def _fill(database: Path, path: Path) -> None:
    with path.open(newline="") as file, closing(sqlite3.connect(database)) as connection:
        head, *body = csv.reader(file)
        columns = ", ".join(f'"{name}"' for name in head)
        connection.execute(
            f'create table rows ("{head[0]}" integer primary key, {columns.partition(", ")[2]})'
        )
        marks = ", ".join("?" * len(head))
        connection.executemany(f"insert into rows values ({marks})", body)
        connection.execute(f'create index by_code on rows ("{head[1]}")')
        connection.commit()


@contextmanager
def _datasette(python: str, database: Path) -> Iterator[int]:
    port = free_port()
    words = [python, "-m", "datasette", "serve", "-i", str(database), "-p", str(port)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            assert poll(lambda: _up(port), pause=0.1), "Datasette did not start"
            yield port
        finally:
            process.kill()


def _up(port: int) -> bool:
    try:
        _ask(port, ["/-/versions.json"])
    except OSError:
        return False
    return True
