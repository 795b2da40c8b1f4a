"""Frozen period results: ``/openness/snapshots``."""

from typing import Any

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import one, page, plain
from catalog.api.doors import PREFIX, Door
from catalog.models import Snapshot
from catalog.services import freezing, snapshots
from catalog.services.paging import Page, decode, encode
from catalog.services.snapshots import Wish, headline
from schemas.paging import ListArgs, page_of
from schemas.snapshots import DifferenceOut, FreezingOut, SnapshotIn, SnapshotOut, SnapshotSummary

door = Door("snapshots", "Period results frozen with hash and signature")


def _summary(one: Snapshot, restated_by: str | None) -> dict[str, Any]:
    base = http.runtime().settings.public_url.rstrip("/")
    shown: dict[str, Any] = SnapshotSummary().dump(
        {
            **{name: getattr(one, name, None) for name in SnapshotSummary().fields},
            "period": {"name": one.period, "start": one.begins_on, "end": one.as_of},
            "headline": headline(one),
            "bundle_url": f"{base}/openness/snapshots/{one.id}.zip",
            "restates": one.restates_id,
            "restated_by": restated_by,
        }
    )
    return shown


@door.get("/openness/snapshots", answers=page_of(SnapshotSummary), query=ListArgs)
def listing(query: dict[str, Any]) -> Response:
    """Frozen results, newest day first"""
    limit = query["limit"]
    offset = decode(query["after"], int)[0] if query["after"] else 0
    with http.reading() as session:
        found, total = snapshots.listed(session, offset=offset, limit=limit)
        more = encode(offset + limit) if offset + limit < total else ""
        after = snapshots.restatements(session, found)
        return page(
            Page(found, more, total), lambda one: _summary(one, after.get(one.id)), limit=limit
        )


@door.get("/openness/snapshots/<snapshot_id>", answers=SnapshotOut)
def show(snapshot_id: str) -> Response:
    """A frozen result with every figure, and what it changed when it restates another"""
    with http.reading() as session:
        return plain(_whole(session, snapshots.get(session, snapshot_id)))


def _whole(session: Session, one: Snapshot) -> dict[str, Any]:
    after = snapshots.restatements(session, [one])
    names = ("scope", "key", "figure", "before", "after")
    return {
        **_summary(one, after.get(one.id)),
        "figures": one.figures,
        "unit_names": one.unit_names,
        "difference": [dict(zip(names, each, strict=True)) for each in one.difference],
        "corrected": DifferenceOut(many=True).dump(snapshots.corrected_since(session, one)),
    }


@door.post("/openness/snapshots", answers=FreezingOut, body=SnapshotIn, status=202)
def make(body: dict[str, Any]) -> Response:
    """Freeze a period, or restate a snapshot whose figures a late correction has changed; the job that
    does it, and the id that the result will have"""
    with http.transaction() as session:
        job = freezing.ask(session, http.actor(), Wish(**body), now=http.now())
        session.flush()
        return one(FreezingOut, job, status=202, location=f"{PREFIX}/jobs/{job.id}")
