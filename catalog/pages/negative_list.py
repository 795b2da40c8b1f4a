"""The negative list as everybody may read it: what is closed on a day, why, since and until when."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Permission, can
from catalog.models import ExemptionItem
from catalog.pages import editions, list_files, twins
from catalog.pages.asking import argument, choice_argument, day_argument, today
from catalog.pages.comparing import scope_text
from catalog.pages.render import alternates, here, page
from catalog.services import item_approvals, item_scopes, negative_list
from catalog.services.item_approvals import Approval
from schemas.vocabularies import Ground, ListKind

blueprint = Blueprint("pages-negative-list", __name__)


def row(
    item: ExemptionItem, on: date, closed: Mapping[str, int], approval: Approval | None
) -> dict[str, Any]:
    """An item in its public wording."""
    return {
        "no": item.number,
        "name": item.name,
        "ground": item.ground,
        "wording": item.public_wording,
        "circumstances": [one.text for one in item.circumstances],
        "basis": [
            {"citation": one.label, "url": "", "stale": negative_list.stale(one, on)}
            for one in item.citations
        ],
        "scope": scope_text(item_scopes.public(item.scope)),
        "since": item.valid_from,
        "until": item.valid_to,
        "approval": approval,
        "next_review": item.review_by,
        "overdue": negative_list.review_overdue(item, on),
        "state": negative_list.state_on(item, on).value,
        "entries": closed.get(item.number, 0),
    }


@blueprint.get("/negative-list", defaults={"form": "html"})
@blueprint.get("/negative-list.<any(json,csv):form>")
def index(form: str) -> Response:
    """The items in force on a day."""
    on = day_argument("as_of", today())
    q, ground = argument("q"), choice_argument("ground", list(Ground))
    with http.reading() as session:
        closed = item_approvals.entries_closed(session, on)
        held = negative_list.in_force(session, on)
        steps = item_approvals.approvals(session, http.actor(), {one.adjustment_id for one in held})
        everything = [row(item, on, closed, steps.get(item.adjustment_id)) for item in held]
        found = [one for one in everything if not q or q.casefold() in _searched(one)]
        shown = [one for one in found if not ground or one["ground"] == ground]
        if form != "html":
            return twins.answer(
                form, [editions.flat(one) for one in shown], {"as_of": on.isoformat()}
            )
        grounds = Counter(one["ground"] for one in found)
        edition = negative_list.edition_on(session, on)
        every = editions.listed(session, ListKind.NEGATIVE)
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
        editions=every,
        can_draft=can(http.actor(), Permission.LIST_DRAFT),
        twins={**addresses, **list_files.links(addresses["csv"])},
    )  # fmt: skip
    return alternates(answer, addresses)


def _searched(one: dict[str, Any]) -> str:
    citations = (basis["citation"] for basis in one["basis"])
    return "\n".join(
        [one["no"], one["name"], one["wording"], *one["circumstances"], *citations]
    ).casefold()
