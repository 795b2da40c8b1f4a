"""One item of a list: what it closes, on what basis, since when, until when, who approved it."""

from datetime import date
from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Permission, can
from catalog.models import ExemptionItem
from catalog.pages import editions
from catalog.pages.asking import day_argument, today
from catalog.pages.comparing import scope_text, sides
from catalog.pages.editions import KIND, NEGATIVE
from catalog.pages.render import page
from catalog.pages.staff import every_unit
from catalog.services import item_approvals, item_scopes, negative_list
from catalog.services.item_approvals import Approval
from catalog.services.list_kinds import LIST_TYPES
from schemas.vocabularies import AdjustmentKind, ItemState, ListKind

blueprint = Blueprint("pages-items", __name__)
UNITS_SHOWN = 12


@blueprint.get("/negative-list/items/<number>", defaults=NEGATIVE)
@blueprint.get(f"/lists/{KIND}/items/<number>")
def show(kind: str, number: str) -> Response:
    """An item as it is on a day, with every version it has had."""
    on = day_argument("as_of", today())
    actor = http.actor()
    with http.reading() as session:
        versions = negative_list.item_history(session, number, kind)
        begun = [one for one in versions if one.valid_from <= on]
        item = begun[-1] if begun else versions[0]
        ids = {one.adjustment_id for one in versions}
        ids |= {one.ended_by_id for one in versions if one.ended_by_id}
        steps = item_approvals.approvals(session, actor, ids)
        seen = negative_list.view(session, actor, item, on)
        names = dict(every_unit(session))
        listing = LIST_TYPES[ListKind(kind)]
        state = negative_list.state_on(item, on)
        return page(
            "negative_list/item.html",
            kind=kind,
            list_url=editions.address(kind),
            listing=listing,
            as_of=on,
            today=today(),
            item={
                **seen,
                "scope_text": scope_text(item_scopes.public(item.scope), names),
                "details": item.details,
                "units": [names.get(code, code) for code in item.scope.get("units", ())],
                "since": versions[0].valid_from,
                "wording_since": item.valid_from,
                "until": item.valid_to,
                "next_review": item.review_by,
            },
            state=state.value,
            approval=steps.get(item.adjustment_id),
            timeline=_timeline(versions, steps, on),
            closes=_closes(session, number, on) if kind == ListKind.NEGATIVE else None,
            can_draft=can(actor, Permission.LIST_DRAFT) and state == ItemState.IN_FORCE,
            internal=can(actor, Permission.LIST_READ_INTERNAL),
        )


def _closes(session: Session, number: str, on: date) -> dict[str, Any]:
    found = item_approvals.closed_by_unit(session, number, on)
    most = max((count for _, _, count in found), default=0)
    return {
        "total": sum(count for _, _, count in found),
        "fields": item_approvals.fields_closed(session, number, on),
        "units": [
            {"code": code, "name": name, "count": count, "share": (count, most)}
            for code, name, count in found[:UNITS_SHOWN]
        ],
        "more": len(found) - UNITS_SHOWN,
    }


def _timeline(
    versions: list[ExemptionItem], steps: dict[str, Approval], on: date
) -> list[dict[str, Any]]:
    """What happened to the item, newest first: each version, and its end when nothing followed."""
    found: list[dict[str, Any]] = []
    before: ExemptionItem | None = None
    for one in versions:
        kind = AdjustmentKind.AMEND if before is not None else AdjustmentKind.ADD
        changed = _changed(before, one) if before else None
        found.append(
            {"day": one.valid_from, "kind": kind.value, "step": steps.get(one.adjustment_id),
             "changed": changed, "lapsed": False}
        )  # fmt: skip
        before = one
    last = versions[-1]
    if last.valid_to is not None:
        ended = steps.get(last.ended_by_id or "")
        kinds = ended.kinds if ended else {}
        found.append(
            {"day": last.valid_to, "kind": kinds.get(last.number, AdjustmentKind.REPEAL.value),
             "step": ended, "changed": None, "lapsed": ended is None}
        )  # fmt: skip
    return [{**one, "coming": one["day"] > on} for one in reversed(found)]


def _changed(before: ExemptionItem, after: ExemptionItem) -> dict[str, Any]:
    return sides(
        negative_list.public_view(before), negative_list.public_view(after), after.list_kind
    )
