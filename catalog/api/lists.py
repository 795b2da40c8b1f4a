"""The lists that close nothing, on the machinery of the negative list: ``/lists``."""

from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import one, page, whole
from catalog.api.doors import PREFIX, Door
from catalog.api.negative_list import shown
from catalog.errors import missing
from catalog.services import adjustment_marks, calendars, facts, negative_list
from catalog.services.list_kinds import LIST_TYPES, OTHERS
from catalog.services.negative_list import Terms
from schemas.negative_list import (
    AdjustmentArgs,
    AdjustmentIn,
    AdjustmentOut,
    DiffArgs,
    DiffOut,
    EditionOut,
    EditionSummary,
    ListAsOfArgs,
    ListKindOut,
    PlainItemOut,
    RefusalIn,
)
from schemas.paging import AS_OF, page_of

door = Door("lists", "Powers, responsibilities, service items and other lists, by editions")
ADJUSTMENT = "/lists/<kind>/adjustments/<adjustment_id>"


def _known(kind: str) -> str:
    if kind not in OTHERS:
        raise missing("list")
    return kind


@door.get("/lists", answers=page_of(ListKindOut))
def kinds() -> Response:
    """Every kind of list: its columns and the working days in which a change is published"""
    settings = http.runtime().settings
    return whole(
        [
            {
                "kind": kind.value,
                "name": listing.name,
                "columns": [
                    {"key": one.key, "label": one.label, "title": http.say(one.title),
                     "required": one.required}
                    for one in listing.columns
                ],
                "notice_working_days": settings.notice_days(kind),
            }
            for kind, listing in LIST_TYPES.items()
        ],
        ListKindOut,
    )  # fmt: skip


@door.get("/lists/<kind>", answers=page_of(PlainItemOut, as_of=AS_OF), query=ListAsOfArgs)
def show(query: dict[str, Any], kind: str) -> Response:
    """Items of a list in force on a day"""
    on = query["as_of"] or facts.day(http.now())
    with http.reading() as session:
        found = negative_list.in_force(session, on, _known(kind))
        rows = [negative_list.public_view(row) for row in found]
        return whole(rows, lambda row: row, as_of=on.isoformat())


@door.get("/lists/<kind>/editions", answers=page_of(EditionSummary))
def editions(kind: str) -> Response:
    """Every edition of a list, newest first"""
    with http.reading() as session:
        return whole(negative_list.editions(session, _known(kind)), EditionSummary)


@door.get("/lists/<kind>/editions/<int(max=2147483647):number>", answers=EditionOut)
def edition(kind: str, number: int) -> Response:
    """An edition of a list, for ever"""
    with http.reading() as session:
        return one(EditionOut, negative_list.edition(session, number, _known(kind)))


@door.get("/lists/<kind>/diff", answers=DiffOut, query=DiffArgs)
def diff(query: dict[str, Any], kind: str) -> Response:
    """What differs between two editions of a list"""
    with http.reading() as session:
        return one(DiffOut, negative_list.diff(session, query["old"], query["new"], _known(kind)))


@door.get("/lists/<kind>/adjustments", answers=page_of(AdjustmentOut), query=AdjustmentArgs)
def adjustments(query: dict[str, Any], kind: str) -> Response:
    """Adjustments of a list, newest first; for those who keep it"""
    http.signed_in()
    with http.reading() as session:
        found = negative_list.adjustments(session, http.actor(), **query, kind=_known(kind))
        return page(found, AdjustmentOut, limit=query["limit"])


@door.post("/lists/<kind>/adjustments", answers=AdjustmentOut, body=AdjustmentIn)
def draft(body: dict[str, Any], kind: str) -> Response:
    """Draft an adjustment of a list; another person approves it"""
    terms = Terms(_known(kind), body.pop("policy"), body.pop("approval_document"))
    with http.transaction() as session:
        made = negative_list.draft(session, http.actor(), **body, terms=terms, now=http.now())
        at = f"{PREFIX}/lists/{kind}/adjustments/{made.id}"
        mark = adjustment_marks.of(made)
        return one(AdjustmentOut, made, status=201, version=mark, location=at)


@door.get(ADJUSTMENT, answers=AdjustmentOut)
def adjustment(kind: str, adjustment_id: str) -> Response:
    """An adjustment of a list"""
    _known(kind)
    http.signed_in()
    with http.reading() as session:
        return shown(negative_list.adjustment(session, http.actor(), adjustment_id))


@door.post(f"{ADJUSTMENT}/approval", answers=AdjustmentOut, status=200)
def approve(kind: str, adjustment_id: str) -> Response:
    """Put an adjustment of a list in force: edition and notice follow at once"""
    year = facts.day(http.now()).year
    days = http.runtime().settings.notice_days(_known(kind))
    with http.transaction() as session:
        adjustment_marks.check_seen(session, http.actor(), adjustment_id, http.expected())
        found = negative_list.approve(
            session, http.actor(), adjustment_id, now=http.now(),
            calendar=calendars.load(session, (year, year + 1)), working_days=days,
        )  # fmt: skip
        return shown(found)


@door.post(f"{ADJUSTMENT}/revision", answers=AdjustmentOut, body=AdjustmentIn, status=200)
def revise(body: dict[str, Any], kind: str, adjustment_id: str) -> Response:
    """Let one's own draft of a list say something else; it rests on the newest edition then"""
    terms = Terms(_known(kind), body.pop("policy"), body.pop("approval_document"))
    with http.transaction() as session:
        adjustment_marks.check_seen(session, http.actor(), adjustment_id, http.expected())
        found = negative_list.revise(
            session, http.actor(), adjustment_id, **body, terms=terms, now=http.now()
        )
        return shown(found)


@door.post(f"{ADJUSTMENT}/withdrawal", answers=AdjustmentOut, status=200)
def withdraw(kind: str, adjustment_id: str) -> Response:
    """Take one's own draft of a list back before it is decided"""
    _known(kind)
    with http.transaction() as session:
        adjustment_marks.check_seen(session, http.actor(), adjustment_id, http.expected())
        found = negative_list.withdraw(session, http.actor(), adjustment_id, now=http.now())
        return shown(found)


@door.post(f"{ADJUSTMENT}/renewal", answers=AdjustmentOut, status=200)
def renew(kind: str, adjustment_id: str) -> Response:
    """Check a draft of a list again and found it on the newest edition"""
    _known(kind)
    with http.transaction() as session:
        adjustment_marks.check_seen(session, http.actor(), adjustment_id, http.expected())
        found = negative_list.renew(session, http.actor(), adjustment_id, now=http.now())
        return shown(found)


@door.post(f"{ADJUSTMENT}/refusal", answers=AdjustmentOut, body=RefusalIn, status=200)
def refuse(body: dict[str, Any], kind: str, adjustment_id: str) -> Response:
    """Turn a draft of a list down"""
    _known(kind)
    with http.transaction() as session:
        adjustment_marks.check_seen(session, http.actor(), adjustment_id, http.expected())
        found = negative_list.refuse(
            session, http.actor(), adjustment_id, reason=body["reason"], now=http.now()
        )
        return shown(found)
