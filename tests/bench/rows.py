"""Rows of a published table over HTTP, beside Datasette."""

import csv
import sqlite3
import subprocess
import time
import venv
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

from datasets.indexed.keeping import FEW_CELLS
from datasets.indexed.making import write_index
from tests.bench.figures import NONE, Row, peak, seconds, times
from tests.bench.load import Load, asked
from tests.bench.made_tables import NAMES, write_csv
from tests.bench.scale import Scale
from tests.common.deliveries import Place, open_place
from tests.common.processes import poll, served, webs
from tests.common.servers import free_port

WORKS = (
    "a page of 100 rows", "one row by its code", "rows of a class by amount, the largest 100",
    "counts by year under a filter",
)  # fmt: skip
CLIENTS = 8
NUMBER, CODE, CLASS, AMOUNT, YEARS = map(quote, ("序号", "编码", "类别", "金额", "年限"))
INDEXES = (("编码",), ("类别", "金额"), ("类别", "年限"))
"""What a careful keeper of a Datasette makes for these questions."""


FEW_AT_FIRST = 5
"""Questions that are asked before any is measured: a table asked about again is indexed."""


@dataclass(frozen=True)
class Streamed:
    """A filtered table as CSV: bytes a second, and what the server's memory grew by meanwhile."""

    rate: float
    grown: int

    def __str__(self) -> str:
        return f"{self.rate / 10**6:,.0f} MB/s, {self.grown / 2**20:,.0f} MB more memory"


@dataclass(frozen=True)
class Measured:
    """Each kind of question, and the stream."""

    loads: list[Load]
    streamed: Streamed


def rows(scale: Scale, folder: Path) -> list[Row]:
    """Eight clients; each question once, so that nothing is answered from memory."""
    path = write_csv(folder / "table.csv", scale.table_rows)
    step = max(1, scale.table_rows // scale.repeats)
    with path.open(newline="") as file:
        codes = [line[1] for n, line in enumerate(csv.reader(file)) if n and n % step == 0]
    ours = _ours(scale, path, codes, step)
    peer, why = _peer(scale, path, codes, step)
    table = f"{scale.table_rows:,} rows x 12"
    mine = [*ours.loads, ours.streamed]
    theirs = [*peer.loads, peer.streamed] if peer else []
    works = [f"Row API over {table}, {CLIENTS} clients: {work}" for work in WORKS]
    works.append(f"CSV of the rows of {table} under a filter, while it is made")
    return [
        *(
            Row(
                work,
                str(mine[n]),
                f"{theirs[n]} (Datasette, composite indexes)" if peer else why,
                times(1 / mine[n].rate, 1 / theirs[n].rate) if peer else NONE,
            )
            for n, work in enumerate(works)
        ),
        _indexing(folder, table),
    ]


def _indexing(folder: Path, table: str) -> Row:
    """The published Parquet file once more into an index, as it is made when a table is asked about."""
    parquet = max((folder / "home").rglob("blob/??/*"), key=_parquet_bytes)
    out = folder / "again.rows"

    def make() -> None:
        with out.open("wb") as file:
            write_index(parquet, file)

    taken = seconds(make)
    rate = (folder / "table.csv").stat().st_size / taken / 10**6
    size = f"{out.stat().st_size / 10**6:,.0f} MB, Parquet {parquet.stat().st_size / 10**6:,.0f} MB"
    return Row(f"Indexed rows of {table}", f"{taken:.1f} s, {rate:,.0f} MB of CSV a second; {size}")


def _parquet_bytes(path: Path) -> int:
    with path.open("rb") as file:
        return path.stat().st_size if file.read(4) == b"PAR1" else -1


def _questions(door: str, codes: list[str], step: int, *, peer: bool) -> list[list[str]]:
    """The same four kinds of question in either dialect."""
    page = f"{door}?_size=100&_shape=objects" if peer else f"{door}?_limit=100"
    ordered = f"_sort_desc={AMOUNT}" if peer else f"_sort=-{AMOUNT}"
    counted = f"_facet={YEARS}&_size=0" if peer else f"_group={YEARS}&_agg=count"
    under = [f"{CLASS}={quote(f'类别{n % 16:02d}')}&{AMOUNT}__gt={1 + n * 37}"
             for n in range(len(codes))]  # fmt: skip
    return [
        [f"{page}&{NUMBER}__gt={n * step}" for n in range(len(codes))],
        [f"{page}&{CODE}={code}" for code in codes],
        [f"{page}&{ordered}&{one}" for one in under],
        [f"{door}?{counted}&{one}" for one in under],
    ]


def _published(place: Place, path: Path) -> str:
    slug, resource = place.stack.entry()
    version = place.stack.deliver(resource, path, path.name)
    assert version["state"] == "examined", version["problems"]
    place.stack.publish(slug)
    return resource


def _ours(scale: Scale, path: Path, codes: list[str], step: int) -> Measured:
    folder = path.parent
    with open_place(folder, 60, None) as place:
        door = f"/api/v1/resources/{_published(place, path)}/rows"
        env = place.env | {"GONGKAI_RATE_LIMIT_PERCENT": "0"}
        with served(env, folder, workers=2, threads=4) as port:
            kinds = _questions(door, codes, step, peer=False)
            asked(port, [f"{door}?_limit={n + 1}" for n in range(FEW_AT_FIRST)], 1)
            small = scale.table_rows * len(NAMES) <= FEW_CELLS
            assert small or poll(lambda: any((folder / "home/rows").glob("*.rows")), 300, 0.5)
            loads = [asked(port, some, CLIENTS) for some in kinds]
        with webs(env, place.logs, 1) as [(web, port)]:
            narrowed = f"{door}?_format=csv&_limit=all&{AMOUNT}__gt=0"
            return Measured(loads, _streamed(port, web.pid, narrowed))


def _streamed(port: int, pid: int, address: str) -> Streamed:
    begun, held = time.perf_counter(), 0
    with peak(pid) as memory, closing(HTTPConnection("127.0.0.1", port, timeout=300)) as one:
        memory.look()
        before = memory.most
        one.request("GET", address)
        answer = one.getresponse()
        assert answer.status == 200, answer.read()[:300]
        while got := answer.read(2**20):
            held += len(got)
    return Streamed(held / (time.perf_counter() - begun), memory.most - before)


def _peer(scale: Scale, path: Path, codes: list[str], step: int) -> tuple[Measured | None, str]:
    folder = path.parent
    if not scale.datasette:
        return None, "Datasette is left out of the quick form"
    python = str(folder / "peer" / "bin" / "python")
    venv.create(folder / "peer", with_pip=True)
    install = [python, "-m", "pip", "install", "--quiet", "datasette"]
    if subprocess.run(install, capture_output=True, check=False).returncode:
        return None, "Datasette could not be installed here"
    database = folder / "peer.db"
    _fill(database, path)
    with _datasette(python, database) as (port, pid):
        kinds = _questions("/peer/rows.json", codes, step, peer=True)
        loads = [asked(port, some, CLIENTS) for some in kinds]
        return Measured(
            loads, _streamed(port, pid, f"/peer/rows.csv?_stream=on&{AMOUNT}__gt=0")
        ), ""


def _fill(database: Path, path: Path) -> None:
    with path.open(newline="") as file, closing(sqlite3.connect(database)) as connection:
        head, *body = csv.reader(file)
        columns = ", ".join(f'"{name}"' for name in head)
        connection.execute(
            f'create table rows ("{head[0]}" integer primary key, {columns.partition(", ")[2]})'
        )
        marks = ", ".join("?" * len(head))
        connection.executemany(f"insert into rows values ({marks})", body)
        for n, names in enumerate(INDEXES):
            listed = ", ".join(f'"{name}"' for name in names)
            connection.execute(f"create index by_{n} on rows ({listed})")
        connection.execute("analyze")
        connection.commit()


@contextmanager
def _datasette(python: str, database: Path) -> Iterator[tuple[int, int]]:
    port = free_port()
    words = [python, "-m", "datasette", "serve", "-i", str(database), "-p", str(port),
             "--setting", "sql_time_limit_ms", "60000", "--setting", "facet_time_limit_ms", "60000",
             "--setting", "max_csv_mb", "0"]  # fmt: skip
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            assert poll(lambda: _up(port), pause=0.1), "Datasette did not start"
            yield port, process.pid
        finally:
            process.kill()


def _up(port: int) -> bool:
    try:
        asked(port, ["/-/versions.json"], 1)
    except OSError:
        return False
    return True
