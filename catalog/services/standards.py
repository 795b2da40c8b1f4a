"""Published table schemas, and which schema a table's template is made from."""

from typing import Any

from catalog.errors import missing
from catalog.models import Resource
from datasets.validation import accept_schema
from datasets.validation.acceptance import SchemaProblem
from schemas import tables
from schemas.field_rules import TYPES


def get(name: str) -> dict[str, Any]:
    """The published schema called ``name``."""
    if name not in tables.names():
        raise missing("standard")
    return tables.load(name)


def every() -> list[dict[str, Any]]:
    """All published schemas, in the order they are shown."""
    return [tables.load(name) for name in tables.names()]


def of_table(resource: Resource) -> tuple[dict[str, Any], str]:
    """The schema that deliveries of a table are judged by, and its published name, if it has one.

    A table without either is described by the fields of its entry; without fields there is none.
    """
    if resource.table_schema is not None:
        return resource.table_schema, ""
    if resource.schema_name:
        return tables.load(resource.schema_name), resource.schema_name
    described = [
        {
            "name": field.name,
            "title": field.title or field.name,
            "type": field.type if field.type in TYPES else "string",
            "description": field.description,
        }
        for field in resource.dataset.fields
    ]
    try:
        schema = accept_schema({"title": resource.title or resource.name, "fields": described})
    except SchemaProblem:
        raise missing("template") from None
    return schema, ""
