"""Rows of a published table over HTTP, beside Datasette."""

import csv
import sqlite3
import subprocess
import venv
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from tests.bench.figures import NONE, Row, times
from tests.bench.load import Load, asked
from tests.bench.made_tables import write_csv
from tests.bench.scale import Scale
from tests.common.deliveries import Place, open_place
from tests.common.processes import poll, served
from tests.common.servers import free_port

WORKS = (
    "a page of 100 rows", "one row by its code", "rows of a class by amount, the largest 100",
    "counts by year under a filter",
)  # fmt: skip
CLIENTS = 8
NUMBER, CODE, CLASS, AMOUNT, YEARS = map(quote, ("序号", "编码", "类别", "金额", "年限"))
INDEXES = (("编码",), ("类别", "金额"), ("类别", "年限"))
"""What a careful keeper of a Datasette makes for these questions."""


def rows(scale: Scale, folder: Path) -> list[Row]:
    """Eight clients; each question once, so that nothing is answered from memory."""
    path = write_csv(folder / "table.csv", scale.table_rows)
    step = max(1, scale.table_rows // scale.repeats)
    with path.open(newline="") as file:
        codes = [line[1] for n, line in enumerate(csv.reader(file)) if n and n % step == 0]
    ours = _ours(folder, path, codes, step)
    peer, why = _peer(scale, folder, path, codes, step)
    return [
        Row(
            f"Row API over {scale.table_rows:,} rows x 12, {CLIENTS} clients: {work}",
            str(mine),
            f"{peer[n]} (Datasette, composite indexes)" if peer else why,
            times(1 / mine.rate, 1 / peer[n].rate) if peer else NONE,
        )
        for n, (work, mine) in enumerate(zip(WORKS, ours, strict=True))
    ]


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


def _ours(folder: Path, path: Path, codes: list[str], step: int) -> list[Load]:
    with open_place(folder, 60, None) as place:
        door = f"/api/v1/resources/{_published(place, path)}/rows"
        env = place.env | {"GONGKAI_RATE_LIMIT_PERCENT": "0"}
        with served(env, folder, workers=2, threads=4) as port:
            kinds = _questions(door, codes, step, peer=False)
            return [asked(port, some, CLIENTS) for some in kinds]


def _peer(
    scale: Scale, folder: Path, path: Path, codes: list[str], step: int
) -> tuple[list[Load], str]:
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
        kinds = _questions("/peer/rows.json", codes, step, peer=True)
        return [asked(port, some, CLIENTS) for some in kinds], ""


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
def _datasette(python: str, database: Path) -> Iterator[int]:
    port = free_port()
    words = [python, "-m", "datasette", "serve", "-i", str(database), "-p", str(port),
             "--setting", "sql_time_limit_ms", "60000", "--setting", "facet_time_limit_ms", "60000"]  # fmt: skip
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            assert poll(lambda: _up(port), pause=0.1), "Datasette did not start"
            yield port
        finally:
            process.kill()


def _up(port: int) -> bool:
    try:
        asked(port, ["/-/versions.json"], 1)
    except OSError:
        return False
    return True
