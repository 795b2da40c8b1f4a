"""Keeping the lists: drafts, what follows from them, approval by another person."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Identity, Permission, can
from catalog.errors import RuleError
from catalog.models import Adjustment, Dataset, ExemptionItem, Notice
from catalog.pages.asking import (
    TABLE_SIZE,
    choice_argument,
    field_errors,
    followed,
    form_text,
    today,
    trail,
)
from catalog.pages.comparing import sides
from catalog.pages.editions import address
from catalog.pages.render import here, page, word
from catalog.pages.staff import every_unit, need
from catalog.services import calendars, list_changes, list_preview, negative_list, notices
from catalog.workdays import add_working_days
from schemas.records import Message
from schemas.vocabularies import AdjustmentState, ListKind, Openness, Role

blueprint = Blueprint("pages-keeper", __name__)
ROLES = (Role.KEEPER, Role.ADMINISTRATOR, Role.AUDITOR)
REVIEW_SOON = timedelta(days=60)


@blueprint.get("/negative-list/adjustments")
def index() -> Response:
    """Drafts, decided adjustments, items to review, notices owed: of every list, or of one."""
    actor = need(*ROLES)
    chosen = choice_argument("list", list(ListKind))
    with http.reading() as session:
        way = trail()
        found = negative_list.adjustments(
            session, actor, kind=chosen, after=way.after, limit=TABLE_SIZE
        )
        drafts = negative_list.adjustments(session, actor, AdjustmentState.DRAFT, chosen, limit=1)
        kinds = [ListKind(chosen)] if chosen else list(ListKind)
        items = [item for kind in kinds for item in negative_list.in_force(session, today(), kind)]
        query = select(Notice).where(Notice.published_on.is_(None), Notice.list_kind.in_(kinds))
        owed = session.scalars(query.order_by(Notice.due_on)).all()
        names = _names(session, {one.changes[0]["number"] for one in found.items})
        return page(
            "negative_list/keeper.html",
            chosen=chosen,
            lists=[("", _("All"), here(list=None, trail=None))]
            + [(one.value, word("list-kind", one), here(list=one.value, trail=None))
               for one in ListKind],
            counts=[
                {"label": _("Waiting for approval"), "value": drafts.total, "url": "#adjustments"},
                {"label": _("Items in force"), "value": len(items),
                 "url": address(chosen) if chosen else "/lists"},
                {"label": _("Notices owed"), "value": len(owed), "url": "/notices?state=due"},
            ],
            adjustments=[_row(one, names) for one in found.items],
            page=followed(found, TABLE_SIZE, way, found.total or 0),
            due=[_due(item) for item in items if _to_review(item)],
            notices=[
                {"id": one.id, "title": one.title, "due_on": one.due_on, "days": None,
                 "state": notices.state_of(one, today())}
                for one in owed
            ],
            can_draft=can(actor, Permission.LIST_DRAFT),
        )  # fmt: skip


def _names(session: Session, numbers: set[str]) -> dict[str, str]:
    """The last names of items by number, of those that ended, too."""
    query = select(ExemptionItem.number, ExemptionItem.name).where(
        ExemptionItem.number.in_(numbers)
    )
    return dict(session.execute(query.order_by(ExemptionItem.revision)).all())


def _row(one: Adjustment, names: dict[str, str]) -> dict[str, Any]:
    first = one.changes[0]
    more = f" +{len(one.changes) - 1}" if len(one.changes) > 1 else ""
    return {
        "id": one.id,
        "list": one.list_kind,
        "kind": first["kind"],
        "no": first["number"],
        "name": (first["item"].get("name") or names.get(first["number"], "")) + more,
        "state": one.state,
        "by": one.drafted_by_name,
        "drafted": one.drafted_at,
        "affected": one.consequences.get("released", 0),
    }


def _to_review(item: ExemptionItem) -> bool:
    stale = any(negative_list.stale(one, today()) for one in item.citations)
    return stale or item.review_by <= today() + REVIEW_SOON


def _due(item: ExemptionItem) -> dict[str, Any]:
    return {
        "no": item.number,
        "name": item.name,
        "list": item.list_kind,
        "ground": item.ground,
        "next_review": item.review_by,
        "overdue": negative_list.review_overdue(item, today()),
        "stale": any(negative_list.stale(one, today()) for one in item.citations),
        "url": f"/negative-list/adjustments/new?list={item.list_kind}&kind=amend&item={item.number}",
    }


def _show(
    session: Session,
    actor: Identity,
    found: Adjustment,
    *,
    errors: dict[str, Message] | None = None,
    status_code: int = 200,
) -> Response:
    pending = found.state == AdjustmentState.DRAFT
    own = found.drafted_by == actor.user_id
    outcome = _consequences(session, actor, found) if pending else {}
    names = dict(every_unit(session))
    return page(
        "negative_list/adjustment.html",
        status_code=status_code,
        adjustment={
            "id": found.id,
            "list": found.list_kind,
            "kind": found.changes[0]["kind"],
            "no": found.changes[0]["number"] if len(found.changes) == 1 else "",
            "state": found.state,
            "by": found.drafted_by_name,
            "drafted": found.drafted_at,
            "reason": found.reason,
            "document": found.approval_document,
            "policy": found.policy,
            "base_edition": found.base_edition,
            "in_force_from": found.effective_on,
            "approved_by": found.approved_by_name,
            "approved_on": found.approved_at,
            "refusal": found.consequences.get("reason", ""),
        },
        changes=[_change(session, found, one, names) for one in found.changes],
        affected=outcome.get("released", []),
        affected_total=outcome.get("released_total", found.consequences.get("released", 0)),
        reached_total=outcome.get("reached_total", found.consequences.get("reached", 0)),
        rates=outcome.get("rates", ()),
        stale=outcome.get("stale", False),
        can_renew=pending and own and can(actor, Permission.LIST_DRAFT),
        closing=found.list_kind == ListKind.NEGATIVE,
        notice_days=http.runtime().settings.notice_days(found.list_kind),
        reached=outcome.get("reached", []),
        hidden=outcome.get("hidden", 0),
        warnings=outcome.get("warnings", []),
        notice_due=_notice_due(session, found.list_kind) if pending else None,
        own=own and not can(actor, Permission.LIST_APPROVE, found),
        can_approve=pending and can(actor, Permission.LIST_APPROVE, found),
        errors=errors or {},
    )


def _change(
    session: Session, found: Adjustment, change: dict[str, Any], names: dict[str, str]
) -> dict[str, Any]:
    """A change with the item as it stands and as it would be."""
    before: dict[str, Any] | None = None
    if change["number"] and found.state == AdjustmentState.DRAFT:
        row = list_changes.standing(
            session, change["number"], found.effective_on or today(), found.list_kind
        )
        before = _stored(list_changes.values_of(row)) if row is not None else None
    after = _stored(change["item"]) if change["item"] else None
    return {
        "kind": change["kind"],
        "no": change["number"],
        **sides(before, after, found.list_kind, names),
        "internal": change["item"].get("internal_wording", ""),
    }


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    labels = [list_changes.cited(one).label for one in values["citations"]]
    return {**values, "citations": labels}


def _consequences(session: Session, actor: Identity, found: Adjustment) -> dict[str, Any]:
    try:
        seen = list_preview.preview(session, actor, found.id, now=http.now())
    except RuleError as error:
        return {"warnings": [error.cause, *(one for some in error.fields.values() for one in some)]}
    return {
        "rates": seen.rates,
        "stale": seen.stale,
        "released_total": seen.released_total,
        "reached_total": seen.reached_total,
        "released": [_entry(one, field, Openness.UNASSESSED) for one, field in seen.released],
        "reached": [_entry(one, field, None) for one, field in seen.reached],
        "hidden": seen.hidden,
        "warnings": seen.warnings,
    }


def _entry(dataset: Dataset, field: str, after: Openness | None) -> dict[str, Any]:
    now = Openness.WITHHELD if after else dataset.openness
    return {
        "slug": dataset.slug,
        "title": f"{dataset.title} · {field}" if field else dataset.title,
        "unit": {"name": dataset.unit.name},
        "from": now,
        "to": after or dataset.openness,
    }


def _notice_due(session: Session, kind: str) -> Any:
    year = today().year
    calendar = calendars.load(session, (year, year + 1))
    days = http.runtime().settings.notice_days(kind)
    return add_working_days(today(), days, calendar).day


@blueprint.get("/negative-list/adjustments/<adjustment_id>")
def show(adjustment_id: str) -> Response:
    """One adjustment with what it would entail."""
    actor = need(*ROLES)
    with http.reading() as session:
        return _show(session, actor, negative_list.adjustment(session, actor, adjustment_id))


@blueprint.post("/negative-list/adjustments/<adjustment_id>/renewal")
def renew(adjustment_id: str) -> Response:
    """Check one's own draft again, against the newest edition."""
    actor = need(*ROLES)
    try:
        with http.transaction() as session:
            negative_list.renew(session, actor, adjustment_id, now=http.now())
    except RuleError as error:
        if error.status not in {409, 422}:
            raise
        with http.reading() as session:
            found = negative_list.adjustment(session, actor, adjustment_id)
            errors = {"reasons": next(iter(field_errors(error).values()))}
            return _show(session, actor, found, errors=errors, status_code=error.status)
    flash(_("The draft rests on the newest edition now."), "ok")
    return redirect(f"/negative-list/adjustments/{adjustment_id}", 303)


@blueprint.post("/negative-list/adjustments/<adjustment_id>/withdrawal")
def withdraw(adjustment_id: str) -> Response:
    """Take one's own draft back."""
    actor = need(*ROLES)
    with http.transaction() as session:
        negative_list.withdraw(session, actor, adjustment_id, now=http.now())
    flash(_("The draft is taken back."), "ok")
    return redirect("/negative-list/adjustments", 303)


@blueprint.post("/negative-list/adjustments/<adjustment_id>/approval")
def decide(adjustment_id: str) -> Response:
    """Put it in force, or refuse it; never one's own draft."""
    actor = need(*ROLES)
    refused = form_text("decision") == "refused"
    try:
        with http.transaction() as session:
            if refused:
                negative_list.refuse(
                    session, actor, adjustment_id, reason=form_text("reasons"), now=http.now()
                )
            else:
                year = today().year
                kind = negative_list.adjustment(session, actor, adjustment_id).list_kind
                negative_list.approve(
                    session, actor, adjustment_id, now=http.now(),
                    calendar=calendars.load(session, (year, year + 1)),
                    working_days=http.runtime().settings.notice_days(kind),
                )  # fmt: skip
    except RuleError as error:
        if error.status not in {409, 422}:
            raise
        with http.reading() as session:
            found = negative_list.adjustment(session, actor, adjustment_id)
            errors = field_errors(error, {"reason": "reasons"})
            return _show(session, actor, found, errors=errors, status_code=error.status)
    flash(_("Refused.") if refused else _("Approved: a new edition is in force."), "ok")
    return redirect(f"/negative-list/adjustments/{adjustment_id}", 303)
