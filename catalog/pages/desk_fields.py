"""The fields of an entry as a form: names, types, openness, and the item that closes each."""

from typing import Any

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Identity, Permission, require
from catalog.errors import RuleError
from catalog.models import Dataset
from catalog.pages.asking import form_text, form_version, today
from catalog.pages.desk import DESK_ROLES
from catalog.pages.render import page
from catalog.pages.staff import need
from catalog.services import directory, facts, fields, negative_list
from schemas import tables
from schemas.records import Message
from schemas.vocabularies import Openness

blueprint = Blueprint("pages-desk-fields", __name__)
KEYS = ("name", "title", "type", "length", "openness", "item", "description")
BLANK = {"name": "", "title": "", "type": "string", "length": "", "openness": "unassessed",
         "item": "", "description": ""}  # fmt: skip
MORE = 5
MOST = 2_000


def typed() -> list[dict[str, Any]]:
    """The rows of the form, without removed ones; blank rows stay where they are."""
    rows = []
    for at in range(MOST + MORE):
        prefix = f"fields-{at}-"
        if f"{prefix}name" not in request.form:
            break
        row = {key: form_text(prefix + key) for key in KEYS}
        if f"{prefix}remove" not in request.form:
            rows.append(row)
    return rows


def _stored(dataset: Dataset, closed: dict[str, list[str]]) -> list[dict[str, Any]]:
    return [
        {
            "name": field.name, "title": field.title, "type": field.type, "length": field.length,
            "description": field.description, "openness": field.openness,
            "item": next(iter(closed.get(field.name, [])), ""),
        }
        for field in dataset.fields
    ]  # fmt: skip


def _of_table(name: str, openness: str) -> list[dict[str, Any]]:
    """Rows from a published schema."""
    return [
        {
            **BLANK, "name": field["name"], "title": field.get("title", ""),
            "type": field.get("type", "string"), "openness": openness,
            "description": field.get("description", ""),
        }
        for field in tables.load(name)["fields"]
    ]  # fmt: skip


def tables_available() -> list[tuple[str, str]]:
    """Published schemas to start from or to check against."""
    return [(name, str(tables.load(name).get("title", name))) for name in tables.names()]


def _form(
    session: Session,
    dataset: Dataset,
    rows: list[dict[str, Any]],
    *,
    errors: dict[str, Message] | None = None,
    status_code: int = 200,
) -> Response:
    return page(
        "desk/fields_form.html",
        status_code=status_code,
        dataset={"slug": dataset.slug, "title": dataset.title},
        action=f"/desk/datasets/{dataset.slug}/fields",
        revision=dataset.version,
        errors=errors or {},
        fields=rows or [BLANK] * MORE,
        items=[
            (item.number, f"{item.number} {item.name}")
            for item in negative_list.in_force(session, today())
        ],
        inferred_from="",
        tables_available=tables_available(),
    )


def _mine(session: Session, actor: Identity, slug: str) -> Dataset:
    dataset = directory.get(session, actor, slug)
    require(actor, Permission.DATASET_AMEND, dataset)
    return dataset


@blueprint.get("/desk/datasets/<slug>/fields")
def edit(slug: str) -> Response:
    """The stored fields."""
    actor = need(*DESK_ROLES)
    with http.reading() as session:
        dataset = _mine(session, actor, slug)
        return _form(session, dataset, _stored(dataset, facts.links(session, dataset.id)))


@blueprint.post("/desk/datasets/<slug>/fields")
def save(slug: str) -> Response:
    """Save the fields, or show the form with more rows or a published schema's rows."""
    actor = need(*DESK_ROLES)
    rows = typed()
    named = [row for row in rows if row["name"]]
    table = form_text("table")
    if form_text("then") == "more" or (table in tables.names() and not named):
        with http.reading() as session:
            dataset = _mine(session, actor, slug)
            if table in tables.names() and not named:
                openness = dataset.openness
                withheld = openness == Openness.WITHHELD
                rows = _of_table(table, Openness.UNASSESSED if withheld else openness)
            else:
                rows = rows + [BLANK] * MORE
            return _form(session, dataset, rows)
    try:
        with http.transaction() as session:
            fields.set_fields(
                session, actor, slug, [_value(row) for row in named], expected=form_version(),
                now=http.now(),
            )  # fmt: skip
    except RuleError as error:
        if error.status not in {409, 412, 422}:
            raise
        with http.reading() as session:
            dataset = _mine(session, actor, slug)
            errors = _errors(error, named)
            return _form(session, dataset, named, errors=errors, status_code=error.status)
    flash(_("Saved."), "ok")
    return redirect(f"/desk/datasets/{slug}", 303)


def _value(row: dict[str, Any]) -> dict[str, Any]:
    value = {key: row[key] for key in ("name", "title", "type", "openness", "description")}
    if row["length"]:
        digits = row["length"].isascii() and row["length"].isdigit() and len(row["length"]) < 10
        value["length"] = int(row["length"]) if digits else row["length"]
    if row["openness"] == Openness.WITHHELD:
        value["withheld_by"] = [row["item"]] if row["item"] else []
    return value


def _errors(error: RuleError, rows: list[dict[str, Any]]) -> dict[str, Message]:
    """Refusals under the names of the inputs; one without a place stands at the first closed row."""
    first = next((at for at, row in enumerate(rows) if row["openness"] == Openness.WITHHELD), 0)
    found: dict[str, Message] = {}
    for name, messages in error.fields.items():
        parts = name.split(".")
        if len(parts) == 3:
            key = "item" if parts[2] == "withheld_by" else parts[2]
            found[f"fields-{parts[1]}-{key}"] = messages[0]
        elif name == "withheld_by":
            found[f"fields-{first}-item"] = messages[0]
        else:
            found[name] = messages[0]
    return found or {"form": error.cause}
