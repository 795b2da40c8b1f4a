"""The negative list as everybody may read it: items of a day, editions, what differs between two."""

from collections import Counter
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from flask import Blueprint, redirect
from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.models import Adjustment, Edition, ExemptionItem, ExemptionLink, Notice
from catalog.pages import twins
from catalog.pages.asking import argument, choice_argument, day_argument, number_argument, today
from catalog.pages.render import alternates, here, page
from catalog.services import facts, item_scopes, negative_list, notices
from schemas import elements
from schemas.vocabularies import AdjustmentKind, Ground, ListKind

blueprint = Blueprint("pages-negative-list", __name__)


def scope_text(scope: dict[str, Any]) -> str:
    """A scope in words; no scope reaches everything."""
    labels = {
        "units": _("Units"),
        "themes": _("Themes"),
        "fields": _("Fields"),
        "elements": _("Standard elements"),
    }
    parts = [
        f"{labels[key]}: {'、'.join(elements.title(one) for one in scope[key])}"
        for key in labels
        if scope.get(key)
    ]
    if count := scope.get("entries_named") or len(scope.get("entries") or ()):
        parts.append(_("%(count)s entries by their codes", count=count))
    return " · ".join(parts)


def entries_closed(session: Session) -> Counter[str]:
    """How many whole entries each item closes now."""
    found = session.execute(
        select(ExemptionLink.item_number, func.count(func.distinct(ExemptionLink.dataset_id)))
        .where(
            ExemptionLink.field == "",
            ExemptionLink.superseded_at.is_(None),
            ExemptionLink.valid_to.is_(None),
        )
        .group_by(ExemptionLink.item_number)
    )
    return Counter(dict(found.all()))


def row(item: ExemptionItem, on: date, closed: Counter[str]) -> dict[str, Any]:
    """An item in its public wording."""
    return {
        "no": item.number,
        "name": item.name,
        "unit": None,
        "ground": item.ground,
        "wording": item.public_wording,
        "circumstances": [one.text for one in item.circumstances],
        "basis": [
            {"citation": one.label, "url": "", "stale": negative_list.stale(one, on)}
            for one in item.citations
        ],
        "scope": scope_text(item_scopes.public(item.scope)),
        "next_review": item.review_by,
        "overdue": negative_list.review_overdue(item, on),
        "state": negative_list.state_on(item, on).value,
        "entries": closed[item.number],
    }


@blueprint.get("/negative-list", defaults={"form": "html"})
@blueprint.get("/negative-list.<any(json,csv):form>")
def index(form: str) -> Response:
    """The items in force on a day."""
    on = day_argument("as_of", today())
    q, ground = argument("q"), choice_argument("ground", list(Ground))
    with http.reading() as session:
        closed = entries_closed(session)
        everything = [row(item, on, closed) for item in negative_list.in_force(session, on)]
        found = [one for one in everything if not q or q.casefold() in _searched(one)]
        shown = [one for one in found if not ground or one["ground"] == ground]
        if form != "html":
            return twins.answer(form, [_flat(one) for one in shown], {"as_of": on.isoformat()})
        grounds = Counter(one["ground"] for one in found)
        edition = negative_list.edition_on(session, on)
        editions = _editions(session)
    addresses = twins.links("/negative-list")
    answer = page(
        "negative_list/index.html",
        edition={"number": edition.number, "in_force_from": edition.effective_on,
                 "items": len(edition.content)} if edition else None,
        as_of=on,
        today=today(),
        items=shown,
        grounds=[
            {"value": one.value, "count": grounds[one], "selected": one == ground,
             "url": here(ground=None if one == ground else one.value)}
            for one in Ground if grounds[one]
        ],
        q=q,
        clear_url=here(ground=None, q=None) if ground or q else "",
        counts={
            "in_force": len(everything),
            "overdue": sum(one["overdue"] for one in everything),
            "stale": sum(any(b["stale"] for b in one["basis"]) for one in everything),
            "entries": sum(closed.values()),
        },
        editions=editions,
        twins=addresses,
    )  # fmt: skip
    return alternates(answer, addresses)


def _searched(one: dict[str, Any]) -> str:
    citations = (basis["citation"] for basis in one["basis"])
    return "\n".join(
        [one["no"], one["name"], one["wording"], *one["circumstances"], *citations]
    ).casefold()


def _flat(one: dict[str, Any]) -> dict[str, Any]:
    names = ("no", "name", "ground", "wording", "circumstances", "scope", "next_review", "overdue",
             "state", "entries")  # fmt: skip
    basis = [basis["citation"] for basis in one["basis"]]
    return {**{name: one[name] for name in names}, "basis": basis}


def _editions(session: Session) -> list[dict[str, Any]]:
    found = negative_list.editions(session)
    steps = {one.id: one for one in session.scalars(select(Adjustment))}
    owed = {
        one.edition_number: one
        for one in session.scalars(select(Notice).where(Notice.list_kind == ListKind.NEGATIVE))
    }
    numbers = {one.number for one in found}
    shown = []
    for one in found:
        kinds = Counter(change["kind"] for change in steps[one.adjustment_id].changes)
        notice = owed.get(one.number)
        shown.append(
            {
                "number": one.number,
                "in_force_from": one.effective_on,
                "added": kinds[AdjustmentKind.ADD],
                "amended": kinds[AdjustmentKind.AMEND],
                "repealed": kinds[AdjustmentKind.REPEAL],
                "opened": kinds[AdjustmentKind.OPEN],
                "url": _edition_url(one.number),
                "diff_url": _diff_url(one.number) if one.number - 1 in numbers else None,
                "notice": {"state": notices.state_of(notice, today())} if notice else None,
            }
        )
    return shown


def _edition_url(number: int) -> str:
    return f"/negative-list/editions/{number}"


def _diff_url(number: int) -> str:
    return f"/negative-list/diff?from={number - 1}&to={number}"


def _of_edition(one: dict[str, Any]) -> dict[str, Any]:
    """An item as an edition keeps it."""
    return {
        "no": one["number"],
        "name": one["name"],
        "unit": None,
        "ground": one["ground"],
        "wording": one["public_wording"],
        "circumstances": one["circumstances"],
        "basis": [{"citation": text, "url": "", "stale": False} for text in one["citations"]],
        "scope": scope_text(one["scope"]),
        "next_review": one["review_by"],
        "overdue": False,
        "state": "in force",
        "entries": None,
    }


@blueprint.get("/negative-list/editions/<int:number>", defaults={"form": "html"})
@blueprint.get("/negative-list/editions/<int:number>.<any(json,csv):form>")
def edition(number: int, form: str) -> Response:
    """One immutable edition, for ever."""
    with http.reading() as session:
        found = negative_list.edition(session, number)
        items = [_of_edition(one) for one in found.content]
        if form != "html":
            more = {"edition": number, "sha256": found.sha256}
            return twins.answer(form, [_flat(one) for one in items], more)
        step = session.get(Adjustment, found.adjustment_id)
        others = {one.number: one for one in negative_list.editions(session)}
        notice = session.scalar(
            select(Notice).where(
                Notice.list_kind == ListKind.NEGATIVE, Notice.edition_number == number
            )
        )
        addresses = twins.links(f"/negative-list/editions/{number}")
        later = others.get(number + 1)
        answer = page(
            "negative_list/edition.html",
            edition={
                "number": number,
                "in_force_from": found.effective_on,
                "in_force_to": later.effective_on if later else None,
                "approved_on": facts.day(found.made_at),
                "approved_by": step.approval_document if step else "",
                "sha256": found.sha256,
            },
            changes=_changes(step, found),
            items=items,
            previous=_neighbour(others, number - 1),
            next=_neighbour(others, number + 1),
            diff_url=_diff_url(number) if number - 1 in others else None,
            notice={
                "state": notices.state_of(notice, today()), "due_on": notice.due_on,
                "published_on": notice.published_on, "url": f"/notices#notice-{notice.id}",
            } if notice else None,
            twins=addresses,
        )  # fmt: skip
    return alternates(answer, addresses)


def _neighbour(others: dict[int, Edition], number: int) -> dict[str, Any] | None:
    return {"number": number, "url": _edition_url(number)} if number in others else None


def _changes(step: Adjustment | None, found: Edition) -> list[dict[str, str]]:
    names = {one["number"]: one["name"] for one in found.content}
    return [
        {
            "kind": change["kind"],
            "no": change["number"],
            "name": change["item"].get("name") or names.get(change["number"], ""),
            "reason": "",
        }
        for change in (step.changes if step else ())
    ]


@blueprint.get("/negative-list/diff")
def diff() -> Response:
    """What differs between two editions, item by item, with the changed words marked."""
    with http.reading() as session:
        numbers = [one.number for one in negative_list.editions(session)]
        if not (argument("from") and argument("to")):
            if len(numbers) < 2:
                return redirect("/negative-list", 303)
            return redirect(_diff_url(numbers[0]), 303)
        old, new = number_argument("from"), number_argument("to")
        found = negative_list.diff(session, old, new)
    counted = Counter(change.kind for change in found.changes)
    return page(
        "negative_list/diff.html",
        old=old,
        new=new,
        editions=numbers,
        changes=[
            {"kind": one.kind, "no": one.number, **sides(one.before, one.after)}
            for one in found.changes
        ],
        counts={**{kind.value: counted[kind] for kind in AdjustmentKind}, "same": found.same},
    )


def sides(before: Any, after: Any) -> dict[str, Any]:
    """Two versions of an item beside each other; ``<del>`` and ``<ins>`` mark what differs."""
    if before is None or after is None:
        return {"before": before and _side(before), "after": after and _side(after)}
    left, right = _side(before), _side(after)
    left["name"], right["name"] = marked(before["name"], after["name"])
    for key in ("circumstances", "basis"):
        mine, theirs = left[key], right[key]
        both = set(mine) & set(theirs)
        pairs = zip(
            [one for one in mine if one not in both], [one for one in theirs if one not in both],
            strict=False,
        )  # fmt: skip
        words = {}
        for old, new in pairs:
            words["old", old], words["new", new] = marked(old, new)
        left[key] = [
            one if one in both else words.get(("old", one), _all("del", one)) for one in mine
        ]
        right[key] = [
            one if one in both else words.get(("new", one), _all("ins", one)) for one in theirs
        ]
    return {"before": left, "after": right}


def _side(one: Any) -> dict[str, Any]:
    return {
        "name": one["name"],
        "ground": one["ground"],
        "circumstances": [*one["circumstances"], *(one.get("details") or {}).values()],
        "basis": list(one["citations"]),
        "next_review": one["review_by"],
    }


def _all(tag: str, text: str) -> Markup:
    return Markup(f"<{tag}>{{}}</{tag}>").format(text)  # noqa: S704  (tag is del or ins)


def marked(old: str, new: str) -> tuple[Markup, Markup]:
    """Two texts with what went marked in the first and what came marked in the second."""
    left, right = [], []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        left.append(escape(old[a:b]) if kind == "equal" or a == b else _all("del", old[a:b]))
        right.append(escape(new[c:d]) if kind == "equal" or c == d else _all("ins", new[c:d]))
    return Markup().join(left), Markup().join(right)
