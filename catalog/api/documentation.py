"""The readable description of the API: ``/api/docs``, made from the OpenAPI document, without script."""

from collections.abc import Mapping
from typing import Any, cast

from apispec import APISpec
from flask import Blueprint, current_app, render_template
from flask_babel import gettext as _

from catalog import http
from catalog.api.doors import PREFIX
from schemas.records import Message

blueprint = Blueprint("api-docs-page", __name__)
DESCRIPTION = "gongkai-api-description"
METHODS = ("get", "post", "put", "patch", "delete")


def description() -> dict[str, Any]:
    """The OpenAPI document."""
    return cast("APISpec", current_app.extensions[DESCRIPTION]).to_dict()


@blueprint.get("/api/docs")
def docs() -> str:
    """Every call, its arguments, bodies and answers."""
    document = description()
    base = http.runtime().settings.public_url.rstrip("/")
    return render_template(
        "developers/reference.html",
        base=base,
        language=http.language(),
        site_name=http.runtime().settings.site_name,
        description=f"{PREFIX}/openapi.json",
        groups=groups(document),
        schemas=sorted(document["components"]["schemas"].items()),
        said=said,
    )


def said(text: str) -> str:
    """A sentence of the OpenAPI document, which is English, in the language of the page."""
    return http.say(Message(" ".join(text.split())))


def groups(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The calls by tag, each with what a reader needs."""
    calls: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                operation = operations[method]
                calls[operation["tags"][0]].append(_call(path, method, operations, operation))
    return [
        {
            "name": tag["name"],
            "title": said(tag["name"]),
            "description": said(tag["description"]),
            "calls": calls[tag["name"]],
        }
        for tag in document["tags"]
    ]


def _call(
    path: str, method: str, operations: Mapping[str, Any], operation: Mapping[str, Any]
) -> dict[str, Any]:
    parameters = [*operations.get("parameters", []), *operation.get("parameters", [])]
    body = operation.get("requestBody", {}).get("content", {})
    answers = [
        {"status": status, "shape": _shape(answer.get("content", {}))}
        for status, answer in operation["responses"].items()
        if status.isdigit() and status.startswith("2")
    ]
    return {
        "method": method.upper(),
        "path": path,
        "summary": said(operation.get("summary", "")),
        "parameters": parameters,
        "body": _shape(body),
        "answers": answers,
    }


def _shape(content: Mapping[str, Any]) -> dict[str, str] | None:
    """Media type and the name of the shape, when there is a body; a file has no named shape."""
    for media_type, described in content.items():
        schema = described.get("schema", {})
        reference = schema.get("$ref") or schema.get("items", {}).get("$ref", "")
        many = _("list of") if schema.get("type") == "array" else ""
        return {"type": media_type, "many": many, "name": reference.rpartition("/")[2]}
    return None
