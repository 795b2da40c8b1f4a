"""Published table schemas and the templates made from them: ``/standards``."""

from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import plain, whole
from catalog.api.doors import PREFIX, Door, File
from catalog.services import standards
from datasets.collecting import MEDIA_TYPE
from schemas.paging import page_of
from schemas.standards import SchemaOut, StandardOut

door = Door("standards", "Table schemas for what agencies publish most, and their templates")


def summary(schema: dict[str, Any]) -> dict[str, Any]:
    """A standard in a list, in the language of the request."""
    english = http.language() == "en"
    said = {
        name: (schema.get(f"gongkai:{name}En") if english else "") or schema.get(name, "")
        for name in ("title", "description")
    }
    url = f"{PREFIX}/standards/{schema['name']}"
    return {
        "name": schema["name"],
        **said,
        "edition": schema.get("gongkai:edition", ""),
        "fields": len(schema["fields"]),
        "sources": [source["title"] for source in schema["sources"]],
        "url": url,
        "template": f"{url}.xlsx",
    }


@door.get("/standards", answers=page_of(StandardOut))
def listing() -> Response:
    """Published table schemas"""
    return whole([summary(schema) for schema in standards.every()], StandardOut)


@door.get("/standards/<name>", answers=SchemaOut)
def show(name: str) -> Response:
    """A published table schema, as Table Schema"""
    return plain(standards.get(name))


@door.get("/standards/<name>.xlsx", answers=File(MEDIA_TYPE))
def template(name: str) -> Response:
    """The XLSX template of a published table schema"""
    return http.send_template(standards.get(name), name, standard=name)
