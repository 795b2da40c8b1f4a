"""For people who write programs: ``/developers``."""

from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import ANONYMOUS
from catalog.http import limits
from catalog.pages.render import page
from catalog.services import downloads, resources, searching
from catalog.services.searching import SearchQuery
from datasets.filters import OPERATORS
from schemas.licences import LICENCES
from schemas.records import Message

blueprint = Blueprint("pages-developers", __name__)


def doors(slug: str) -> list[dict[str, Any]]:
    """Other people's standards, and what each is for; ``slug`` is an entry with open tables."""
    entry = f"/datasets/{slug or '{slug}'}"
    return [
        {"standard": standard, "urls": urls, "purpose": purpose, "works": slug or "{" not in urls[0]}
        for standard, urls, purpose in (
            ("DCAT-AP 3.0.1", ("/catalog.jsonld", "/catalog.ttl", "/catalog.rdf"),
             _("The catalogue as linked data, 100 entries a page; Hydra names the next page.")),
            ("DCAT-AP 3.0.1", (f"{entry}.jsonld", f"{entry}.ttl", f"{entry}.rdf"),
             _("One entry. The address of its page answers the same to who asks for such a type.")),
            ("DCAT-US 1.1", ("/data.json",), _("The whole catalogue in one document.")),
            ("OAI-PMH 2.0", ("/oai?verb=Identify",),
             _("Harvesting by date, with resumption and with what was taken away.")),
            ("CSV, NDJSON, Parquet, XLSX",
             ("/catalog.csv", "/catalog.ndjson", "/catalog.parquet", "/catalog.xlsx"),
             _("The catalogue as one table.")),
            ("Data Package 2", (f"{entry}/datapackage.json", f"{entry}.zip"),
             _("The tables of an entry with their schemas; as an archive with the files in it.")),
            ("Croissant 1.0", (f"{entry}/croissant.json",),
             _("The tables of an entry for machine learning.")),
            ("schema.org", (entry,), _("In every page of an entry, for search engines.")),
            ("Atom (RFC 4287)", ("/feed.atom", "/datasets.atom?theme=社会保障"),
             _("What is new, changed or taken away; the same for any search.")),
            ("Sitemap 0.9", ("/sitemap.xml", "/robots.txt"), _("For crawlers.")),
            ("OpenAPI 3.1", ("/api/v1/openapi.json",), _("The native interface, described.")),
            ("SQL (SELECT)", ("/api/v1/query?sql=SELECT+1",),
             _("One question over open tables, with limits.")),
            ("CKAN Action API 3", ("/api/3/action/package_search?q=", "/api/3/action/status_show"),
             _("For clients of CKAN portals: ckanapi, ckanr, harvesters.")),
            ("Model Context Protocol", ("/mcp",), _("For agents: search, describe, query.")),
            ("JSON, CSV", ("/datasets.json", "/datasets.csv"),
             _("Every list page has these twins, with the same filters.")),
        )
    ]  # fmt: skip


@blueprint.get("/developers")
def index() -> Response:
    """Ways to the data, with an example that works."""
    settings = http.runtime().settings
    base = settings.public_url.rstrip("/")
    example = _example(base)
    places = {"column": _("column"), "value": _("value")}
    return page(
        "developers/index.html",
        base_url=base,
        limits={"rows": settings.max_rows_answered, "seconds": f"{settings.query_seconds:g}"},
        quotas=limits.quotas(),
        example=example,
        operators=[(code, Message(one.sentence.text, places)) for code, one in OPERATORS.items()],
        doors=doors(example["slug"] if example else ""),
    )


@blueprint.get("/developers/terms")
def terms() -> Response:
    """The platform's own terms of use, which entries name as their licence."""
    return page("developers/terms.html", licence=LICENCES["gongkai-open-1.0"])


def _example(base: str) -> dict[str, str] | None:
    """A table that is open to everybody now."""
    query = SearchQuery(
        openness=("unconditional",),
        state=("published",),
        format=("parquet",),
        sort="modified",
        limit=5,
    )
    with http.reading() as session:
        for dataset in searching.search(session, http.runtime().index, ANONYMOUS, query).items:
            for resource in resources.of(session, dataset):
                if downloads.artefacts(dataset, resource):
                    return {
                        "slug": dataset.slug,
                        "resource": resource.name,
                        "title": dataset.title,
                        "rows_url": f"{base}/api/v1/resources/{resource.id}/rows",
                    }
    return None
