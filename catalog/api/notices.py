"""Notices owed because of adjustments: ``/notices``."""

from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import one, page
from catalog.api.doors import Door
from catalog.models import Notice
from catalog.services import facts, notices
from schemas.negative_list import NoticeArgs, NoticeIn, NoticeOut
from schemas.paging import page_of

door = Door("notices", "Publications owed because of adjustments, on time or late")


def _shown(notice: Notice) -> dict[str, Any]:
    state = notices.state_of(notice, facts.day(http.now()))
    return {**NoticeOut().dump(notice), "state": state.value}


@door.get("/notices", answers=page_of(NoticeOut), query=NoticeArgs)
def listing(query: dict[str, Any]) -> Response:
    """Notices with their due days, newest adjustment first"""
    with http.reading() as session:
        found = notices.page(session, **query, now=http.now())
        return page(found, _shown, limit=query["limit"])


@door.get("/notices/<notice_id>", answers=NoticeOut)
def show(notice_id: str) -> Response:
    """A notice"""
    with http.reading() as session:
        notice = notices.get(session, notice_id)
        return one(NoticeOut, notice, version=notice.version, **_shown(notice))


@door.post("/notices/<notice_id>/publication", answers=NoticeOut, body=NoticeIn, status=200)
def publish(body: dict[str, Any], notice_id: str) -> Response:
    """Publish a notice today"""
    with http.transaction() as session:
        notice = notices.publish(
            session, http.actor(), notice_id, body=body["body"], expected=http.expected(),
            now=http.now(),
        )  # fmt: skip
        return one(NoticeOut, notice, version=notice.version, **_shown(notice))
