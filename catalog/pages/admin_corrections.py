"""Late corrections of facts: ``/admin/corrections``, tried before they are recorded."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Identity, Permission, can
from catalog.errors import NotFound, RuleError
from catalog.models import Dataset
from catalog.pages import twins
from catalog.pages.admin import ROLES
from catalog.pages.asking import (
    PAGE_SIZE,
    argument,
    field_errors,
    form_text,
    slice_of,
    split_words,
    today,
)
from catalog.pages.render import alternates, page
from catalog.pages.staff import need
from catalog.services import correction_effects, corrections, editions, snapshots
from catalog.services.correction_effects import Effects
from catalog.services.trail import Event
from schemas.records import Message
from schemas.vocabularies import DatasetState, Openness

blueprint = Blueprint("pages-admin-corrections", __name__)
AT = "/admin/corrections"
FORM = ("begins", "ends", "state", "openness", "theme", "opened_by_superior", "duplicate",
        "withheld_by", "reason")  # fmt: skip
FLAGS = {"yes": True, "no": False}
STATES = (DatasetState.DRAFT, DatasetState.SUBMITTED, DatasetState.PUBLISHED,
          DatasetState.SUSPENDED, DatasetState.WITHDRAWN, DatasetState.RETIRED)  # fmt: skip


@blueprint.get(AT, defaults={"form": "html"})
@blueprint.get(f"{AT}.<any(json,csv):form>")
def index(form: str) -> Response:
    """Corrections so far; with an entry chosen, what is known of it and the form to correct it."""
    actor = need(*ROLES)
    if form == "html":
        return _index(actor, argument("dataset"))
    with http.reading() as session:
        found, altered = _recorded(session, actor)
        rows = [_flat(one) for one in found]
    return twins.answer(form, rows, {"altered": altered})


def _index(
    actor: Identity,
    chosen: str,
    *,
    values: dict[str, str] | None = None,
    errors: dict[str, Message] | None = None,
    effects: Effects | None = None,
    status_code: int = 200,
) -> Response:
    with http.reading() as session:
        dataset, missing = _chosen(session, actor, chosen)
        found, altered = _recorded(session, actor)
        rows, ways = slice_of(found, PAGE_SIZE)
        rows = _with_results(session, rows)
        addresses = twins.links(AT, without=("page", "trail", "lang", "dataset"))
        answer = page(
            "admin/corrections.html",
            status_code=status_code,
            chosen=chosen,
            dataset={"slug": dataset.slug, "code": dataset.code, "title": dataset.title,
                     "unit": dataset.unit.name} if dataset else None,
            stretches=correction_effects.known(session, dataset) if dataset else [],
            states=list(STATES),
            opennesses=list(Openness),
            items=items(session) if dataset else [],
            values=values or {},
            errors={**(errors or {}), **missing},
            effects=effects,
            rows=rows,
            altered=altered,
            page=ways,
            can_correct=can(actor, Permission.FACT_CORRECT),
            today=today(),
            twins=addresses,
        )  # fmt: skip
        return alternates(answer, addresses)


def _chosen(
    session: Session, actor: Identity, text: str
) -> tuple[Dataset | None, dict[str, Message]]:
    if not text:
        return None, {}
    try:
        return correction_effects.find(session, actor, text), {}
    except NotFound as error:
        return None, {"dataset": error.cause}


def items(session: Session) -> list[tuple[str, str]]:
    """Every item that the negative list has ever had: a past day may rest on one that ended."""
    return list(editions.every_name(session).items())


def _recorded(session: Session, actor: Identity) -> tuple[list[dict[str, Any]], list[int]]:
    """The corrections that the trail tells, and the numbers of its events that were altered since."""
    events = correction_effects.recorded(session, actor)
    found = [one for one in events if one.fault is None]
    slugs = {one.subject_id for one in found}
    titles = dict(
        session.execute(select(Dataset.slug, Dataset.title).where(Dataset.slug.in_(slugs))).all()
    )
    return [_row(one, titles) for one in found], [one.sequence for one in events if one.fault]


def _row(one: Event, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "at": one.at,
        "by": one.actor,
        "slug": one.subject_id,
        "title": titles.get(one.subject_id, one.subject_id),
        **{name: one.data.get(name) for name in ("begins", "ends", "days", "reason")},
        "values": one.data.get("values") or {},
        "items": one.data.get("withheld_by") or [],
    }


def _with_results(session: Session, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The frozen results whose day each correction reaches, and whether a restatement is due."""
    due: dict[str, bool] = {}
    for one in rows:
        begins, ends = (date.fromisoformat(one[name]) for name in ("begins", "ends"))
        one["results"] = correction_effects.affected(session, begins, ends)
        for result in one["results"]:
            if result.id not in due:
                due[result.id] = bool(snapshots.corrected_since(session, result))
        one["due"] = due
    return rows


def _flat(one: dict[str, Any]) -> dict[str, Any]:
    return {**one, "at": one["at"].isoformat(), "values": dict(one["values"])}


@blueprint.post(AT)
def record() -> Response:
    """Try a correction and show what it would change, or record it."""
    actor = need(*ROLES)
    chosen = form_text("dataset")
    values = {name: form_text(name) for name in FORM}
    wanted = given(values)
    try:
        if form_text("then") != "record":
            with http.trial() as session:
                slug = correction_effects.find(session, actor, chosen).slug
                found = correction_effects.preview(session, actor, slug, wanted, now=http.now())
            return _index(actor, slug, values=values, effects=found)
        with http.transaction() as session:
            slug = correction_effects.find(session, actor, chosen).slug
            done = corrections.correct(session, actor, slug, wanted, now=http.now())
    except RuleError as error:
        if error.status not in {409, 422}:
            raise
        wrong = field_errors(error)
        return _index(actor, chosen, values=values, errors=wrong, status_code=error.status)
    with http.reading() as session:
        owed = correction_effects.affected(session, done.begins, done.ends)
    flash(_("The correction is recorded. What was known before can still be asked for."), "ok")
    if owed:
        flash(
            _("Frozen results end in these days; the list below leads to their restatement."),
            "warn",
        )
    return redirect(f"{AT}?dataset={slug}#recorded", 303)


def given(values: dict[str, str]) -> dict[str, Any]:
    """The form as the rule takes it: what was left empty is not corrected."""
    found: dict[str, Any] = {
        name: values[name] for name in ("begins", "ends", "reason", "state", "openness", "theme")
        if values[name] or name in {"begins", "reason"}
    }  # fmt: skip
    for name in ("opened_by_superior", "duplicate"):
        if values[name] in FLAGS:
            found[name] = FLAGS[values[name]]
    if values["withheld_by"]:
        found["withheld_by"] = split_words(values["withheld_by"])
    return found
