"""Late corrections of many entries: ``/admin/corrections/sets``, drafted by one, approved by another."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Identity, Permission, can
from catalog.errors import RuleError
from catalog.models import Dataset
from catalog.pages import twins
from catalog.pages.admin import ROLES
from catalog.pages.admin_corrections import AT, FORM, STATES, given, items
from catalog.pages.asking import PAGE_SIZE, field_errors, form_text, slice_of, today
from catalog.pages.render import alternates, page
from catalog.pages.staff import every_unit, need
from catalog.services import correction_sets, correction_tables, openness, small_tables
from catalog.services.correction_effects import Effects
from catalog.services.correction_sets import Read, RowProblem, Which
from schemas.records import Message
from schemas.vocabularies import CorrectionState, Openness

blueprint = Blueprint("pages-admin-correction-sets", __name__)
SETS = f"{AT}/sets"
WHICH = ("unit", "which_theme", "class")


@blueprint.get(SETS, defaults={"form": "html"})
@blueprint.get(f"{SETS}.<any(json,csv):form>")
def index(form: str) -> Response:
    """Every set, the newest first."""
    actor = need(*ROLES)
    with http.reading() as session:
        found = correction_sets.listing(session, actor)
        rows = [correction_sets.shown(one) for one in found]
        if form != "html":
            return twins.answer(form, rows, {})
        some, ways = slice_of(found, PAGE_SIZE)
        addresses = twins.links(SETS)
        answer = page(
            "admin/correction_sets.html",
            rows=[_row(one) for one in some],
            page=ways,
            can_correct=can(actor, Permission.FACT_CORRECT),
            twins=addresses,
        )
    return alternates(answer, addresses)


def _row(one: Any) -> dict[str, Any]:
    """A set with moments as the pages show them."""
    return {
        **correction_sets.shown(one),
        "drafted_at": one.drafted_at,
        "decided_at": one.decided_at,
    }


@blueprint.get(f"{SETS}/new")
def new() -> Response:
    """Two empty forms: a table, or the same for all entries of a filter."""
    need(*ROLES)
    return _form("table")


def _form(
    by: str,
    *,
    errors: dict[str, Message] | None = None,
    problems: Sequence[RowProblem] = (),
    status_code: int = 200,
) -> Response:
    with http.reading() as session:
        return page(
            "admin/correction_set_form.html",
            status_code=status_code,
            by=by,
            headings=list(correction_tables.HEADINGS.values()),
            units=every_unit(session),
            themes=[one.key for one in openness.by_theme(session, today()) if one.key],
            classes=list(openness.CLASSES),
            values={name: form_text(name) for name in (*FORM, *WHICH)},
            errors=errors or {},
            problems=problems,
            states=list(STATES),
            opennesses=list(Openness),
            items=items(session),
            today=today(),
        )


@blueprint.post(SETS)
def draft() -> Response:
    """Read a table or find the entries of a filter, and draft what is all right."""
    actor = need(*ROLES)
    by = form_text("by")
    try:
        with http.transaction() as session:
            read = _table(session, actor) if by == "table" else _filter(session, actor)
            if read.problems:
                return _form(by, problems=read.problems, status_code=422)
            made = correction_sets.draft(
                session, actor, read, form_text("reason"), now=http.now()
            ).id
    except RuleError as error:
        if error.status != 422:
            raise
        return _form(by, errors=field_errors(error, {"theme": "theme"}), status_code=422)
    flash(_("The corrections are drafted. Another person approves them."), "ok")
    return redirect(f"{SETS}/{made}", 303)


def _table(session: Session, actor: Identity) -> Read:
    file = request.files.get("file")
    name = http.clean_file_name(str(file.filename if file else ""))
    rows = small_tables.rows(file.read(small_tables.MOST_BYTES + 1) if file else b"", name)
    return correction_sets.of_rows(session, actor, correction_tables.read(rows), now=http.now())


def _filter(session: Session, actor: Identity) -> Read:
    which = Which(form_text("unit"), form_text("which_theme"), form_text("class"))
    asked = given({name: form_text(name) for name in FORM})
    return correction_sets.of_filter(session, actor, which, asked, now=http.now())


@blueprint.get(f"{SETS}/<set_id>")
def show(set_id: str) -> Response:
    """A set with what it would change."""
    return _show(need(*ROLES), set_id)


def _show(
    actor: Identity,
    set_id: str,
    errors: dict[str, Message] | None = None,
    status_code: int = 200,
) -> Response:
    can_decide = can(actor, Permission.FACT_CORRECT)
    with http.reading() as session:
        pending = correction_sets.get(session, actor, set_id).state == CorrectionState.DRAFT
    effects, problems = _effects(actor, set_id) if pending and can_decide else (None, [])
    with http.reading() as session:
        found = correction_sets.get(session, actor, set_id)
        lines, ways = slice_of(found.lines, PAGE_SIZE)
        slugs = [one["dataset"] for one in lines]
        query = select(Dataset.slug, Dataset.title).where(Dataset.slug.in_(slugs))
        titles = dict(session.execute(query).all())
        return page(
            "admin/correction_set.html",
            status_code=status_code,
            found=_row(found),
            lines=[{**one, "title": titles.get(one["dataset"], "")} for one in lines],
            page=ways,
            effects=effects,
            problems=problems,
            own=found.drafted_by == actor.user_id,
            can_decide=can_decide,
            errors=errors or {},
        )


def _effects(actor: Identity, set_id: str) -> tuple[Effects | None, list[Message]]:
    """What it would change now, or why it cannot be recorded any more."""
    try:
        with http.trial() as session:
            return correction_sets.preview(session, actor, set_id, now=http.now()), []
    except RuleError as error:
        told = [
            Message("Row %(row)s: %(text)s", {"row": place.rpartition(".")[2], "text": text})
            for place, texts in error.fields.items()
            for text in texts
        ]
        return None, told or [error.cause]


@blueprint.post(f"{SETS}/<set_id>/decision")
def decide(set_id: str) -> Response:
    """Record it, or refuse it; never one's own draft."""
    actor = need(*ROLES)
    refused = form_text("decision") == "refused"
    try:
        with http.transaction() as session:
            if refused:
                correction_sets.refuse(
                    session, actor, set_id, reason=form_text("reason"), now=http.now()
                )
            else:
                correction_sets.approve(session, actor, set_id, now=http.now())
    except RuleError as error:
        if error.status not in {409, 422}:
            raise
        first = {"reason": next(iter(field_errors(error).values()), error.cause)}
        return _show(actor, set_id, first, error.status)
    said = _("Refused.") if refused else _("The corrections are recorded.")
    flash(said, "ok")
    return redirect(f"{SETS}/{set_id}", 303)


@blueprint.post(f"{SETS}/<set_id>/withdrawal")
def withdraw(set_id: str) -> Response:
    """Take one's own draft back."""
    actor = need(*ROLES)
    with http.transaction() as session:
        correction_sets.withdraw(session, actor, set_id, now=http.now())
    flash(_("The draft is taken back."), "ok")
    return redirect(SETS, 303)
