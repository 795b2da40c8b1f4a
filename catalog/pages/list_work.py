"""What the negative list leaves to decide: proposals for an entry, exceptions, tasks, mismatches."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Identity, Permission, can
from catalog.errors import RuleError
from catalog.models import ItemException
from catalog.pages import twins
from catalog.pages.asking import choice_argument, field_errors, form_text, today
from catalog.pages.render import alternates, here, page
from catalog.pages.staff import need
from catalog.services import directory, editions, item_exceptions, list_tasks, matching
from schemas import elements
from schemas.records import Message
from schemas.vocabularies import ExceptionKind, Role

blueprint = Blueprint("pages-list-work", __name__)
WORKERS = (Role.EDITOR, Role.REVIEWER, Role.KEEPER, Role.ADMINISTRATOR, Role.AUDITOR)
FORM = ("item", "field", "kind", "given_by", "document", "reason")
WAYS = ("closed", "open")


@blueprint.get("/negative-list/matching", defaults={"form": "html"})
@blueprint.get("/negative-list/matching.<any(json,csv):form>")
def mismatches(form: str) -> Response:
    """Closed entries whose item is gone, or open entries that an item covers."""
    actor = need(*WORKERS)
    way = choice_argument("way", WAYS, WAYS[0])
    with http.reading() as session:
        ask = matching.closed_without_cover if way == WAYS[0] else matching.open_but_covered
        found = ask(session, actor, today())
    rows = [
        {"dataset": one.slug, "title": one.title, "unit": one.unit, "field": one.field,
         "items": list(one.items)}
        for one in found.lines
    ]  # fmt: skip
    if form != "html":
        return twins.answer(form, rows, {"total": found.total})
    addresses = twins.links("/negative-list/matching")
    answer = page(
        "list_work/mismatches.html",
        rows=rows,
        total=found.total,
        way=way,
        ways=[("closed", _("Closed without an item"), here(way=None)),
              ("open", _("Open although an item covers it"), here(way="open"))],
        twins=addresses,
    )  # fmt: skip
    return alternates(answer, addresses)


@blueprint.get("/desk/list-tasks/<int(max=2147483647):task_id>")
def task(task_id: int) -> Response:
    """One decision that is owed."""
    return _task(task_id)


def _task(
    task_id: int, errors: dict[str, Message] | None = None, status_code: int = 200
) -> Response:
    actor = need(*WORKERS)
    with http.reading() as session:
        found = list_tasks.get(session, actor, task_id)
        item = editions.item_history(session, found.item_number)[-1]
        return page(
            "list_work/task.html",
            status_code=status_code,
            task={"id": found.id, "kind": found.kind, "field": found.field,
                  "why": list_tasks.why(found), "opened": found.opened_at,
                  "settled": found.settled_at, "by": found.settled_by, "reason": found.reason},
            dataset={"slug": found.dataset.slug, "title": found.dataset.title,
                     "state": found.dataset.state, "openness": found.dataset.openness},
            item={"no": item.number, "name": item.name, "wording": item.public_wording,
                  "ground": item.ground},
            can_decide=can(actor, Permission.DATASET_AMEND, found.dataset),
            errors=errors or {},
        )  # fmt: skip


@blueprint.post("/desk/list-tasks/<int(max=2147483647):task_id>")
def settle(task_id: int) -> Response:
    """Say why it stays as it is."""
    actor = need(*WORKERS)
    try:
        with http.transaction() as session:
            list_tasks.settle(session, actor, task_id, reason=form_text("reason"), now=http.now())
    except RuleError as error:
        if error.status not in {409, 422}:
            raise
        return _task(task_id, {"reason": next(iter(field_errors(error).values()))}, error.status)
    flash(_("Your decision is recorded."), "ok")
    return redirect("/desk", 303)


@blueprint.get("/desk/datasets/<slug>/closures")
def closures(slug: str) -> Response:
    """Items that fit an entry, and what opens it although an item covers it."""
    return _closures(slug)


def _closures(
    slug: str,
    *,
    values: dict[str, str] | None = None,
    errors: dict[str, Message] | None = None,
    status_code: int = 200,
) -> Response:
    actor = need(*WORKERS)
    with http.reading() as session:
        dataset = directory.get(session, actor, slug)
        return page(
            "list_work/closures.html",
            status_code=status_code,
            dataset={"slug": dataset.slug, "title": dataset.title, "openness": dataset.openness},
            proposals=[
                {"no": one.number, "name": one.name, "ground": one.ground, "field": one.field,
                 "by": one.by, "evidence": elements.title(one.evidence)}
                for one in matching.for_entry(session, dataset, today())
            ],
            exceptions=[_exception(actor, one) for one in
                        item_exceptions.listed(session, actor, slug)],
            items=_openable(session),
            fields=[(one.name, one.title or one.name) for one in dataset.fields],
            kinds=list(ExceptionKind),
            can_record=can(actor, Permission.EXCEPTION_RECORD, dataset),
            can_amend=can(actor, Permission.DATASET_AMEND, dataset),
            today=today(),
            values=values or {},
            errors=errors or {},
        )  # fmt: skip


def _openable(session: Session) -> list[tuple[str, str]]:
    held = editions.in_force(session, today())
    return [
        (one.number, f"{one.number} {one.name}")
        for one in held
        if one.ground in item_exceptions.OPENABLE
    ]


def _exception(actor: Identity, one: ItemException) -> dict[str, Any]:
    names = ("id", "field", "item_number", "kind", "given_by", "given_on", "document", "reason",
             "drafted_by_name", "confirmed_by_name", "confirmed_at", "ended_at")  # fmt: skip
    subject = item_exceptions.subject(one)
    waits = one.confirmed_at is None and one.ended_at is None
    return {
        **{name: getattr(one, name) for name in names},
        "can_confirm": waits and can(actor, Permission.EXCEPTION_CONFIRM, subject),
        "can_end": one.ended_at is None and can(actor, Permission.EXCEPTION_RECORD, one.dataset),
    }


@blueprint.post("/desk/datasets/<slug>/exceptions")
def record(slug: str) -> Response:
    """Record a consent or a public-interest finding."""
    actor = need(*WORKERS)
    values = {name: form_text(name) for name in FORM}
    given = {**values, "given_on": _day(form_text("given_on"))}
    try:
        with http.transaction() as session:
            item_exceptions.record(session, actor, slug, given, now=http.now())
    except RuleError as error:
        if error.status != 422:
            raise
        typed = {**values, "given_on": form_text("given_on")}
        return _closures(slug, values=typed, errors=field_errors(error), status_code=422)
    flash(_("Recorded. Another person confirms it."), "ok")
    return redirect(f"/desk/datasets/{slug}/closures", 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@blueprint.post("/desk/exceptions/<int(max=2147483647):exception_id>/<any(confirmation,end):what>")
def decide(exception_id: int, what: str) -> Response:
    """Confirm an exception, or end it."""
    actor = need(*WORKERS)
    act = item_exceptions.confirm if what == "confirmation" else item_exceptions.end
    with http.transaction() as session:
        slug = act(session, actor, exception_id, now=http.now()).dataset.slug
    flash(_("Your decision is recorded."), "ok")
    return redirect(f"/desk/datasets/{slug}/closures", 303)
