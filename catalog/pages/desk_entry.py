"""One entry at the desk: its steps, tables, deliveries, gates, submission and end."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Identity, Permission, can, require
from catalog.errors import RuleError
from catalog.models import Dataset, Resource, Review, Version
from catalog.pages import lateness
from catalog.pages.asking import field_errors, form_text, today
from catalog.pages.desk import DESK_ROLES
from catalog.pages.desk_fields import tables_available
from catalog.pages.desk_steps import gate_lines, latest_review, steps, submittable
from catalog.pages.render import page
from catalog.pages.staff import names, need, what
from catalog.services import (
    calendars,
    deliveries,
    directory,
    facts,
    publishing,
    resources,
    reviews,
    trail,
    values,
)
from schemas.records import Message
from schemas.vocabularies import DatasetState, Role

blueprint = Blueprint("pages-desk-entry", __name__)
FORMATS = "CSV, TSV, TXT, XLSX, XLS, ODS, JSON, NDJSON, Parquet, ZIP"
HISTORY = 30
RENAMED = {"table": "schema_name"}
"""Input of the form for a table -> value of the directory."""
TURNS = {
    "suspension": (publishing.suspend, Permission.DATASET_SUSPEND, {DatasetState.PUBLISHED}),
    "resumption": (publishing.resume, Permission.DATASET_SUSPEND, {DatasetState.SUSPENDED}),
    "withdrawal": (publishing.withdraw, Permission.DATASET_WITHDRAW,
                   {DatasetState.PUBLISHED, DatasetState.SUSPENDED}),
    "retirement": (publishing.retire, Permission.DATASET_RETIRE,
                   set(DatasetState) - {DatasetState.RETIRED}),
}  # fmt: skip
"""Word of the address: the rule, who may, from which states."""


def mine(session: Session, actor: Identity, slug: str) -> Dataset:
    """An entry that the actor works on; reading it is not enough."""
    dataset = directory.get(session, actor, slug)
    require(actor, Permission.DATASET_AMEND, dataset)
    return dataset


def _show(
    session: Session,
    actor: Identity,
    dataset: Dataset,
    *,
    errors: dict[str, Message] | None = None,
    adding: dict[str, str] | None = None,
    status_code: int = 200,
) -> Response:
    held = resources.of(session, dataset)
    found = {one.id: deliveries.versions(session, actor, one) for one in held}
    people = names(
        session, {one.created_by for some in found.values() for one in some if one.created_by}
    )
    lines = gate_lines(session, dataset)
    review = latest_review(session, dataset)
    return page(
        "desk/dataset.html",
        status_code=status_code,
        dataset=_entry(dataset),
        steps=steps(session, dataset, held),
        resources=[_resource(one, found[one.id], people) for one in held],
        gates=lines,
        can_submit=submittable(actor, dataset, lines, review),
        review=_review(review) if review else None,
        formats=FORMATS,
        limit_bytes=http.runtime().settings.max_upload_bytes,
        errors=errors or {},
        adding=adding or {},
        tables_available=tables_available(),
        actions=_actions(actor, dataset),
        history=[
            {"at": one.at, "who": one.actor, "what": what(one.tag, one.fault)}
            for one in trail.of_subject(session, "dataset", dataset.slug, limit=HISTORY)
        ],
    )


def _entry(dataset: Dataset) -> dict[str, Any]:
    return {
        "slug": dataset.slug,
        "code": dataset.code,
        "title": dataset.title,
        "state": dataset.state,
        "openness": dataset.openness,
        "mode": dataset.conditional_mode,
        "unit": {"code": dataset.unit.code, "name": dataset.unit.name},
        "description": dataset.description,
        "update_cycle": dataset.update_cycle,
        "lateness": lateness.of_entry(dataset, today()),
        "reason": dataset.state_reason,
        "proposed": bool(dataset.proposed),
    }


def _resource(
    one: Resource, found: list[Version], people: dict[int, str]
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": one.id,
        "name": one.name,
        "title": one.title,
        "table": one.schema_name if one.table_schema is None else "",
        "template": bool(one.table_schema or one.schema_name or one.dataset.fields),
        "versions": [
            {
                "id": version.id,
                "number": version.number,
                "file_name": version.file_name or version.source_url,
                "state": version.state,
                "received": version.created_at,
                "by": people.get(version.created_by or 0, ""),
                "rows": version.examination.rows if version.examination else None,
                "open_findings": len(deliveries.unsettled(version)),
                "valid": version.examination.valid if version.examination else None,
                "current": version.id == one.current_version_id,
            }
            for version in found
        ],
    }


def _review(review: Review) -> dict[str, Any]:
    last = review.decisions[-1] if review.decisions else None
    return {
        "id": review.id,
        "state": review.state,
        "submitted": review.submitted_at,
        "by": review.submitted_by_name,
        "due": review.due_on,
        "url": f"/reviews/{review.id}",
        "decision": {
            "verdict": last.verdict,
            "reasons": last.reasons,
            "by": last.by_name,
            "at": last.at,
        }
        if last
        else None,
    }


def _actions(actor: Identity, dataset: Dataset) -> set[str]:
    return {
        name
        for name, (_rule, permission, states) in TURNS.items()
        if dataset.state in states and can(actor, permission, dataset)
    }


@blueprint.get("/desk/datasets/<slug>")
def show(slug: str) -> Response:
    """Where the entry stands and what comes next."""
    actor = need(*DESK_ROLES)
    with http.reading() as session:
        return _show(session, actor, mine(session, actor, slug))


def _again(slug: str, error: RuleError, adding: dict[str, str] | None = None) -> Response:
    """The same page with what was refused."""
    if error.status not in {409, 412, 422}:
        raise error
    actor = http.actor()
    with http.reading() as session:
        errors = field_errors(error, {"schema_name": "table"})
        return _show(
            session, actor, mine(session, actor, slug), errors=errors, adding=adding,
            status_code=error.status,
        )  # fmt: skip


@blueprint.post("/desk/datasets/<slug>/resources")
def add_resource(slug: str) -> Response:
    """Add a table or file, with its first delivery when a file is sent along."""
    actor = need(*DESK_ROLES)
    with http.reading() as session:
        mine(session, actor, slug)
    if request.mimetype == "multipart/form-data":
        with http.receive_form() as (fields, upload):
            return _added(actor, slug, fields, upload)
    http.check_csrf(request.form.get(http.CSRF_FIELD, ""))
    return _added(actor, slug, request.form, None)


setattr(add_resource, http.STREAMED, True)


def _added(
    actor: Identity, slug: str, fields: Mapping[str, str], upload: http.Upload | None
) -> Response:
    typed = {name: fields.get(name, "").strip() for name in ("title", "name", "table")}
    given = {RENAMED.get(name, name): value for name, value in typed.items() if value}
    try:
        with http.transaction() as session:
            resource = resources.add(session, actor, slug, given, now=http.now())
            if upload is None:
                return redirect(f"/desk/datasets/{slug}#resource-{resource.name}", 303)
            version = deliveries.add_version(
                session, actor, resource, blob=upload.blob, file_name=upload.file_name,
                now=http.now(),
            )  # fmt: skip
            return redirect(f"/desk/versions/{version.id}", 303)
    except RuleError as error:
        return _again(slug, error, typed)


@blueprint.post("/desk/datasets/<slug>/submissions")
def submit(slug: str) -> Response:
    """Hand the entry in for review; when a gate is shut the page says which."""
    actor = need(*DESK_ROLES)
    year = facts.day(http.now()).year
    try:
        with http.transaction() as session:
            reviews.submit(
                session, actor, slug, note=form_text("note"), now=http.now(),
                calendar=calendars.load(session, (year, year + 1)),
                review_days=http.runtime().settings.review_working_days,
            )  # fmt: skip
    except RuleError as error:
        return _again(slug, error)
    flash(_("Submitted. Another person decides."), "ok")
    return redirect(f"/desk/datasets/{slug}", 303)


@blueprint.post("/desk/datasets/<slug>/<any(suspension,resumption,withdrawal,retirement):turn>")
def end(slug: str, turn: str) -> Response:
    """Suspend, resume, withdraw or retire, with the reason that the public reads."""
    actor = need(Role.EDITOR, Role.REVIEWER, Role.ADMINISTRATOR)
    rule = TURNS[turn][0]
    try:
        with http.transaction() as session:
            rule(session, actor, slug, reason=form_text(f"{turn}-reason"), now=http.now())
    except RuleError as error:
        return _again(slug, error)
    flash(_("Done. It takes effect at once."), "ok")
    return redirect(f"/desk/datasets/{slug}", 303)


@blueprint.post("/desk/resources/<resource_id>/versions")
def deliver(resource_id: str) -> Response:
    """Take a file as the API does, or an address to fetch it from."""
    actor = need(*DESK_ROLES)
    with http.reading() as session:
        resource = resources.get(session, actor, resource_id)
        deliveries.check_may_deliver(actor, resource)
        slug = resource.dataset.slug
    if request.mimetype == "multipart/form-data":
        with http.receive() as upload, http.transaction() as session:
            resource = resources.get(session, actor, resource_id)
            version_id = deliveries.add_version(
                session, actor, resource, blob=upload.blob, file_name=upload.file_name,
                now=http.now(),
            ).id  # fmt: skip
        return redirect(f"/desk/versions/{version_id}", 303)
    http.check_csrf(request.form.get(http.CSRF_FIELD, ""))
    try:
        cleaned = values.check({"url": form_text("url")}, {"url": values.address})
        if not cleaned["url"]:
            raise values.refusal({"url": [Message("is needed")]})
        with http.transaction() as session:
            resource = resources.get(session, actor, resource_id)
            version_id = deliveries.add_version(
                session, actor, resource, blob=None, file_name="", source_url=cleaned["url"],
                now=http.now(),
            ).id  # fmt: skip
    except RuleError as error:
        return _again(slug, error)
    return redirect(f"/desk/versions/{version_id}", 303)


setattr(deliver, http.STREAMED, True)
