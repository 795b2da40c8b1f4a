"""One entry for other software: DCAT-AP, Data Package, Croissant, and a ZIP with its files."""

from collections.abc import Callable, Iterable, Iterator

import orjson
from flask import Blueprint
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.http.outward import RELEASE, check_arguments, site
from catalog.http.turns import while_sent
from catalog.services import downloads, exchange, facts, publications
from datasets.exports import zipped
from datasets.storage import Storage
from schemas import published
from schemas.interop import datapackage, dcat_out, schema_org
from schemas.published import PublishedEntry, Site

blueprint = Blueprint("descriptions", __name__)
LINKED = ", ".join(dcat_out.SERIALISATIONS)


@blueprint.get(f"/datasets/<slug>.<any({LINKED}):suffix>")
def linked(slug: str, suffix: str) -> Response:
    """An entry as DCAT-AP 3.0.1, closed ones with their access rights and the reason."""
    check_arguments()
    here = site()
    _, media_type = dcat_out.SERIALISATIONS[suffix]
    with http.reading() as session:
        entry = exchange.entry(session, slug, base=here.url, today=facts.day(http.now()))
        return _described(session, entry, suffix, media_type,
                          lambda: dcat_out.dataset(here, entry, suffix))  # fmt: skip


@blueprint.get("/datasets/<slug>/datapackage.json")
def package(slug: str) -> Response:
    """The open tables of an entry as a Data Package 2."""
    return _of_tables(slug, "datapackage", "application/json", datapackage.to_datapackage)


@blueprint.get("/datasets/<slug>/croissant.json")
def croissant(slug: str) -> Response:
    """The open tables of an entry as Croissant 1.0."""
    return _of_tables(slug, "croissant", "application/ld+json", schema_org.to_croissant)


def _of_tables(
    slug: str, door: str, media_type: str, write: Callable[[Site, PublishedEntry], object]
) -> Response:
    check_arguments()
    here = site()
    with http.reading() as session:
        entry = exchange.entry_with_tables(
            session, slug, base=here.url, today=facts.day(http.now())
        )
        return _described(session, entry, door, media_type,
                          lambda: orjson.dumps(write(here, entry)))  # fmt: skip


def _described(
    session: Session, entry: PublishedEntry, door: str, media_type: str, make: Callable[[], bytes]
) -> Response:
    stated = publications.one(session, entry.slug, base="")
    return http.for_everybody(
        make,
        media_type=media_type,
        tag=http.tag_of(RELEASE, site(), door, published.dumps(entry)),
        modified=stated.changed_at if stated else entry.changed_at,
    )


@blueprint.get("/datasets/<slug>.zip")
def archive(slug: str) -> Response:
    """The descriptor and the current files, made into an archive while they are sent."""
    check_arguments()
    here = site()
    with http.reading() as session:
        entry = exchange.entry_with_tables(
            session, slug, base=here.url, today=facts.day(http.now())
        )
        downloads.check_entry(session, http.actor(), slug)
        changed = entry.changed_at
    descriptor = orjson.dumps(
        datapackage.to_datapackage(here, entry, inside=True), option=orjson.OPT_INDENT_2
    )
    storage = http.runtime().storage

    def make() -> Iterable[bytes]:
        return while_sent(zipped.stream(_members(storage, entry, descriptor)))

    answer = http.for_everybody if entry.openness == "unconditional" else http.for_entitled
    return answer(
        make,
        media_type="application/zip",
        tag=http.tag_of(RELEASE, descriptor),
        modified=changed,
        headers={"Content-Disposition": http.disposition(f"{entry.title}.zip")},
    )


def _members(storage: Storage, entry: PublishedEntry, descriptor: bytes) -> Iterator[zipped.Member]:
    yield zipped.Member("datapackage.json", entry.changed_at, (descriptor,))
    for table in entry.tables:
        file = datapackage.table_file(table)
        if file is not None:
            yield zipped.Member(
                datapackage.path_inside(table),
                table.modified or entry.changed_at,
                storage.open_range(file.sha256),
            )
