"""Editions of every list, for ever, and what differs between two of them."""

from collections import Counter
from typing import Any

from flask import Blueprint, redirect
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.models import Adjustment, Edition, Notice
from catalog.pages import twins
from catalog.pages.asking import argument, number_argument, today
from catalog.pages.comparing import scope_text, sides
from catalog.pages.render import alternates, page
from catalog.pages.staff import every_unit
from catalog.services import facts, item_approvals, negative_list, notices, plain_tables
from catalog.services.item_approvals import Approval
from catalog.services.list_kinds import LIST_TYPES
from schemas.vocabularies import AdjustmentKind, ListKind

blueprint = Blueprint("pages-editions", __name__)
KIND = "<any(disclosure,power,responsibility,'service-item',intermediary):kind>"
NEGATIVE = {"kind": ListKind.NEGATIVE.value}


def address(kind: str) -> str:
    """Where a list stands."""
    return "/negative-list" if kind == ListKind.NEGATIVE else f"/lists/{kind}"


def edition_url(kind: str, number: int) -> str:
    """Where an edition of a list stands."""
    return f"{address(kind)}/editions/{number}"


def diff_url(kind: str, number: int) -> str:
    """Where an edition is compared with the one before."""
    return f"{address(kind)}/diff?from={number - 1}&to={number}"


def listed(session: Session, kind: str) -> list[dict[str, Any]]:
    """Every edition of a list, newest first: what changed, and whether its notice came in time."""
    found = negative_list.editions(session, kind)
    steps = {
        one.id: one
        for one in session.scalars(select(Adjustment).where(Adjustment.list_kind == kind))
    }
    owed = {
        one.edition_number: one
        for one in session.scalars(select(Notice).where(Notice.list_kind == kind))
    }
    numbers = {one.number for one in found}
    shown = []
    for one in found:
        step = steps[one.adjustment_id]
        kinds = Counter(change["kind"] for change in step.changes)
        notice = owed.get(one.number)
        shown.append(
            {
                "number": one.number,
                "in_force_from": one.effective_on,
                "added": kinds[AdjustmentKind.ADD],
                "amended": kinds[AdjustmentKind.AMEND],
                "repealed": kinds[AdjustmentKind.REPEAL],
                "opened": kinds[AdjustmentKind.OPEN],
                "url": edition_url(kind, one.number),
                "diff_url": diff_url(kind, one.number) if one.number - 1 in numbers else None,
                "notice": {"state": notices.state_of(notice, today()), "due_on": notice.due_on}
                if notice else None,
            }
        )  # fmt: skip
    return shown


def _closing(one: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """An item of the negative list as an edition keeps it."""
    return {
        "no": one["number"],
        "name": one["name"],
        "ground": one["ground"],
        "wording": one["public_wording"],
        "circumstances": one["circumstances"],
        "basis": [{"citation": text, "url": "", "stale": False} for text in one["citations"]],
        "scope": scope_text(one["scope"], names),
        "since": one["valid_from"],
        "until": one["valid_to"],
        "approval": None,
        "next_review": one["review_by"],
        "overdue": False,
        "state": "in force",
        "entries": None,
    }


def flat(one: dict[str, Any]) -> dict[str, Any]:
    """An item of the negative list as a line of the twins."""
    names = ("no", "name", "ground", "wording", "circumstances", "scope", "since", "until",
             "next_review", "overdue", "state", "entries")  # fmt: skip
    basis = [basis["citation"] for basis in one["basis"]]
    return {**{name: one[name] for name in names}, "basis": basis}


@blueprint.get(
    "/negative-list/editions/<int(max=2147483647):number>", defaults={**NEGATIVE, "form": "html"}
)
@blueprint.get(
    "/negative-list/editions/<int(max=2147483647):number>.<any(json,csv):form>", defaults=NEGATIVE
)
@blueprint.get(f"/lists/{KIND}/editions/<int(max=2147483647):number>", defaults={"form": "html"})
@blueprint.get(f"/lists/{KIND}/editions/<int(max=2147483647):number>.<any(json,csv):form>")
def edition(kind: str, number: int, form: str) -> Response:
    """One immutable edition, for ever."""
    with http.reading() as session:
        found = negative_list.edition(session, number, kind)
        names = dict(every_unit(session))
        listing = LIST_TYPES[ListKind(kind)]
        closing = kind == ListKind.NEGATIVE
        items = [
            _closing(one, names) if closing else plain_tables.written(one, listing, names)
            for one in found.content
        ]
        if form != "html":
            more = {"edition": number, "sha256": found.sha256}
            rows = [flat(one) for one in items] if closing else items
            return twins.answer(form, rows, more)
        return _edition(session, found, items)


def _edition(session: Session, found: Edition, items: list[dict[str, Any]]) -> Response:
    kind, number = found.list_kind, found.number
    steps = item_approvals.approvals(session, http.actor(), [found.adjustment_id])
    step = steps.get(found.adjustment_id)
    others = {one.number: one for one in negative_list.editions(session, kind)}
    later = others.get(number + 1)
    addresses = twins.links(edition_url(kind, number))
    answer = page(
        "negative_list/edition.html",
        kind=kind,
        list_url=address(kind),
        edition={
            "number": number,
            "in_force_from": found.effective_on,
            "in_force_to": later.effective_on if later else None,
            "approved_on": facts.day(found.made_at),
            "approved_by": step.by if step else "",
            "document": step.document if step else "",
            "reason": step.reason if step else "",
            "sha256": found.sha256,
        },
        changes=_changes(session, kind, step, found),
        items=items,
        headings=headings(kind),
        previous=_neighbour(kind, others, number - 1),
        next=_neighbour(kind, others, number + 1),
        diff_url=diff_url(kind, number) if number - 1 in others else None,
        notice=_notice(session, kind, number),
        twins=addresses,
    )
    return alternates(answer, addresses)


def _notice(session: Session, kind: str, number: int) -> dict[str, Any] | None:
    query = select(Notice).where(Notice.list_kind == kind, Notice.edition_number == number)
    notice = session.scalar(query)
    if notice is None:
        return None
    return {
        "state": notices.state_of(notice, today()), "due_on": notice.due_on,
        "published_on": notice.published_on, "url": f"/notices#notice-{notice.id}",
    }  # fmt: skip


def headings(kind: str) -> list[tuple[str, Any]]:
    """The headings of a list as (label of the row, sentence of the interface)."""
    listing = LIST_TYPES[ListKind(kind)]
    said = plain_tables.titles(listing)
    return [(label, said[key]) for key, label in plain_tables.labels(listing).items()]


def _neighbour(kind: str, others: dict[int, Edition], number: int) -> dict[str, Any] | None:
    return {"number": number, "url": edition_url(kind, number)} if number in others else None


def _changes(
    session: Session, kind: str, step: Approval | None, found: Edition
) -> list[dict[str, str]]:
    """What the adjustment did, by item; an item that ended is named as it stood."""
    names = {one["number"]: one["name"] for one in found.content}
    done = step.kinds if step else {}
    gone = [number for number in done if number not in names]
    names |= {number: negative_list.item_history(session, number, kind)[-1].name for number in gone}
    return [
        {"kind": what, "no": number, "name": names[number],
         "url": f"{address(kind)}/items/{number}"}
        for number, what in done.items()
    ]  # fmt: skip


@blueprint.get("/negative-list/diff", defaults=NEGATIVE)
@blueprint.get(f"/lists/{KIND}/diff")
def diff(kind: str) -> Response:
    """What differs between two editions, item by item, with the changed words marked."""
    with http.reading() as session:
        numbers = [one.number for one in negative_list.editions(session, kind)]
        if not (argument("from") and argument("to")):
            if len(numbers) < 2:
                return redirect(address(kind), 303)
            return redirect(diff_url(kind, numbers[0]), 303)
        old, new = number_argument("from"), number_argument("to")
        found = negative_list.diff(session, old, new, kind)
        names = dict(every_unit(session))
    counted = Counter(change.kind for change in found.changes)
    return page(
        "negative_list/diff.html",
        kind=kind,
        list_url=address(kind),
        old=old,
        new=new,
        editions=numbers,
        changes=[
            {"kind": one.kind, "no": one.number, **sides(one.before, one.after, kind, names)}
            for one in found.changes
        ],
        counts={**{kind.value: counted[kind] for kind in AdjustmentKind}, "same": found.same},
    )
