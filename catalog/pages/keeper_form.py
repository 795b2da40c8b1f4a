"""Drafting an adjustment as a form: add, amend, repeal, or convert an item to open."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.errors import Invalid, RuleError
from catalog.models import Citation, ExemptionItem
from catalog.pages.asking import argument, choice_argument, form_text, split_words, today
from catalog.pages.render import page
from catalog.pages.staff import every_unit, need
from catalog.services import laws, list_changes, negative_list, stale_bases
from catalog.services.negative_list import Terms
from schemas import elements
from schemas.records import Message
from schemas.vocabularies import AdjustmentKind, LawLevel, ReachPolicy, Role

blueprint = Blueprint("pages-keeper-form", __name__)
ROLES = (Role.KEEPER, Role.ADMINISTRATOR)
CHANGED = (AdjustmentKind.ADD, AdjustmentKind.AMEND)
BLANK = {"law": "", "article": "", "level": ""}
PLACES = {
    "reason": "discretion", "public_wording": "public_text", "internal_wording": "internal_text",
    "valid_from": "in_force_from", "review_by": "next_review", "citations": "basis", "scope": "themes",
}  # fmt: skip
"""Value of an item -> name of the input."""


def _basis(one: Citation, *, current: bool) -> list[str]:
    """A citation as the form shows it; ``current``: by the articles in the place of a stale one."""
    stale = current and negative_list.stale(one, today())
    return list(stale_bases.successor_labels(one.article) if stale else ()) or [one.label]


def _stored(item: ExemptionItem, *, current: bool = False) -> dict[str, Any]:
    scope = item.scope
    labels = [label for one in item.citations for label in _basis(one, current=current)]
    return {
        "name": item.name,
        "category": item.category,
        "circumstances": "\n".join(one.text for one in item.circumstances),
        "ground": item.ground,
        "themes": "，".join(scope.get("themes", [])),
        "columns": "，".join(scope.get("fields", [])),
        "elements": "，".join(elements.title(one) for one in scope.get("elements", [])),
        "entries": "，".join(scope.get("entries", [])),
        "secrecy": item.secrecy,
        "declassify_on": item.declassify_on.isoformat() if item.declassify_on else "",
        "declassify_when": item.declassify_when,
        "unit": "，".join(scope.get("units", [])),
        "discretion": item.reason,
        "public_text": item.public_wording,
        "internal_text": "",
        "in_force_from": today().isoformat(),
        "next_review": item.review_by.isoformat(),
        "reason": "",
        "basis": [{**BLANK, "law": one} for one in dict.fromkeys(labels)] + [BLANK],
    }


def _typed() -> dict[str, Any]:
    values = request.form.to_dict()
    basis = []
    for at in range(50):
        if f"basis-{at}-law" not in request.form:
            break
        basis.append({key: form_text(f"basis-{at}-{key}") for key in BLANK})
    return {**values, "basis": basis or [BLANK]}


def _form(
    session: Session,
    kind: str,
    values: dict[str, Any],
    *,
    item: str = "",
    errors: dict[str, Message] | None = None,
    status_code: int = 200,
) -> Response:
    items = negative_list.in_force(session, today())
    return page(
        "negative_list/item_form.html",
        status_code=status_code,
        kind=kind,
        kinds=list(AdjustmentKind),
        item={"no": item, "name": ""} if item else None,
        action="/negative-list/adjustments/new",
        values=values,
        errors=errors or {},
        items=[(one.number, f"{one.number} {one.name}") for one in items],
        laws=[law.title for law in laws.library(session)],
        elements=[one.title for one in elements.ELEMENTS.values()],
        levels=list(LawLevel),
        units=every_unit(session),
        warnings=[],
        cancel_url="/negative-list/adjustments",
    )


@blueprint.get("/negative-list/adjustments/new")
def new() -> Response:
    """An empty form, or one filled with the item to amend."""
    need(*ROLES)
    kind = choice_argument("kind", list(AdjustmentKind), AdjustmentKind.ADD)
    number = argument("item")
    with http.reading() as session:
        held = negative_list.item(session, number, today()) if number else None
        values = _stored(held, current=argument("basis") == "current") if held is not None else {
            "basis": [BLANK], "in_force_from": today().isoformat(), "circumstances": "",
        }  # fmt: skip
        return _form(session, kind, values, item=held.number if held else "")


@blueprint.post("/negative-list/adjustments/new")
def draft() -> Response:
    """Draft the adjustment; another person approves it."""
    actor = need(*ROLES)
    values, kind = _typed(), form_text("kind")
    if kind not in set(AdjustmentKind):
        kind = AdjustmentKind.ADD
    if form_text("then") == "more":
        values["basis"] = [*values["basis"], BLANK]
        with http.reading() as session:
            return _form(session, kind, values, item=form_text("item"))
    try:
        with http.transaction() as session:
            made = negative_list.draft(
                session, actor, changes=[_change(kind, values)],
                reason=form_text("reason"), effective_on=_effective(),
                terms=Terms(policy=form_text("policy") or ReachPolicy.REVIEW), now=http.now(),
            ).id  # fmt: skip
    except RuleError as error:
        if error.status not in {409, 422}:
            raise
        with http.reading() as session:
            return _form(
                session, kind, values, item=form_text("item"), errors=_errors(error),
                status_code=error.status,
            )  # fmt: skip
    flash(_("The adjustment is drafted. Another person approves it."), "ok")
    return redirect(f"/negative-list/adjustments/{made}", 303)


def _effective() -> date | None:
    """The day of the form; without one the day of approval. Raises ``Invalid``."""
    text = form_text("in_force_from")
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        cause = Message("Write the date as YYYY-MM-DD.")
        raise Invalid("bad-date", cause, fields={"effective_on": [cause]}) from None
    return None if found == today() else found


def _change(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    if kind not in CHANGED:
        return {"kind": kind, "number": form_text("item"), "item": None}
    scope = {
        "units": split_words(form_text("unit")),
        "themes": split_words(form_text("themes")),
        "fields": split_words(form_text("columns")),
        "elements": split_words(form_text("elements")),
        "entries": split_words(form_text("entries")),
    }
    item: dict[str, Any] = {
        "name": form_text("name"),
        "category": form_text("category"),
        "circumstances": [line.strip() for line in form_text("circumstances").splitlines()],
        "ground": form_text("ground"),
        "scope": {key: some for key, some in scope.items() if some},
        "reason": form_text("discretion"),
        "public_wording": form_text("public_text"),
        "review_by": form_text("next_review"),
        "secrecy": form_text("secrecy"),
        "declassify_on": form_text("declassify_on") or None,
        "declassify_when": form_text("declassify_when"),
        "citations": [one for basis in values["basis"] for one in _citations(basis)],
    }
    if form_text("internal_text") or kind == AdjustmentKind.ADD:
        item["internal_wording"] = form_text("internal_text")
    return {
        "kind": kind,
        "number": form_text("item") if kind != AdjustmentKind.ADD else "",
        "item": item,
    }


def _citations(basis: dict[str, str]) -> list[Any]:
    """A row of law and article as citations; a law may carry its article in its own words."""
    law, article = basis["law"], basis["article"]
    if not law:
        return []
    if article.isascii() and article.isdigit():
        article = f"第{article}条"
    text = f"{law}{article}" if "《" in law else f"《{law}》{article}"
    read = laws.parse_citation(text)
    if not read:
        return [text]
    return [list_changes.citation_values(one, basis["level"]) for one in read]


def _errors(error: RuleError) -> dict[str, Message]:
    found: dict[str, Message] = {}
    for name, messages in error.fields.items():
        parts = name.split(".")
        if parts[:1] == ["changes"]:
            key = parts[3] if len(parts) > 3 and parts[2] == "item" else (parts[2:] or ["item"])[0]
            key = {"number": "item", **PLACES}.get(key, key)
        else:
            key = {"effective_on": "in_force_from"}.get(name, name)
        found.setdefault(key, messages[0])
    return found or {"form": error.cause}
