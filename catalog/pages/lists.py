"""The lists that close nothing, each with its own columns: ``/lists``."""

from datetime import date
from typing import Any

from flask import Blueprint
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Permission, can
from catalog.models import Notice, Unit
from catalog.pages import list_files, twins
from catalog.pages.asking import day_argument, today
from catalog.pages.render import alternates, page, word
from catalog.services import negative_list, notices, plain_tables
from catalog.services.list_kinds import LIST_TYPES, ListType
from schemas.vocabularies import AdjustmentState, ListKind

blueprint = Blueprint("pages-lists", __name__)
KIND = "<any(disclosure,power,responsibility,'service-item',intermediary):kind>"


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
@blueprint.get(f"/lists/{KIND}.<any(json,csv,xlsx):form>")
def show(kind: str, form: str) -> Response:
    """The items of a list in force on a day, under its own headings."""
    on = day_argument("as_of", today())
    listing = LIST_TYPES[ListKind(kind)]
    with http.reading() as session:
        rows = rows_of(session, listing, on)
        headings = list(plain_tables.labels(listing).values())
        if form == "xlsx":
            return list_files.workbook(listing.name, rows, headings)
        if form != "html":
            return twins.answer(form, rows, {"as_of": on.isoformat(), "list": kind})
        drafts = []
        if can(http.actor(), Permission.LIST_READ_INTERNAL):
            found = negative_list.adjustments(session, http.actor(), kind=kind)
            drafts = [
                {"id": one.id, "by": one.drafted_by_name, "drafted": one.drafted_at,
                 "reason": one.reason, "state": one.state}
                for one in found
                if one.state == AdjustmentState.DRAFT
            ]  # fmt: skip
        editions = [
            {"number": one.number, "in_force_from": one.effective_on, "sha256": one.sha256,
             "notice": _notice(session, kind, one.number)}
            for one in negative_list.editions(session, kind)
        ]  # fmt: skip
    addresses = {**twins.links(f"/lists/{kind}"), "xlsx": f"/lists/{kind}.xlsx"}
    answer = page(
        "lists/show.html",
        kind=kind,
        headings=headings,
        rows=rows,
        as_of=on,
        today=today(),
        editions=editions,
        drafts=drafts,
        can_draft=can(http.actor(), Permission.LIST_DRAFT),
        twins=addresses,
    )
    return alternates(answer, {name: addresses[name] for name in ("json", "csv")})


def rows_of(session: Session, listing: ListType, on: date) -> list[dict[str, str]]:
    """The items of a list as rows under its headings."""
    names = dict(session.execute(select(Unit.code, Unit.name)).all())
    return [
        plain_tables.written(negative_list.public_view(one), listing, names)
        for one in negative_list.in_force(session, on, listing.kind)
    ]


def _notice(session: Session, kind: str, number: int) -> dict[str, Any] | None:
    notice = session.scalar(
        select(Notice).where(Notice.list_kind == kind, Notice.edition_number == number)
    )
    if notice is None:
        return None
    return {"state": notices.state_of(notice, today()), "due_on": notice.due_on}
