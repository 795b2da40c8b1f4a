"""Sources of other catalogues and their runs: ``/admin/sources``, ``/admin/runs/<id>``."""

from typing import Any

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Permission, can, require
from catalog.errors import RuleError
from catalog.models import Dataset, HarvestRecord, HarvestRun, HarvestRunItem, HarvestSource, Unit
from catalog.pages.admin import ROLES
from catalog.pages.asking import TABLE_SIZE, choice_argument, field_errors, followed, trail
from catalog.pages.render import here, page, word
from catalog.pages.staff import every_unit, message, need
from catalog.services import harvesting, jobs
from datasets.storage import Blob
from harvesters import SOURCES
from schemas.records import Message
from schemas.vocabularies import HarvestOutcome, JobState

blueprint = Blueprint("pages-admin-sources", __name__)
RUNNING = (JobState.WAITING, JobState.RUNNING)


def _kinds() -> list[tuple[str, str]]:
    words = {
        "ckan": _("CKAN catalogue"),
        "dcat": _("DCAT catalogue"),
        "inventory": _("Directory workbook"),
    }
    return [(name, words.get(name, name)) for name in SOURCES]


def _index(
    *,
    values: dict[str, Any] | None = None,
    errors: dict[str, Message] | None = None,
    status_code: int = 200,
) -> Response:
    actor = need(*ROLES)
    with http.reading() as session:
        return page(
            "admin/sources.html",
            status_code=status_code,
            sources=[_source(session, one) for one in harvesting.sources(session, actor)],
            kinds=_kinds(),
            units=every_unit(session),
            values=values or {},
            errors=errors or {},
            can_change=can(actor, Permission.SOURCE_MANAGE),
        )


def counts(session: Session, run: HarvestRun) -> dict[str, int]:
    """Records of a run by outcome; those that needed nothing have no items."""
    return {**harvesting.counts(session, run), "same": run.message.get("same", 0)}


def _source(session: Session, one: HarvestSource) -> dict[str, Any]:
    last = next(iter(harvesting.runs_of(session, http.actor(), one.id, limit=1)), None)
    unit = session.get(Unit, one.default_unit_id) if one.default_unit_id else None
    return {
        "id": one.id,
        "name": one.name,
        "kind": dict(_kinds()).get(one.kind, one.kind),
        "url": one.url or f"SHA-256 {one.sha256[:16]}…",
        "unit_name": unit.name if unit else "",
        "active": one.active,
        "held": last.held if last and not last.preview else 0,
        "last": {"id": last.id, "at": last.started_at, "state": last.state,
                 "counts": counts(session, last), "url": f"/admin/runs/{last.id}"} if last else None,
    }  # fmt: skip


@blueprint.get("/admin/sources")
def index() -> Response:
    """Every source with its newest run."""
    return _index()


@blueprint.post("/admin/sources")
def add() -> Response:
    """Set up a source by address, or with an uploaded inventory file."""
    actor = need(*ROLES)
    require(actor, Permission.SOURCE_MANAGE)
    if request.mimetype != "multipart/form-data":
        http.check_csrf(request.form.get(http.CSRF_FIELD, ""))
        return _add(request.form.to_dict(), None)
    with http.receive() as upload:
        names = {"inventory_name": "name", "inventory_unit": "unit"}
        form = {names.get(name, name): value for name, value in upload.fields.items()}
        return _add({**form, "kind": "inventory"}, upload.blob)


setattr(add, http.STREAMED, True)


def _add(form: dict[str, str], blob: Blob | None) -> Response:
    given = {
        "name": form.get("name", "").strip(),
        "kind": form.get("kind", "").strip(),
        "url": form.get("url", "").strip(),
        "default_unit": form.get("unit", "").strip(),
    }
    given = {name: value for name, value in given.items() if value}
    try:
        with http.transaction() as session:
            harvesting.add_source(session, http.actor(), given, blob=blob, now=http.now())
    except RuleError as error:
        if error.status not in {409, 422}:
            raise
        return _index(
            values=form, errors=field_errors(error, {"default_unit": "unit"}), status_code=422
        )
    flash(_("The source is set up. Try a dry run first."), "ok")
    return redirect("/admin/sources", 303)


@blueprint.post("/admin/sources/<source_id>/<any(preview,runs):way>")
def start(source_id: str, way: str) -> Response:
    """Read a source: only to say what would happen, or to take it over."""
    return _start(source_id, preview=way == "preview", approve_gone=False)


def _start(source_id: str, *, preview: bool, approve_gone: bool) -> Response:
    with http.transaction() as session:
        run_id = harvesting.start_run(
            session, need(*ROLES), source_id, preview=preview, approve_gone=approve_gone,
            now=http.now(),
        ).id  # fmt: skip
    return redirect(f"/admin/runs/{run_id}", 303)


@blueprint.post("/admin/runs/<run_id>/approval")
def approve(run_id: str) -> Response:
    """Let the records go that a run held back: a new run archives them."""
    with http.reading() as session:
        source_id = harvesting.get_run(session, need(*ROLES), run_id).source_id
    return _start(source_id, preview=False, approve_gone=True)


@blueprint.get("/admin/runs/<run_id>")
def run(run_id: str) -> Response:
    """One run, record by record."""
    actor = need(*ROLES)
    outcome, way = choice_argument("outcome", list(HarvestOutcome)), trail()
    with http.reading() as session:
        found = harvesting.get_run(session, actor, run_id)
        source = harvesting.get_source(session, actor, found.source_id)
        items = harvesting.run_items(
            session, actor, run_id, outcome=outcome, after=way.after, limit=TABLE_SIZE
        )
        by_outcome = counts(session, found)
        listed = session.scalar(
            select(func.count(HarvestRunItem.id)).where(HarvestRunItem.run_id == run_id)
        )
        return page(
            "admin/run.html",
            source={"id": source.id, "name": source.name},
            run={
                "id": found.id, "state": found.state, "started": found.started_at,
                "finished": found.finished_at, "is_preview": found.preview,
                "message": message(found.message["cause"]) if found.message.get("cause") else None,
                "counts": by_outcome, "held": found.held,
            },
            items=_items(session, source.id, items.items),
            outcomes=[("", _("All"), here(outcome=None, trail=None))]
            + [(one.value, word("outcome", one), here(outcome=one.value, trail=None))
               for one in HarvestOutcome if one != HarvestOutcome.SAME],
            outcome=outcome,
            page=followed(items, TABLE_SIZE, way, by_outcome[outcome] if outcome else listed or 0),
            can_change=can(actor, Permission.SOURCE_MANAGE),
            job=_job(session, found) if found.state in RUNNING else None,
        )  # fmt: skip


def _job(session: Session, found: HarvestRun) -> dict[str, Any] | None:
    if found.job_id is None:
        return None
    job = jobs.get(session, http.actor(), found.job_id)
    return {"progress": job.progress, "message": job.message or None}


def _items(session: Session, source_id: str, found: list[HarvestRunItem]) -> list[dict[str, Any]]:
    slugs = dict(
        session.execute(
            select(HarvestRecord.remote_id, Dataset.slug)
            .join(Dataset, Dataset.id == HarvestRecord.dataset_id)
            .where(
                HarvestRecord.source_id == source_id,
                HarvestRecord.remote_id.in_([one.remote_id for one in found]),
            )
        ).all()
    )
    return [
        {
            "outcome": one.outcome,
            "remote_id": one.remote_id,
            "title": one.title or one.remote_id,
            "slug": slugs.get(one.remote_id),
            "problem": None,
            "changed_fields": [http.say(message(part)) for part in one.messages],
        }
        for one in found
    ]
