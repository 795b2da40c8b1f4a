"""The roster for administrators: ``/admin/units``."""

from typing import Any

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Permission, can
from catalog.errors import Invalid, RuleError
from catalog.models import Dataset, Unit
from catalog.pages.admin import ROLES
from catalog.pages.asking import (  # fmt: skip
    TABLE_SIZE,
    argument,
    field_errors,
    form_text,
    form_version,
    numbered,
    page_number,
    today,
)
from catalog.pages.render import page
from catalog.pages.staff import every_unit, need
from catalog.services import departed_units, regions, small_tables, units
from schemas.records import Message, Problem

blueprint = Blueprint("pages-admin-units", __name__)
FORM = ("name", "short_name", "kind", "region", "parent", "successor", "contact")
DAYS = ("roster_from", "roster_to", "empty_from", "empty_to")


def _index(
    *,
    values: dict[str, Any] | None = None,
    errors: dict[str, Message] | None = None,
    problems: list[Problem] | None = None,
    status_code: int = 200,
) -> Response:
    q, at = argument("q"), page_number()
    query = select(Unit)
    if q:
        query = query.where(or_(Unit.name.contains(q, autoescape=True), Unit.code == q))
    if argument("provisional"):
        query = query.where(Unit.provisional)
    with http.reading() as session:
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        found = session.scalars(
            query.order_by(Unit.name).offset((at - 1) * TABLE_SIZE).limit(TABLE_SIZE)
        ).all()
        return page(
            "admin/units.html",
            status_code=status_code,
            units=_rows(session, list(found)),
            q=q,
            page=numbered(total, TABLE_SIZE, at),
            can_change=can(http.actor(), Permission.UNIT_MANAGE),
            values=values or {},
            errors=errors or {},
            parents=every_unit(session),
            problems=problems or [],
            places=regions.listed(session),
        )


def _rows(session: Session, found: list[Unit]) -> list[dict[str, Any]]:
    held = dict(
        session.execute(
            select(Dataset.unit_id, func.count())
            .where(Dataset.unit_id.in_([one.id for one in found]))
            .group_by(Dataset.unit_id)
        ).all()
    )
    return [
        {
            "code": one.code, "name": one.name, "provisional": one.provisional, "kind": one.kind,
            "parent": one.parent.name if one.parent else "", "on_roster_from": one.roster_from,
            "on_roster_to": one.roster_to, "entries": held.get(one.id, 0), "revision": one.version,
        }
        for one in found
    ]  # fmt: skip


@blueprint.get("/admin/units")
def index() -> Response:
    """Every unit, on the roster or not."""
    need(*ROLES)
    return _index()


@blueprint.post("/admin/units")
def add() -> Response:
    """Put a unit on the roster."""
    actor = need(*ROLES)
    given: dict[str, Any] = {
        name: form_text(name) for name in ("code", "name", "kind", "region", "parent")
    }
    given["roster_from"] = form_text("on_roster_from") or None
    try:
        with http.transaction() as session:
            name = units.add(session, actor, given, now=http.now()).name
    except RuleError as error:
        if error.status != 422:
            raise
        errors = field_errors(error, {"roster_from": "on_roster_from"})
        return _index(values=request.form.to_dict(), errors=errors, status_code=422)
    flash(_("%(name)s is on the roster.", name=name), "ok")
    return redirect("/admin/units", 303)


@blueprint.post("/admin/regions")
def name_region() -> Response:
    """Name an administrative division."""
    actor = need(*ROLES)
    try:
        with http.transaction() as session:
            regions.enter(
                session, actor, form_text("region_code"), form_text("region_name"), now=http.now()
            )
    except RuleError as error:
        if error.status != 422:
            raise
        errors = field_errors(error, {"code": "region_code", "name": "region_name"})
        return _index(values=request.form.to_dict(), errors=errors, status_code=422)
    flash(_("Saved."), "ok")
    return redirect("/admin/units#regions", 303)


@blueprint.post("/admin/units/import")
def import_roster() -> Response:
    """Add or amend units from a CSV or XLSX table, row by row."""
    actor = need(*ROLES)
    try:
        rows = _table()
        with http.transaction() as session:
            done = units.import_rows(session, actor, rows, now=http.now())
    except RuleError as error:
        if error.status != 422:
            raise
        return _index(errors=field_errors(error), status_code=422)
    flash(http.say(Message("%(taken)s units were taken.", {"taken": done.taken})), "ok")
    if not done.refused:
        return redirect("/admin/units", 303)
    remedy = Message("Correct the row and import the file again; the other rows are in.")
    problems = [
        Problem("row-refused", Message("Row %(row)s: %(text)s", {"row": row, "text": text}), remedy)
        for row, text in done.refused[:100]
    ]
    return _index(problems=problems, status_code=422)


def _table() -> list[dict[str, str]]:
    """The rows of an uploaded table. Raises ``Invalid``."""
    file = request.files.get("file")
    data = file.read() if file else b""
    rows = list(
        small_tables.records(data, http.clean_file_name(str(file.filename if file else "")))
    )
    if rows:
        return rows
    cause = Message("The file is no table with a header and rows.")
    raise Invalid("unreadable-table", cause, fields={"file": [cause]})


def _values(session: Session, unit: Unit) -> dict[str, Any]:
    successor = session.get(Unit, unit.successor_id) if unit.successor_id else None
    return {
        **{name: getattr(unit, name) for name in ("code", "name", "short_name", "kind", "region",
                                                  "contact", *DAYS)},
        "parent": unit.parent.code if unit.parent else "",
        "successor": successor.code if successor else "",
    }  # fmt: skip


def _form(
    code: str,
    *,
    values: dict[str, Any] | None = None,
    errors: dict[str, Message] | None = None,
    status_code: int = 200,
) -> Response:
    with http.reading() as session:
        unit = units.get(session, code)
        return page(
            "admin/unit.html",
            status_code=status_code,
            unit={"code": unit.code, "name": unit.name, "provisional": unit.provisional},
            values=values or _values(session, unit),
            errors=errors or {},
            revision=unit.version,
            parents=[one for one in every_unit(session) if one[0] != unit.code],
            left=[one.said for one in departed_units.left_behind(session, today(), code)],
        )


@blueprint.get("/admin/units/<code>")
def edit(code: str) -> Response:
    """The form of one unit."""
    need(ROLES[0])
    return _form(code)


@blueprint.post("/admin/units/<code>")
def amend(code: str) -> Response:
    """Change a unit; a provisional code may become the real one."""
    actor = need(*ROLES)
    given: dict[str, Any] = {name: form_text(name) for name in FORM if name in request.form}
    given |= {name: form_text(name) or None for name in DAYS if name in request.form}
    if form_text("code"):
        given["code"] = form_text("code")
    try:
        with http.transaction() as session:
            made = units.amend(session, actor, code, given, expected=form_version(), now=http.now())
            naming = len(departed_units.naming(session, today(), made.code))
            left = departed_units.left_behind(session, today(), made.code)
    except RuleError as error:
        if error.status not in {409, 412, 422}:
            raise
        typed = request.form.to_dict()
        return _form(code, values=typed, errors=field_errors(error), status_code=error.status)
    flash(_("Saved."), "ok")
    for one in left:
        flash(http.say(one.said), "warn")
    if naming:
        text = _("%(count)s items and guidelines still name it; keepers find them among their duties.",
                 count=naming)  # fmt: skip
        flash(text, "warn")
    return redirect("/admin/units", 303)
