"""An entry's page for machines: the forms it also has, which one a client prefers, and the data block
for search engines."""

from collections.abc import Sequence
from typing import Any

import orjson
from flask import redirect, request
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog.http import outward
from catalog.models import Dataset
from catalog.services import publications
from catalog.services.exchange import ENDED
from catalog.services.visibility import is_public
from schemas.interop.schema_org import to_schema_org

LINKED = {
    "application/ld+json": "jsonld",
    "text/turtle": "ttl",
    "application/rdf+xml": "rdf",
}
_SAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def preferred() -> str:
    """The suffix of the form that the client would rather have than a page; empty for a page."""
    return LINKED.get(request.accept_mimetypes.best_match(["text/html", *LINKED]) or "", "")


def redirected(address: str) -> Response:
    """Lead to another form of the same (303, so that its address is not taken for the entry's)."""
    answer = redirect(address, 303)
    answer.vary.add("Accept")
    return answer


def of_entry(dataset: Dataset, *, tables: bool) -> list[dict[str, str]]:
    """The forms that an entry has besides its page."""
    url = f"/datasets/{dataset.slug}"
    found = [("JSON", f"/api/v1{url}", "application/json")]
    if is_public(dataset) and dataset.state not in ENDED:
        found += [
            ("JSON-LD", f"{url}.jsonld", "application/ld+json"),
            ("Turtle", f"{url}.ttl", "text/turtle"),
            ("RDF/XML", f"{url}.rdf", "application/rdf+xml"),
        ]
        if tables:
            found += [
                (_("Data Package"), f"{url}/datapackage.json", "application/json"),
                ("Croissant", f"{url}/croissant.json", "application/ld+json"),
                ("ZIP", f"{url}.zip", "application/zip"),
            ]
    return [{"name": name, "url": address, "type": kind} for name, address, kind in found]


def announced(answer: Response, forms: Sequence[dict[str, str]]) -> Response:
    """Name the forms in the Link header (RFC 8288)."""
    for form in forms:
        answer.headers.add("Link", f'<{form["url"]}>; rel="alternate"; type="{form["type"]}"')
    answer.vary.add("Accept")
    return answer


def data_block(session: Session, dataset: Dataset) -> Markup | None:
    """The entry as schema.org ``Dataset``, safe to stand in a script element, which no browser runs;
    None for one that is not in the catalogue."""
    site = outward.site()
    found = publications.some(session, [dataset.id], base=site.url)
    if not found:
        return None
    told: dict[str, Any] = to_schema_org(site, found[0])
    return Markup(orjson.dumps(told).decode().translate(_SAFE))  # noqa: S704  (escaped just here)
