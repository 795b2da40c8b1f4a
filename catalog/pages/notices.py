"""Notices owed because of adjustments: ``/notices``."""

from collections import Counter
from typing import Any

from flask import Blueprint, flash, redirect
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.models import Notice
from catalog.pages import twins
from catalog.pages.asking import PAGE_SIZE, choice_argument, slice_of, today
from catalog.pages.render import alternates, here, page, word
from catalog.services import calendars, notices
from catalog.workdays import Calendar, count_working_days
from schemas.vocabularies import ListKind, NoticeState

blueprint = Blueprint("pages-notices", __name__)
MOST = 10_000
PUBLISHED = (NoticeState.PUBLISHED, NoticeState.PUBLISHED_LATE)


@blueprint.get("/notices", defaults={"form": "html"})
@blueprint.get("/notices.<any(json,csv):form>")
def index(form: str) -> Response:
    """Every notice with its due day, newest adjustment first."""
    state = choice_argument("state", list(NoticeState))
    with http.reading() as session:
        everything = notices.page(session, now=http.now(), limit=MOST).items
        states = Counter(notices.state_of(one, today()) for one in everything)
        shown = [one for one in everything if not state or notices.state_of(one, today()) == state]
        if form != "html":
            return twins.answer(form, [_flat(one) for one in shown], {})
        some, ways = slice_of(shown, PAGE_SIZE)
        calendar = _calendar(session, some)
        rows = [_row(one, calendar) for one in some]
    ended = states[PUBLISHED[0]] + states[PUBLISHED[1]] + states[NoticeState.OVERDUE]
    addresses = twins.links("/notices")
    answer = page(
        "notices/index.html",
        notices=rows,
        counts={one.value: states[one] for one in NoticeState},
        states=[("", _("All"), here(state=None, page=None))]
        + [
            (one.value, word("notice", one), here(state=one.value, page=None))
            for one in NoticeState
        ],
        state=state,
        on_time=(states[NoticeState.PUBLISHED], ended),
        page=ways,
        twins=addresses,
    )
    return alternates(answer, addresses)


def _calendar(session: Session, shown: list[Notice]) -> Calendar:
    years = {today().year, *(one.due_on.year for one in shown)}
    return calendars.load(session, range(min(years), max(years) + 1))


def _row(one: Notice, calendar: Calendar) -> dict[str, Any]:
    state = notices.state_of(one, today())
    return {
        "id": one.id,
        "title": one.title,
        "edition": {"number": one.edition_number,
                    "url": f"/negative-list/editions/{one.edition_number}"
                    if one.list_kind == ListKind.NEGATIVE else f"/lists/{one.list_kind}"},
        "adjusted_on": one.adjusted_on,
        "due_on": one.due_on,
        "provisional": one.provisional,
        "published_on": one.published_on,
        "state": state,
        "days": count_working_days(today(), one.due_on, calendar)
        if state == NoticeState.DUE else None,
        "text": one.body,
    }  # fmt: skip


def _flat(one: Notice) -> dict[str, Any]:
    names = (
        "id",
        "title",
        "edition_number",
        "adjusted_on",
        "due_on",
        "provisional",
        "published_on",
    )
    state = notices.state_of(one, today()).value
    return {**{name: getattr(one, name) for name in names}, "state": state, "text": one.body}


@blueprint.post("/notices/<notice_id>/publication")
def publish(notice_id: str) -> Response:
    """Publish a notice today."""
    with http.transaction() as session:
        notices.publish(session, http.signed_in(), notice_id, now=http.now())
    flash(_("The notice is published."), "ok")
    return redirect(f"/notices#notice-{notice_id}", 303)
