"""The audit trail: ``/admin/audit``."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from flask import Blueprint, flash, redirect
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Permission, require
from catalog.models import AuditEvent, AuditHead
from catalog.pages import trail_words, twins
from catalog.pages.admin import ROLES
from catalog.pages.asking import (  # fmt: skip
    TABLE_SIZE,
    argument,
    choice_argument,
    day_argument,
    numbered,
    page_number,
    today,
)
from catalog.pages.render import alternates, page
from catalog.pages.staff import TAGS, need, what
from catalog.services import audit, trail, trail_subjects
from catalog.services.audit import AuditTag
from catalog.services.trail import Event
from catalog.services.trail_subjects import Subject
from catalog.settings import ZONE
from schemas.records import Message

blueprint = Blueprint("pages-admin-audit", __name__)
TWIN_SIZE = 10_000


@blueprint.get("/admin/audit", defaults={"form": "html"})
@blueprint.get("/admin/audit.<any(json,csv):form>")
def index(form: str) -> Response:
    """Events, newest first."""
    actor = need(*ROLES)
    require(actor, Permission.AUDIT_READ)
    q, who = argument("q"), argument("who")
    action = choice_argument("action", list(AuditTag))
    query = select(AuditEvent)
    if q:
        query = query.where(trail_subjects.about(q))
    if who:
        query = query.where(AuditEvent.actor == who)
    if action:
        query = query.where(AuditEvent.tag == action)
    if argument("since"):
        day = day_argument("since", today())
        query = query.where(AuditEvent.at >= datetime.combine(day, time.min, ZONE))
    at, size = page_number(), TABLE_SIZE if form == "html" else TWIN_SIZE
    with http.reading() as session:
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        query = query.order_by(AuditEvent.sequence.desc())
        found = trail.read(session, query.offset((at - 1) * size).limit(size))
        names = trail_subjects.named(session, ((one.subject_kind, one.subject_id) for one in found))
        if form != "html":
            return twins.answer(form, [_flat(one, names) for one in found], {"total": total})
        head = session.scalar(select(AuditHead).where(AuditHead.id == 1))
    addresses = twins.links("/admin/audit")
    answer = page(
        "admin/audit.html",
        events=[_row(one, names) for one in found],
        page=numbered(total, size, at),
        twins=addresses,
        chain={"length": head.sequence if head else 0, "head": head.hash if head else ""},
        q=q,
        who=who,
        action=action,
        since=argument("since"),
        actions=[(str(tag), http.say(text)) for tag, text in TAGS.items()],
    )  # fmt: skip
    return alternates(answer, addresses)


_Names = Mapping[tuple[str, str], Subject]
_NOTHING = Subject()


def _row(one: Event, names: _Names) -> dict[str, Any]:
    subject = names.get((one.subject_kind, one.subject_id), _NOTHING)
    return {
        "number": one.sequence,
        "at": one.at,
        "who": one.actor,
        "action": what(one.tag, one.fault),
        "fault": trail.FAULTS[one.fault] if one.fault else None,
        "object": subject.title or one.subject_id,
        "object_url": subject.url,
        "hash": one.hash,
        "details": [
            (_("Identifier"), one.subject_id),
            *trail_words.said(one.data),
            (_("Hash"), one.hash),
        ],
    }


def _flat(one: Event, names: _Names) -> dict[str, Any]:
    subject = names.get((one.subject_kind, one.subject_id), _NOTHING)
    return {
        "sequence": one.sequence,
        "at": one.at,
        "actor": one.actor,
        "tag": one.tag,
        "subject_kind": one.subject_kind,
        "subject_id": one.subject_id,
        "subject_title": subject.title,
        "hash": one.hash,
        "previous_hash": one.previous_hash,
        "fault": one.fault,
    }


@blueprint.post("/admin/audit/verification")
def verify() -> Response:
    """Walk the whole chain and say whether it is whole."""
    actor = need(*ROLES)
    with http.reading() as session:
        verdict = audit.verify(session, actor)
    if verdict.broken_at is None:
        whole = Message("The chain of %(count)s events is whole.", {"count": verdict.events})
        flash(http.say(whole), "ok")
    else:
        flash(_("The chain is broken at event %(number)s.", number=verdict.broken_at), "bad")
    return redirect("/admin/audit", 303)
