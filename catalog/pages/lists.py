"""The lists that close nothing, each with its own columns: ``/lists``."""

from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Permission, can
from catalog.pages import editions, list_files, twins
from catalog.pages.asking import TABLE_SIZE, day_argument, today
from catalog.pages.editions import KIND
from catalog.pages.render import alternates, page, word
from catalog.services import list_exchange, negative_list
from catalog.services.list_kinds import LIST_TYPES
from schemas.vocabularies import AdjustmentState, ListKind

blueprint = Blueprint("pages-lists", __name__)


@blueprint.get("/lists", defaults={"form": "html"})
@blueprint.get("/lists.<any(json,csv):form>")
def index(form: str) -> Response:
    """Every kind of list with its edition in force and its notice deadline."""
    settings = http.runtime().settings
    with http.reading() as session:
        rows = [_kind(session, kind, settings.notice_days(kind)) for kind in LIST_TYPES]
    if form != "html":
        return twins.answer(form, rows, {})
    addresses = twins.links("/lists")
    return alternates(page("lists/index.html", lists=rows, twins=addresses), addresses)


def _kind(session: Session, kind: ListKind, days: int) -> dict[str, Any]:
    held = negative_list.edition_on(session, today(), kind=kind)
    return {
        "kind": kind.value,
        "name": word("list-kind", kind),
        "url": "/negative-list" if kind == ListKind.NEGATIVE else f"/lists/{kind.value}",
        "edition": held.number if held else None,
        "in_force_from": held.effective_on if held else None,
        "items": len(negative_list.in_force(session, today(), kind)),
        "notice_days": days,
    }


@blueprint.get(f"/lists/{KIND}", defaults={"form": "html"})
@blueprint.get(f"/lists/{KIND}.<any(json,csv):form>")
def show(kind: str, form: str) -> Response:
    """The items of a list in force on a day, under its own headings."""
    on = day_argument("as_of", today())
    with http.reading() as session:
        rows = list_exchange.written(session, ListKind(kind), on)
        if form != "html":
            return twins.answer(form, rows, {"as_of": on.isoformat(), "list": kind})
        drafts = []
        if can(http.actor(), Permission.LIST_READ_INTERNAL):
            found = negative_list.adjustments(
                session, http.actor(), AdjustmentState.DRAFT, kind, limit=TABLE_SIZE
            )
            drafts = [
                {"id": one.id, "by": one.drafted_by_name, "drafted": one.drafted_at,
                 "reason": one.reason, "state": one.state}
                for one in found.items
            ]  # fmt: skip
        every = editions.listed(session, kind)
    addresses = twins.links(f"/lists/{kind}")
    answer = page(
        "lists/show.html",
        kind=kind,
        headings=editions.headings(kind),
        rows=rows,
        as_of=on,
        today=today(),
        editions=every,
        notice_days=http.runtime().settings.notice_days(kind),
        drafts=drafts,
        can_draft=can(http.actor(), Permission.LIST_DRAFT),
        twins={**addresses, **list_files.links(addresses["csv"])},
    )
    return alternates(answer, addresses)
