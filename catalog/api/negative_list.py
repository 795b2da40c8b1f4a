"""The negative list: items, editions, adjustments: ``/negative-list``."""

from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import one, page, plain, whole
from catalog.api.doors import PREFIX, Door
from catalog.errors import missing
from catalog.models import Adjustment, Dataset
from catalog.services import adjustment_marks, calendars, facts, list_preview, negative_list
from catalog.services.negative_list import Terms
from catalog.services.openness import Rate
from schemas.negative_list import (
    AdjustmentArgs,
    AdjustmentIn,
    AdjustmentOut,
    ConsequencesOut,
    DiffArgs,
    DiffOut,
    EditionOut,
    EditionSummary,
    ItemOut,
    ItemWithHistory,
    ListAsOfArgs,
    RefusalIn,
)
from schemas.paging import AS_OF, page_of
from schemas.vocabularies import ListKind

door = Door("negative list", "What stays closed, why, and by which law")


@door.get("/negative-list", answers=page_of(ItemOut, as_of=AS_OF), query=ListAsOfArgs)
def listing(query: dict[str, Any]) -> Response:
    """Items in force on a day"""
    on = query["as_of"] or facts.day(http.now())
    with http.reading() as session:
        return whole(
            negative_list.in_force(session, on),
            lambda row: negative_list.view(session, http.actor(), row, on),
            as_of=on.isoformat(),
        )


@door.get("/negative-list/items/<number>", answers=ItemWithHistory, query=ListAsOfArgs)
def show_item(query: dict[str, Any], number: str) -> Response:
    """An item as it is or was on a day, with all its versions"""
    on = query["as_of"] or facts.day(http.now())
    with http.reading() as session:
        versions = negative_list.item_history(session, number)
        begun = [row for row in versions if row.valid_from <= on]
        if not begun:
            raise missing("item")
        shown = [negative_list.view(session, http.actor(), row, on) for row in versions]
        return plain({**shown[len(begun) - 1], "history": shown})


@door.get("/negative-list/editions", answers=page_of(EditionSummary))
def editions() -> Response:
    """Every edition, newest first"""
    with http.reading() as session:
        return whole(negative_list.editions(session), EditionSummary)


@door.get("/negative-list/editions/<int(max=2147483647):number>", answers=EditionOut)
def edition(number: int) -> Response:
    """An edition: the public wording of every item, for ever"""
    with http.reading() as session:
        return one(EditionOut, negative_list.edition(session, number))


@door.get("/negative-list/diff", answers=DiffOut, query=DiffArgs)
def diff(query: dict[str, Any]) -> Response:
    """What differs between two editions"""
    with http.reading() as session:
        return one(DiffOut, negative_list.diff(session, query["old"], query["new"]))


def shown(adjustment: Adjustment) -> Response:
    """An adjustment, with the tag by which a decision says what it is about."""
    return one(AdjustmentOut, adjustment, version=adjustment_marks.of(adjustment))


@door.get("/negative-list/adjustments", answers=page_of(AdjustmentOut), query=AdjustmentArgs)
def adjustments(query: dict[str, Any]) -> Response:
    """Adjustments, newest first; for those who keep the list"""
    http.signed_in()
    with http.reading() as session:
        found = negative_list.adjustments(session, http.actor(), **query)
        return page(found, AdjustmentOut, limit=query["limit"])


@door.post("/negative-list/adjustments", answers=AdjustmentOut, body=AdjustmentIn)
def draft(body: dict[str, Any]) -> Response:
    """Draft an adjustment; another person approves it"""
    with http.transaction() as session:
        terms = Terms(policy=body.pop("policy"), document=body.pop("approval_document"))
        made = negative_list.draft(session, http.actor(), **body, terms=terms, now=http.now())
        session.flush()
        return one(
            AdjustmentOut, made, status=201, version=adjustment_marks.of(made),
            location=f"{PREFIX}/negative-list/adjustments/{made.id}",
        )  # fmt: skip


@door.get("/negative-list/adjustments/<adjustment_id>", answers=AdjustmentOut)
def show_adjustment(adjustment_id: str) -> Response:
    """An adjustment"""
    http.signed_in()
    with http.reading() as session:
        return shown(negative_list.adjustment(session, http.actor(), adjustment_id))


@door.get("/negative-list/adjustments/<adjustment_id>/consequences", answers=ConsequencesOut)
def preview(adjustment_id: str) -> Response:
    """What would follow if the adjustment were approved now"""
    http.signed_in()
    with http.reading() as session:
        found = list_preview.preview(session, http.actor(), adjustment_id, now=http.now())
        return plain(
            {
                "effective_on": found.effective_on.isoformat(),
                "stale": found.stale,
                "released": [_closed(dataset, field) for dataset, field in found.released],
                "reached": [_closed(dataset, field) for dataset, field in found.reached],
                "released_total": found.released_total,
                "reached_total": found.reached_total,
                "hidden": found.hidden,
                "rates": [
                    {"name": one.name, "before": _rate(one.before), "after": _rate(one.after)}
                    for one in found.rates
                ],
                "warnings": [http.say(warning) for warning in found.warnings],
            }
        )


def _rate(rate: Rate) -> dict[str, Any]:
    return {"n": rate.n, "d": rate.d, "percent": rate.percent}


def _closed(dataset: Dataset, field: str) -> dict[str, str]:
    return {"dataset": dataset.slug, "title": dataset.title, "field": field}


@door.post("/negative-list/adjustments/<adjustment_id>/approval", answers=AdjustmentOut, status=200)
def approve(adjustment_id: str) -> Response:
    """Put an adjustment in force: edition, rates and notice follow at once"""
    settings = http.runtime().settings
    year = facts.day(http.now()).year
    with http.transaction() as session:
        adjustment_marks.check_seen(session, http.actor(), adjustment_id, http.expected())
        found = negative_list.approve(
            session,
            http.actor(),
            adjustment_id,
            now=http.now(),
            calendar=calendars.load(session, (year, year + 1)),
            working_days=settings.notice_days(ListKind.NEGATIVE),
        )
        return shown(found)


@door.post("/negative-list/adjustments/<adjustment_id>/revision", answers=AdjustmentOut,
           body=AdjustmentIn, status=200)  # fmt: skip
def revise(body: dict[str, Any], adjustment_id: str) -> Response:
    """Let one's own draft say something else; it rests on the newest edition then"""
    terms = Terms(policy=body.pop("policy"), document=body.pop("approval_document"))
    with http.transaction() as session:
        adjustment_marks.check_seen(session, http.actor(), adjustment_id, http.expected())
        found = negative_list.revise(
            session, http.actor(), adjustment_id, **body, terms=terms, now=http.now()
        )
        return shown(found)


@door.post("/negative-list/adjustments/<adjustment_id>/renewal", answers=AdjustmentOut, status=200)
def renew(adjustment_id: str) -> Response:
    """Check a draft again and found it on the newest edition"""
    with http.transaction() as session:
        adjustment_marks.check_seen(session, http.actor(), adjustment_id, http.expected())
        found = negative_list.renew(session, http.actor(), adjustment_id, now=http.now())
        return shown(found)


@door.post(
    "/negative-list/adjustments/<adjustment_id>/withdrawal", answers=AdjustmentOut, status=200
)
def withdraw(adjustment_id: str) -> Response:
    """Take one's own draft back before it is decided"""
    with http.transaction() as session:
        adjustment_marks.check_seen(session, http.actor(), adjustment_id, http.expected())
        found = negative_list.withdraw(session, http.actor(), adjustment_id, now=http.now())
        return shown(found)


@door.post(
    "/negative-list/adjustments/<adjustment_id>/refusal",
    answers=AdjustmentOut,
    body=RefusalIn,
    status=200,
)
def refuse(body: dict[str, Any], adjustment_id: str) -> Response:
    """Turn a draft down"""
    with http.transaction() as session:
        adjustment_marks.check_seen(session, http.actor(), adjustment_id, http.expected())
        found = negative_list.refuse(
            session, http.actor(), adjustment_id, reason=body["reason"], now=http.now()
        )
        return shown(found)
