"""One delivery at the desk: what was found, what to agree to, what to settle: ``/desk/versions/<id>``."""

from collections import Counter
from typing import Any

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Identity, Permission, Subject, can
from catalog.errors import RuleError
from catalog.models import Examination, Version
from catalog.pages import desk_anonymity, entry_parts, profiles
from catalog.pages.asking import form_text, today
from catalog.pages.desk_steps import gate_lines, latest_review, steps, submittable
from catalog.pages.render import page
from catalog.pages.staff import message, names, need, problem
from catalog.pages.table_errors import told
from catalog.services import (
    anonymity,
    deliveries,
    examinations,
    facts,
    fields,
    formats,
    jobs,
    resources,
    settlements,
)
from datasets import settling
from datasets.members import split_member
from schemas.records import Message
from schemas.vocabularies import Openness, Role, SettlementAction, VersionState

blueprint = Blueprint("pages-desk-versions", __name__)
ROLES = (Role.EDITOR, Role.REVIEWER, Role.ADMINISTRATOR, Role.AUDITOR)
ERRORS_SHOWN = 200
KINDS_SHOWN = 12
KINDS = {"parquet": "Parquet"}
ENCODINGS = {"utf-8-sig": "UTF-8 (BOM)"}
PROGRESS: dict[str, Message] = {
    "reading": Message("Reading the file"),
    "repairing": Message("Looking at its form"),
    "validating": Message("Checking the values"),
    "screening": Message("Looking for personal data"),
    "publishing": Message("Making the public file"),
    "exporting": Message("Making the download formats"),
    "profiling": Message("Describing the columns"),
}
"""What the examination says of itself, in words."""


def _context(session: Session, actor: Identity, version: Version) -> dict[str, Any]:
    resource, dataset = version.resource, version.resource.dataset
    found = version.examination
    people = names(session, {version.created_by} if version.created_by else set())
    newest = deliveries.versions(session, actor, resource)[0].id == version.id
    running = version.state in {VersionState.RECEIVED, VersionState.EXAMINING}
    editable = newest and not running and can(actor, Permission.VERSION_ADD, dataset)
    return {
        "dataset": {"slug": dataset.slug, "title": dataset.title},
        "resource": {"name": resource.name, "title": resource.title},
        "version": _version(version, found, people),
        "steps": steps(session, dataset, resources.of(session, dataset)),
        "job": _job(session, actor, version) if running else None,
        "formats": _formats(session, found),
        "problems": [problem(one) for one in found.problems] if found else [],
        "repairs": [{**one, "message": message(one["message"])} for one in found.repairs]
        if found else [],
        "recipe": deliveries.recipe_steps(version),
        "can_change": editable,
        "report": report(version, found) if found and found.report else None,
        "findings": findings(actor, version, found) if found else [],
        "preview": preview(found) if found else None,
        "profile": _profile(found) if found else [],
        "summary": profiles.table(found.profile) if found and found.profile else None,
        "anonymity": desk_anonymity.form(version.id, anonymity.of(found)),
        "removed": entry_parts.removed(session, dataset, today(), for_staff=True),
        "next": _next(session, actor, version),
    }  # fmt: skip


def _next(session: Session, actor: Identity, version: Version) -> dict[str, Any]:
    """Where a good delivery leads: to its entry, and straight into the review when nothing else misses."""
    dataset = version.resource.dataset
    url = f"/desk/datasets/{dataset.slug}"
    if version.examination is None or not version.examination.valid:
        return {"url": url, "submits": False}
    lines, review = gate_lines(session, dataset), latest_review(session, dataset)
    return {"url": url, "submits": submittable(actor, dataset, lines, review)}


def _version(version: Version, found: Examination | None, people: dict[int, str]) -> dict[str, Any]:
    shown = {
        "id": version.id, "number": version.number, "bytes": version.bytes, "sha256": version.sha256,
        "file_name": version.file_name or version.source_url, "state": version.state,
        "received": version.created_at, "by": people.get(version.created_by or 0, ""),
        "member": version.member, "members": [], "kind": "", "encoding": "", "delimiter": "",
        "sheet": "", "rows": 0, "columns": 0,
    }  # fmt: skip
    if found is not None:
        shown |= {name: getattr(found, name) for name in ("sheet", "rows", "columns")}
        shown |= read_as(found)
        shown["members"] = [{"name": one, "label": _table_name(one)} for one in found.members]
        shown["delimiter"] = {"\t": "Tab"}.get(found.delimiter, found.delimiter)
    return shown


def read_as(found: Examination) -> dict[str, str]:
    """The kind of a file and its encoding as people write them."""
    encoding = found.encoding
    return {
        "kind": KINDS.get(found.kind, found.kind.upper()),
        "encoding": ENCODINGS.get(encoding, encoding.upper()),
    }


def _table_name(member: str) -> str:
    """How people call a table of a file: by its sheet or file, and by its number where it has several."""
    base, number = split_member(member)
    if not number:
        return member
    told = _("Table %(number)s", number=number)
    return f"{base} · {told}" if base else told


def _formats(session: Session, found: Examination | None) -> dict[str, list[str]]:
    """Formats of the public file that are there, and those that are still being made."""
    if found is None:
        return {"made": [], "awaited": []}
    limits = examinations.limits(http.runtime().settings)
    awaited = formats.awaited(session, found, limits)
    return {"made": sorted(map(str.upper, found.artefacts)), "awaited": [*map(str.upper, awaited)]}


def _job(session: Session, actor: Identity, version: Version) -> dict[str, Any] | None:
    if version.job_id is None:
        return None
    try:
        job = jobs.get(session, actor, version.job_id)
    except RuleError:
        return None
    waiting = Message("Waiting for a free worker")
    return {"progress": job.progress, "message": PROGRESS.get(job.message, waiting)}


def report(version: Version, found: Examination) -> dict[str, Any]:
    """A Frictionless report in the words of a clerk."""
    errors = [error for task in found.report.get("tasks", []) for error in task.get("errors", [])]
    described = {field["name"]: field for field in found.table_schema.get("fields", [])}
    said = [told(one, described.get(one.get("fieldName")), http.language()) for one in errors]
    kinds = Counter(http.say(one["message"]) for one in said)
    return {
        "valid": found.valid,
        "rows": found.rows,
        "error_count": found.report.get("stats", {}).get("errors", len(errors)),
        "kinds": [
            {"title": title, "count": count} for title, count in kinds.most_common(KINDS_SHOWN)
        ],
        "errors": [
            {
                "row": error.get("rowNumber"),
                "field": error.get("fieldName") or error.get("label") or "",
                **words,
            }
            for error, words in zip(errors[:ERRORS_SHOWN], said, strict=False)
        ],
        "sample": None,
        "url": f"/api/v1/versions/{version.id}",
    }


def findings(actor: Identity, version: Version, found: Examination) -> list[dict[str, Any]]:
    """Findings with what was decided about each and by whom it may still be agreed to."""
    decided = settlements.decided(version)
    unit_id = version.resource.dataset.unit_id
    shown = []
    for finding in found.findings:
        held = decided.get(finding["id"])
        keeps = held is not None and held.action == SettlementAction.KEEP
        waits = held is not None and keeps and held.consent_by is None
        lost = settling.is_lost(finding)
        subject = Subject(unit_id=unit_id, by=held.by if held else None)
        shown.append(
            {
                **finding,
                "message": message(finding["message"]),
                "actions": settlements.actions(version, finding["id"]),
                "settled": finding["settled"] if lost or waits or not held else held.action,
                "ground": held.ground if held else "",
                "needs_consent": waits,
                "can_consent": waits and can(actor, Permission.FINDING_CONSENT, subject),
                "consent_by": held.consent_by if held else None,
            }
        )
    return shown


def preview(found: Examination) -> dict[str, Any] | None:
    """The first rows of the public file once there is one; before, of the delivered table as the
    examination kept them: closed columns gone, numbers of people masked."""
    parquet = found.artefacts.get("parquet")
    if parquet is not None:
        shown = entry_parts.first_rows(parquet["sha256"])
        columns = [column.title or column.name for column in shown.columns]
        return {"public": True, "columns": columns, "rows": entry_parts.cells(shown)}
    if not found.preview:
        return None
    rows = [list(row) for row in found.preview[1:]]
    return {"public": False, "columns": list(found.preview[0]), "rows": rows}


def _profile(found: Examination) -> list[dict[str, Any]]:
    types = {
        field["name"]: field.get("type", "string")
        for field in found.public_schema.get("fields", [])
    }
    rows = found.profile.get("rows", 0)
    return [
        {
            "name": column["name"],
            "type": types.get(column["name"], "string"),
            **profiles.column(column, rows),
        }
        for column in found.profile.get("columns", [])
    ]


@blueprint.get("/desk/versions/<version_id>", defaults={"part": ""})
@blueprint.get("/desk/versions/<version_id>/<any(status):part>")
def show(version_id: str, part: str) -> Response:
    """A delivery, or the part of it that follows the examination."""
    actor = need(*ROLES)
    with http.reading() as session:
        version = deliveries.get_version(session, actor, version_id)
        context = _context(session, actor, version)
    return page("desk/_version_status.html" if part else "desk/version.html", **context)


def _back(version_id: str) -> Response:
    return redirect(f"/desk/versions/{version_id}", 303)


@blueprint.post("/desk/versions/<version_id>/repairs")
def repair(version_id: str) -> Response:
    """Agree to the checked repairs and to no others, or to all that are shown."""
    checked = request.form.getlist("accept")
    with http.transaction() as session:
        deliveries.accept_repairs(
            session, need(*ROLES), version_id, "all" if "all" in checked else checked,
            now=http.now(),
        )  # fmt: skip
    return _back(version_id)


@blueprint.post("/desk/versions/<version_id>/member")
def choose_member(version_id: str) -> Response:
    """Say which file of an archive or sheet of a workbook is meant."""
    with http.transaction() as session:
        deliveries.choose_member(
            session, need(*ROLES), version_id, form_text("member"), now=http.now()
        )
    return _back(version_id)


@blueprint.post("/desk/versions/<version_id>/settlements")
def settle(version_id: str) -> Response:
    """Settle what has a decision that is new or other than before."""
    actor = need(*ROLES)
    with http.transaction() as session:
        version = deliveries.get_version(session, actor, version_id)
        known = {
            name: (held.action, held.ground) for name, held in settlements.decided(version).items()
        }
        chosen = []
        for name, action in request.form.items():
            finding = name.removeprefix("action-")
            if finding == name or not action:
                continue
            ground = form_text(f"ground-{finding}")
            if known.get(finding) != (action, ground):
                chosen.append({"finding": finding, "action": action, "ground": ground})
        if chosen:
            deliveries.settle(session, actor, version_id, chosen, now=http.now())
    if not chosen:
        flash(_("Choose what to do about at least one finding."), "warn")
    return _back(version_id)


@blueprint.post("/desk/versions/<version_id>/consents")
def consent(version_id: str) -> Response:
    """Agree, as a second person, to keeping what a finding names."""
    with http.transaction() as session:
        finding = form_text("finding")
        deliveries.consent(
            session, need(*ROLES), version_id, finding,
            ground=request.form.get(f"read-{finding}"), now=http.now(),
        )  # fmt: skip
    flash(_("Your consent is recorded."), "ok")
    return _back(version_id)


@blueprint.post("/desk/versions/<version_id>/schema")
def take_schema(version_id: str) -> Response:
    """Take the types of the delivery for the entry's fields; openness stays as it was."""
    actor = need(*ROLES)
    with http.transaction() as session:
        version = deliveries.get_version(session, actor, version_id)
        dataset = version.resource.dataset
        closed = facts.links(session, dataset.id)
        known = {field.name: field for field in dataset.fields}
        found = version.examination.table_schema.get("fields", []) if version.examination else []
        opened = dataset.openness if dataset.openness in facts.OPEN else Openness.UNASSESSED
        given: list[dict[str, Any]] = [
            _field(known.get(one["name"]), one, opened, closed.get(one["name"], []))
            for one in found
        ]
        names_given = {one["name"] for one in given}
        given += [
            _field(field, {"name": field.name, "type": field.type}, opened, closed.get(name, []))
            for name, field in known.items()
            if name not in names_given
        ]
        fields.set_fields(session, actor, dataset.slug, given, expected=None, now=http.now())
    flash(_("The fields of the entry have these types now."), "ok")
    return _back(version_id)


def _field(known: Any, found: dict[str, Any], opened: str, closed: list[str]) -> dict[str, Any]:
    openness = known.openness if known else opened
    value = {
        "name": found["name"],
        "title": (known.title if known else "") or found.get("title", ""),
        "description": known.description if known else found.get("description", ""),
        "type": found.get("type", "string"),
        "openness": openness,
    }
    if openness == Openness.WITHHELD:
        value["withheld_by"] = closed
    return value
