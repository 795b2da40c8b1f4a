"""Sources of other catalogues and their runs: ``/sources`` and ``/runs``."""

from contextlib import nullcontext
from typing import Any

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http, wording
from catalog.api.answers import one, page, whole
from catalog.api.doors import PREFIX, Door, invalid
from catalog.auth import Permission, require
from catalog.http.strict import parse_json
from catalog.models import HarvestRun, HarvestRunItem
from catalog.services import harvesting
from schemas.harvesting import (
    RunIn,
    RunItemArgs,
    RunItemOut,
    RunOut,
    SourceIn,
    SourceOut,
)
from schemas.paging import page_of

door = Door("harvesting", "Other people's catalogues: sources, previews, runs")


@door.get("/sources", answers=page_of(SourceOut))
def listing() -> Response:
    """Sources by name"""
    http.signed_in()
    with http.reading() as session:
        return whole(harvesting.sources(session, http.actor()), SourceOut)


@door.post("/sources", answers=SourceOut, streamed=True)
def add() -> Response:
    """Set up a source: JSON with a url, or multipart with an inventory ``file`` beside the fields"""
    require(http.actor(), Permission.SOURCE_MANAGE)
    received = nullcontext(None) if request.is_json else http.receive()
    with received as upload:
        given: Any = parse_json(request.get_data()) if upload is None else dict(upload.fields)
        errors = SourceIn().validate(given)
        if errors:
            raise invalid(errors)
        values = {
            name: value
            for name, value in dict(SourceIn().load(given)).items()
            if value or name == "create_units"
        }
        with http.transaction() as session:
            source = harvesting.add_source(
                session, http.actor(), values, blob=upload.blob if upload else None,
                now=http.now(),
            )  # fmt: skip
            return one(SourceOut, source, status=201, location=f"{PREFIX}/sources/{source.id}")


@door.get("/sources/<source_id>", answers=SourceOut)
def show(source_id: str) -> Response:
    """A source"""
    http.signed_in()
    with http.reading() as session:
        return one(SourceOut, harvesting.get_source(session, http.actor(), source_id))


@door.get("/sources/<source_id>/runs", answers=page_of(RunOut))
def runs(source_id: str) -> Response:
    """The newest runs of a source"""
    http.signed_in()
    with http.reading() as session:
        found = harvesting.runs_of(session, http.actor(), source_id)
        return whole(found, lambda run: _run(session, run))


@door.post("/sources/<source_id>/preview", answers=RunOut, status=202)
def preview(source_id: str) -> Response:
    """Read a source and say what a run would do; nothing is written to the directory"""
    return _start(source_id, preview=True, approve_gone=False)


@door.post("/sources/<source_id>/runs", answers=RunOut, body=RunIn, status=202)
def start(body: dict[str, Any], source_id: str) -> Response:
    """Read a source and take over what is new or changed"""
    return _start(source_id, preview=False, approve_gone=body["approve_gone"])


def _start(source_id: str, *, preview: bool, approve_gone: bool) -> Response:
    with http.transaction() as session:
        run = harvesting.start_run(
            session, http.actor(), source_id, preview=preview, approve_gone=approve_gone,
            now=http.now(),
        )  # fmt: skip
        session.flush()
        return one(
            RunOut, run, status=202, location=f"{PREFIX}/runs/{run.id}", **_more(session, run)
        )


@door.get("/runs/<run_id>", answers=RunOut)
def show_run(run_id: str) -> Response:
    """A run with its counts by outcome"""
    http.signed_in()
    with http.reading() as session:
        run = harvesting.get_run(session, http.actor(), run_id)
        return one(RunOut, run, **_more(session, run))


def _run(session: Session, run: HarvestRun) -> dict[str, Any]:
    return {**RunOut().dump(run), **_more(session, run)}


def _more(session: Session, run: HarvestRun) -> dict[str, Any]:
    counts = harvesting.counts(session, run)
    counts["same"] = run.message.get("same", 0)
    cause = run.message.get("cause")
    said = wording.spoken(cause, http.language()) if cause else ""
    return {"counts": counts, "message": said}


@door.get("/runs/<run_id>/items", answers=page_of(RunItemOut), query=RunItemArgs)
def items(query: dict[str, Any], run_id: str) -> Response:
    """What a run did, record by record; records that needed nothing have no item"""
    http.signed_in()
    with http.reading() as session:
        found = harvesting.run_items(session, http.actor(), run_id, **query)
        return page(found, _item, limit=query["limit"])


def _item(item: HarvestRunItem) -> dict[str, Any]:
    said = [wording.spoken(message, http.language()) for message in item.messages]
    return {**RunItemOut(exclude=("messages",)).dump(item), "messages": said}
