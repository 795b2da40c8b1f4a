"""Standards for collecting data: every published table schema, its fields and its template."""

from typing import Any

import orjson
from flask import Blueprint
from werkzeug.wrappers import Response

from catalog import http
from catalog.pages import twins
from catalog.pages.render import alternates, page
from catalog.pages.staff import need
from catalog.services import marking, resources, standards
from schemas.field_rules import described, kind, rules, table_rules, titled
from schemas.vocabularies import Role

blueprint = Blueprint("pages-standards", __name__)


def _said(schema: dict[str, Any]) -> dict[str, str]:
    """Title and description of a schema in the language of the request."""
    english = http.language() == "en"
    return {
        name: (schema.get(f"gongkai:{name}En") if english else "") or schema.get(name, "")
        for name in ("title", "description")
    }


def _summary(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": schema["name"],
        **_said(schema),
        "edition": schema.get("gongkai:edition", ""),
        "fields": len(schema["fields"]),
        "sources": [source["title"] for source in schema["sources"]],
    }


def _field(field: dict[str, Any]) -> dict[str, Any]:
    spoken = http.language()
    title = titled(field, spoken)
    return {
        "name": field["name"],
        "title": title if title != field["name"] else "",
        "for_programs": field.get("gongkai:nameEn", ""),
        "required": bool(field.get("constraints", {}).get("required")),
        "kind": kind(field),
        "description": described(field, spoken),
        "rules": rules(field),
        "example": field.get("example", ""),
        "source": field.get("gongkai:source", ""),
        "aliases": field.get("gongkai:aliases", []),
    }


@blueprint.get("/standards", defaults={"form": "html"})
@blueprint.get("/standards.<any(json,csv):form>")
def index(form: str) -> Response:
    """Every published table schema."""
    shown = [_summary(schema) for schema in standards.every()]
    if form != "html":
        return twins.answer(form, shown, {})
    addresses = twins.links("/standards")
    answer = page("standards/index.html", standards=shown, twins=addresses)
    return alternates(answer, addresses)


@blueprint.get("/standards/<name>")
def show(name: str) -> Response:
    """One table schema: its fields with their rules, what it follows, its template."""
    schema = standards.get(name)
    return page(
        "standards/show.html",
        standard=_summary(schema),
        fields=[_field(field) for field in schema["fields"]],
        rules=table_rules(schema),
    )


@blueprint.get("/standards/<name>.xlsx")
def template(name: str) -> Response:
    """The template of a published schema."""
    return http.send_template(standards.get(name), name, standard=name)


@blueprint.get("/standards/<name>.json")
def as_json(name: str) -> Response:
    """The schema itself, as Table Schema."""
    return Response(orjson.dumps(standards.get(name)), content_type="application/json")


@blueprint.get("/desk/resources/<resource_id>/template.xlsx")
def template_of_table(resource_id: str) -> Response:
    """The template of the schema that deliveries of a table are judged by."""
    actor = need(Role.EDITOR, Role.REVIEWER, Role.ADMINISTRATOR, Role.AUDITOR)
    with http.reading() as session:
        resource = resources.get(session, actor, resource_id)
        schema, standard = standards.of_table(resource)
        name = resource.name
    return http.send_template(schema, name, standard=standard)


@blueprint.get("/desk/versions/<version_id>/marked.xlsx")
def marked(version_id: str) -> Response:
    """A delivery with errors as a workbook, its bad cells marked and explained."""
    actor = need(Role.EDITOR)
    with http.reading() as session:
        order = marking.order(
            session, actor, version_id, language=http.language(), settings=http.runtime().settings
        )
    return http.send_marked(order)
