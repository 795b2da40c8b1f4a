"""The front page."""

from dataclasses import replace

from flask import Blueprint
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import ANONYMOUS
from catalog.pages import figures, summaries
from catalog.pages.asking import today
from catalog.pages.render import page, word
from catalog.services import facts, negative_list, notices, openness, searching
from catalog.services.searching import SearchQuery
from schemas.vocabularies import DatasetState

blueprint = Blueprint("pages-home", __name__)
UPDATED = SearchQuery(
    sort="modified",
    limit=6,
    openness=tuple(map(str, facts.OPEN)),
    state=(DatasetState.PUBLISHED,),
    format=("parquet",),
)
"""Tables that were published or updated of late; an entry that was closed, or leads elsewhere, is no news to
who looks for data."""
NOTICES = 3


@blueprint.get("/")
def index() -> Response:
    """What there is, how open it is, what is new."""
    on = today()
    with http.reading() as session:
        found = openness.rates(session, as_of=on)
        # The same for everybody: whoever is signed in sees the front page of the public.
        index_, themes = http.runtime().index, SearchQuery(limit=1, facets=("theme",))
        whole = searching.search(session, index_, ANONYMOUS, themes)
        newest = searching.search(session, index_, ANONYMOUS, UPDATED)
        if not newest.items:  # a city that has only links so far
            newest = searching.search(session, index_, ANONYMOUS, replace(UPDATED, format=()))
        return page(
            "home/index.html",
            counters=_counters(session, found),
            as_of=on,
            rates=figures.headline(found, figures.goals(session, on)),
            themes=[
                {
                    "name": word("theme", one.value),
                    "count": one.count,
                    "url": f"/datasets?theme={one.value}",
                }
                for one in whole.facets.get("theme", [])
            ],
            recent=summaries.of(session, newest.items, on),
            popular=[],
            notices=[
                {
                    "title": one.title,
                    "url": f"/notices#notice-{one.id}",
                    "date": one.published_on or one.adjusted_on,
                    "state": notices.state_of(one, on),
                }
                for one in notices.page(session, now=http.now(), limit=NOTICES).items
            ],
            examples=[
                {"text": word("theme", one.value), "url": f"/datasets?q={one.value}"}
                for one in whole.facets.get("theme", [])[:4]
            ],
        )


def _counters(session: Session, found: openness.Rates) -> list[dict[str, object]]:
    items = len(negative_list.in_force(session, found.as_of))
    return [
        {"label": _("Datasets that are open"), "value": found.data_rate["all"].n, "url": "/datasets"},
        {"label": _("Entries of the directory"), "value": found.data_rate["all"].d,
         "url": "/openness/entries"},
        {"label": _("Units on the roster"), "value": found.roster, "url": "/units"},
        {"label": _("Items of the negative list"), "value": items, "url": "/negative-list"},
    ]  # fmt: skip
