"""For people who write programs: ``/developers``."""

from flask import Blueprint
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import ANONYMOUS
from catalog.pages.render import page
from catalog.services import downloads, resources, searching
from catalog.services.searching import SearchQuery
from datasets.filters import OPERATORS
from schemas.records import Message

blueprint = Blueprint("pages-developers", __name__)
DOORS = (
    ("OpenAPI 3.1", "/api/v1/openapi.json"),
    ("RFC 9457 (application/problem+json)", "/api/docs"),
    ("SQL (SELECT)", "/api/v1/query?sql=SELECT+1"),
    ("Model Context Protocol", "/mcp"),
    ("JSON", "/datasets.json"),
    ("CSV (RFC 4180)", "/datasets.csv"),
)


@blueprint.get("/developers")
def index() -> Response:
    """Ways to the data, with an example that works."""
    settings = http.runtime().settings
    base = settings.public_url.rstrip("/")
    places = {"column": _("column"), "value": _("value")}
    return page(
        "developers/index.html",
        base_url=base,
        limits={"rows": settings.max_rows_answered, "seconds": f"{settings.query_seconds:g}"},
        example=_example(base),
        operators=[(code, Message(one.sentence.text, places)) for code, one in OPERATORS.items()],
        doors=[{"name": name, "url": url, "standard": name} for name, url in DOORS],
    )


def _example(base: str) -> dict[str, str] | None:
    """A table that is open to everybody now."""
    query = SearchQuery(openness=("unconditional",), state=("published",), sort="modified", limit=5,
                        facets=False)  # fmt: skip
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
