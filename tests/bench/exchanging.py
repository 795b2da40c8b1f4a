"""What other portals harvest: documents made, the whole catalogue sent, a page, a part, a copy still good."""

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from rdflib import Graph
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import selectinload

from catalog.db import Base, Database
from catalog.models import Dataset, Examination, Publication, PublicationChange, Resource, Version
from catalog.runtime import build
from catalog.services import publications
from catalog.services.visibility import public
from catalog.settings import Settings
from catalog.web import create_app
from schemas.interop import dcat_out, graph_text
from schemas.published import Site
from tests.bench.crowd import BATCH, NOW, fill
from tests.bench.figures import NONE, Row, seconds, spread, times
from tests.bench.scale import Scale

FIELDS = [{"name": f"column{n}", "type": "string", "title": f"第{n}列"} for n in range(8)]


def exchanging(scale: Scale, folder: Path) -> list[Row]:
    """The doors of other people's standards over a directory in which every second entry has files."""
    runtime = build(Settings(home=folder), lambda: NOW)
    try:
        Base.metadata.create_all(runtime.database.engine)
        fill(runtime.database, scale.units, scale.search_entries)
        tables(runtime.database)
        client = create_app(runtime).test_client()
        made = seconds(lambda: publications.catch_up(runtime.database, runtime.clock))
        return [_made(runtime.database, made), *_whole(runtime.database, client),
                *_parts(runtime.database, client, scale)]  # fmt: skip
    finally:
        runtime.close()


def tables(database: Database) -> None:
    """A table in five formats for every second entry, and every entry to be described."""
    with database.write() as session:
        ids = list(session.scalars(select(Dataset.id).order_by(Dataset.id)))
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        with database.write() as session:
            held = [n for n in some if n % 2]
            session.execute(insert(Resource), [_resource(n) for n in held])
            session.execute(insert(Version), [_version(n) for n in held])
            session.execute(insert(Examination), [_examination(n) for n in held])
            session.execute(insert(PublicationChange), [{"dataset_id": n} for n in some])
    with database.write() as session:
        current = {"current_version_id": Resource.id, "current_examination_id": Resource.dataset_id}
        session.execute(update(Resource).values(current))


def _resource(n: int) -> dict[str, Any]:
    return {
        "id": f"{n:032d}", "dataset_id": n, "name": "table", "title": "数据表", "public": True,
        "proposed": {}, "created_at": NOW, "version": 1,
    }  # fmt: skip


def _version(n: int) -> dict[str, Any]:
    return {
        "id": f"{n:032d}", "resource_id": f"{n:032d}", "number": 1, "state": "examined",
        "file_name": "table.csv", "repairs": [], "created_at": NOW, "published_at": NOW,
    }  # fmt: skip


def _examination(n: int) -> dict[str, Any]:
    names = ("csv", "json", "ndjson", "parquet", "xlsx")
    return {
        "id": n, "version_id": f"{n:032d}", "request_digest": f"{n:064d}", "finished_at": NOW,
        "valid": True, "rows": n, "members": [], "table_schema": {"fields": FIELDS},
        "public_schema": {"fields": FIELDS}, "report": {}, "repairs": [], "findings": [],
        "profile": {"columns": [{"name": f"column{at}", "top": ["值"] * 10} for at in range(8)]},
        "preview": [], "problems": [],
        "artefacts": {name: {"sha256": f"{n:064x}", "bytes": 1_000} for name in names},
    }  # fmt: skip


def _made(database: Database, taken: float) -> Row:
    with database.read() as session:
        count = session.scalar(select(func.count(Publication.dataset_id))) or 1
    return Row(
        f"Descriptions of {count:,} public entries made anew", f"{count / taken:,.0f} entries/s"
    )


def _whole(database: Database, client: FlaskClient) -> list[Row]:
    with database.read() as session:
        listed = publications.count(session)
    peer = seconds(lambda: _naive(database))
    rows = []
    for path in ("/data.json", "/catalog.csv", "/catalog.parquet"):
        taken = seconds(_take(client, path))
        rows.append(
            Row(
                f"{path}: {listed:,} entries sent",
                f"{taken:.1f} s, {listed / taken:,.0f} entries/s",
                f"{peer:.1f} s (entries and tables loaded as objects, dumped as JSON)",
                times(taken, peer),
            )
        )
    return [*rows, _memory(client, listed)]


def _take(client: FlaskClient, path: str) -> Callable[[], None]:
    def take() -> None:
        answer = client.get(path, buffered=False)
        assert answer.status_code == 200
        assert sum(len(piece) for piece in answer.iter_encoded()) > 0
        answer.close()

    return take


def _memory(client: FlaskClient, listed: int) -> Row:
    """Peak of Python's memory while data.json is sent."""
    tracemalloc.start()
    _take(client, "/data.json")()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return Row(
        f"/data.json: memory while {listed:,} entries are sent", f"{peak / 2**20:.1f} MB", NONE
    )


def _naive(database: Database) -> None:
    with database.read() as session:
        entries = session.scalars(
            select(Dataset).where(public()).options(selectinload(Dataset.unit))
        ).all()
        held: dict[int, list[Resource]] = {}
        for one in session.scalars(
            select(Resource).options(
                selectinload(Resource.current_version), selectinload(Resource.current_examination)
            )
        ):
            held.setdefault(one.dataset_id, []).append(one)
        told = [
            {
                "identifier": entry.slug, "title": entry.title, "description": entry.description,
                "publisher": {"name": entry.unit.name}, "keyword": entry.keywords,
                "distribution": [
                    {"downloadURL": f"{one.name}.{suffix}", **blob}
                    for one in held.get(entry.id, [])
                    if one.current_examination is not None
                    for suffix, blob in one.current_examination.artefacts.items()
                ],
            }
            for entry in entries
        ]  # fmt: skip
        json.dumps(told, ensure_ascii=False)


def _parts(database: Database, client: FlaskClient, scale: Scale) -> list[Row]:
    times_asked = min(scale.repeats, 20)
    site = Site("http://127.0.0.1:8000", "公开", "目录", "某市")
    with database.read() as session:
        entries, _ = publications.page(session, base=site.url, limit=100)
    graph = Graph().parse(data=graph_text.turtle(dcat_out.graph_of(site, entries)))
    page = spread([_take(client, "/catalog.ttl")] * times_asked)
    peer = spread([lambda: graph.serialize(format="turtle")] * min(times_asked, 5))
    part = spread([_take(client, "/oai?verb=ListRecords&metadataPrefix=oai_dc")] * times_asked)
    tag = client.head("/data.json").headers["ETag"]

    def again() -> None:
        assert client.get("/data.json", headers={"If-None-Match": tag}).status_code == 304

    good = spread([again] * times_asked)
    return [
        Row(f"/catalog.ttl: a page of {len(entries)} entries", str(page),
            f"{peer} (rdflib writing the same graph, nothing read)", times(page.p50, peer.p50)),
        Row("/oai: a part of 100 records as Dublin Core", str(part), NONE),
        Row("/data.json: a copy that is still good (304)", str(good), NONE),
    ]  # fmt: skip
