"""The whole catalogue for other software: DCAT-AP in pages, DCAT-US, and as one table."""

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from flask import Blueprint, request
from werkzeug.wrappers import Response

from catalog import http
from catalog.http.outward import check_arguments, site, whole
from catalog.http.turns import while_sent
from catalog.services import publications
from datasets import exports
from datasets.exports import plain_rows
from schemas.interop import catalogue_rows, dcat_out, dcat_us
from schemas.published import PublishedEntry

blueprint = Blueprint("catalogue", __name__)
PAGE = 100
"""Entries on a page of the linked-data catalogue."""
LINKED = ", ".join(dcat_out.SERIALISATIONS)
TABLES = ("csv", "ndjson", "parquet", "xlsx")


@blueprint.get(f"/catalog.<any({LINKED}):suffix>")
def linked(suffix: str) -> Response:
    """A page of the catalogue as DCAT-AP 3.0.1; Hydra says where the next one is."""
    check_arguments("after")
    after = request.args.get("after", "")
    _, media_type = dcat_out.SERIALISATIONS[suffix]
    here = site()
    first = f"{here.url}/catalog.{suffix}"

    with http.reading() as session:

        def make() -> bytes:
            entries, following = publications.page(session, base=here.url, after=after, limit=PAGE)
            paging = dcat_out.Paging(
                url=_at(first, after),
                first=first,
                next=_at(first, following) if following else "",
                total=publications.count(session),
                size=PAGE,
            )
            return dcat_out.catalogue(here, entries, suffix, paging)

        return whole(session, make, media_type=media_type, name=f"catalog.{suffix}")


def _at(first: str, after: str) -> str:
    return f"{first}?after={quote(after)}" if after else first


@blueprint.get("/data.json")
def data_json() -> Response:
    """Every entry as DCAT-US 1.1, in one document that is made while it is sent."""
    check_arguments()
    here, entries = site(), _entries()
    with http.reading() as session:
        return whole(
            session,
            lambda: while_sent(dcat_us.catalogue(here, entries)),
            media_type="application/json",
            name="data.json",
        )


@blueprint.get(f"/catalog.<any({', '.join(TABLES)}):suffix>")
def table(suffix: str) -> Response:
    """Every entry as a row; ``?bom=1`` before a CSV for Excel."""
    check_arguments(*(("bom",) if suffix == "csv" else ()))
    here, entries = site(), _entries()
    bom = request.args.get("bom") == "1"

    def make() -> Iterable[bytes]:
        rows = (catalogue_rows.row(here, entry) for entry in entries)
        reader = plain_rows.reader(catalogue_rows.COLUMNS, rows)
        return while_sent(exports.stream(reader, suffix, bom=bom, excel=bom))

    with http.reading() as session:
        media_type = exports.EXPORTERS[suffix].media_type
        return whole(session, make, media_type=media_type, name=f"catalog.{suffix}")


def _entries() -> Iterator[PublishedEntry]:
    return publications.stream(http.runtime().database, base=site().url)
