"""Drafting an adjustment of any list as a form, and changing one's own draft before it is approved."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.errors import RuleError, missing
from catalog.models import Adjustment
from catalog.pages import keeper_values
from catalog.pages.asking import argument, choice_argument, form_text, today
from catalog.pages.keeper_values import BLANK
from catalog.pages.render import page, word
from catalog.pages.staff import every_unit, need
from catalog.services import laws, list_changes, negative_list
from catalog.services.list_kinds import LIST_TYPES, ListType
from catalog.services.negative_list import Terms
from schemas import elements
from schemas.records import Message
from schemas.vocabularies import AdjustmentKind, LawLevel, ListKind, ReachPolicy, Role

blueprint = Blueprint("pages-keeper-form", __name__)
ROLES = (Role.KEEPER, Role.ADMINISTRATOR)
DRAFTS = "/negative-list/adjustments"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Which form: the list, what is done to which item; ``draft`` and ``at``: a change of a draft."""

    listing: ListType
    kind: str = AdjustmentKind.ADD
    item: str = ""
    draft: str = ""
    at: int = 0

    @property
    def action(self) -> str:
        """Where the form goes."""
        return f"{DRAFTS}/{self.draft}/changes/{self.at}" if self.draft else f"{DRAFTS}/new"


def _form(
    session: Session,
    sheet: Sheet,
    values: dict[str, Any],
    *,
    errors: dict[str, Message] | None = None,
    status_code: int = 200,
) -> Response:
    listing = sheet.listing
    items = negative_list.in_force(session, today(), listing.kind)
    named = next((one.name for one in items if one.number == sheet.item), "")
    return page(
        "negative_list/item_form.html",
        status_code=status_code,
        listing=listing,
        lists=[(one.value, word("list-kind", one), f"{DRAFTS}/new?list={one.value}")
               for one in ListKind],
        kind=sheet.kind,
        kinds=[] if sheet.draft else keeper_values.kinds_of(listing),
        item={"no": sheet.item, "name": named} if sheet.item else None,
        draft=sheet.draft,
        action=sheet.action,
        values=values,
        errors=errors or {},
        items=[(one.number, f"{one.number} {one.name}") for one in items],
        laws=[law.title for law in laws.library(session)],
        elements=[one.title for one in elements.ELEMENTS.values()],
        levels=list(LawLevel),
        units=every_unit(session),
        notice_days=http.runtime().settings.notice_days(listing.kind),
        cancel_url=f"{DRAFTS}/{sheet.draft}" if sheet.draft else DRAFTS,
    )  # fmt: skip


@blueprint.get(f"{DRAFTS}/new")
def new() -> Response:
    """An empty form, or one filled with the item to amend."""
    need(*ROLES)
    listing = LIST_TYPES[ListKind(choice_argument("list", list(ListKind), ListKind.NEGATIVE))]
    kinds = keeper_values.kinds_of(listing)
    kind = choice_argument("kind", kinds, AdjustmentKind.ADD)
    number = argument("item")
    with http.reading() as session:
        held = list_changes.standing(session, number, today(), listing.kind) if number else None
        values: dict[str, Any] = {"basis": [BLANK]}
        if held is not None:
            current = argument("basis") == "current"
            bases = keeper_values.standing_bases(held.citations, current=current)
            names = dict(every_unit(session))
            values = keeper_values.filled(list_changes.values_of(held), bases, names)
        values["in_force_from"] = today().isoformat()
        return _form(session, Sheet(listing, kind, held.number if held else ""), values)


@blueprint.post(f"{DRAFTS}/new")
def draft() -> Response:
    """Draft the adjustment; another person approves it."""
    need(*ROLES)
    chosen = form_text("list") or ListKind.NEGATIVE.value
    if chosen not in set(ListKind):
        raise missing("list")
    listing = LIST_TYPES[ListKind(chosen)]
    kind = form_text("kind")
    if kind not in keeper_values.kinds_of(listing):
        kind = AdjustmentKind.ADD
    return _taken(Sheet(listing, kind, form_text("item")))


@blueprint.get(f"{DRAFTS}/<adjustment_id>/changes/<int(max=2147483647):at>")
def edit(adjustment_id: str, at: int) -> Response:
    """The form of one change of a draft, filled with what it says."""
    actor = need(*ROLES)
    with http.reading() as session:
        found = negative_list.adjustment(session, actor, adjustment_id)
        sheet = _sheet(found, at)
        stored = found.changes[at]["item"]
        values: dict[str, Any] = {"basis": [BLANK]}
        if stored:
            bases = keeper_values.stored_bases(stored["citations"])
            values = keeper_values.filled(stored, bases, dict(every_unit(session)))
            values["internal_text"] = stored["internal_wording"]
        values |= {
            "in_force_from": (found.effective_on or today()).isoformat(),
            "reason": found.reason, "policy": found.policy, "document": found.approval_document,
        }  # fmt: skip
        return _form(session, sheet, values)


def _sheet(found: Adjustment, at: int) -> Sheet:
    if at >= len(found.changes):
        raise missing("page")
    change = found.changes[at]
    listing = LIST_TYPES[ListKind(found.list_kind)]
    return Sheet(listing, change["kind"], change["number"], found.id, at)


@blueprint.post(f"{DRAFTS}/<adjustment_id>/changes/<int(max=2147483647):at>")
def revise(adjustment_id: str, at: int) -> Response:
    """Let one change of one's own draft say something else."""
    actor = need(*ROLES)
    with http.reading() as session:
        sheet = _sheet(negative_list.adjustment(session, actor, adjustment_id), at)
    return _taken(sheet)


def _taken(sheet: Sheet) -> Response:
    """Save what the form says as a draft, or show it again with what is wrong."""
    values = keeper_values.typed()
    if form_text("then") == "more":
        values["basis"] = [*values["basis"], BLANK]
        with http.reading() as session:
            return _form(session, sheet, values)
    try:
        made = _saved(sheet, values["basis"])
    except RuleError as error:
        if error.status not in {409, 422}:
            raise
        with http.reading() as session:
            wrong = keeper_values.errors(error, sheet.at)
            return _form(session, sheet, values, errors=wrong, status_code=error.status)
    flash(_("The adjustment is drafted. Another person approves it."), "ok")
    return redirect(f"{DRAFTS}/{made}", 303)


def _saved(sheet: Sheet, bases: list[keeper_values.Basis]) -> str:
    """The draft with the change of the form in its place; its id."""
    actor = http.actor()
    terms = Terms(
        sheet.listing.kind, form_text("policy") or ReachPolicy.REVIEW, form_text("document")
    )
    reason, on = form_text("reason"), keeper_values.effective()
    with http.transaction() as session:
        change = keeper_values.change(session, sheet.listing, sheet.kind, bases)
        if not sheet.draft:
            return negative_list.draft(
                session,
                actor,
                changes=[change],
                reason=reason,
                effective_on=on,
                terms=terms,
                now=http.now(),
            ).id
        found = negative_list.adjustment(session, actor, sheet.draft)
        changes = list_changes.inputs(found.changes)
        changes[sheet.at] = {**change, "number": sheet.item}
        return negative_list.revise(
            session,
            actor,
            sheet.draft,
            changes=changes,
            reason=reason,
            effective_on=on,
            terms=terms,
            now=http.now(),
        ).id
