"""What third parties found (第三方评估), published beside the own figures."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.auth import Identity, Permission, require
from catalog.errors import Conflict, Invalid, missing
from catalog.models import Assessment, Unit
from catalog.services import audit, facts
from datasets.storage import Blob
from schemas.records import Message

MOST_ROWS = 200
TEXTS = {"title": 200, "source": 200, "summary": 4_000, "address": 2_000}
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv",
}
"""Kinds of reports that may be attached, by the end of their name."""


def record(
    session: Session, actor: Identity, given: Mapping[str, str], *, now: datetime
) -> Assessment:
    """Publish the results of an assessment: title, source, day, unit (empty: the city), rows of results
    as lines ``indicator, value, of, remark``. ``Invalid`` names every bad value."""
    require(actor, Permission.ASSESSMENT_MANAGE)
    errors: dict[str, list[Message]] = {}
    texts = {name: given.get(name, "").strip() for name in TEXTS}
    for name, limit in TEXTS.items():
        if len(texts[name]) > limit:
            errors[name] = [Message("must have at most %(limit)s characters", {"limit": limit})]
        elif name in {"title", "source"} and not texts[name]:
            errors[name] = [Message("is needed")]
    if texts["address"] and not re.fullmatch(r"https?://[^\s\"<>]+", texts["address"]):
        errors["address"] = [Message("must be an address that begins with http")]
    day = _day(given.get("assessed_on", ""), facts.day(now), errors)
    unit_id = _unit(session, given.get("unit", "").strip(), errors)
    results = _results(given.get("results", ""), errors)
    if errors:
        raise Invalid(
            "assessment-values",
            Message("The assessment cannot be published as it stands; nothing was saved."),
            Message("Correct the values named and send it again."),
            fields=errors,
        )
    row = Assessment(
        **texts, assessed_on=day, unit_id=unit_id, results=results, recorded_at=now,
        recorded_by=actor.name,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _note(session, actor, audit.AuditTag.ASSESSMENT_PUBLISHED, row, now)
    return row


def _day(text: str, today: date, errors: dict[str, list[Message]]) -> date:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        found = date.max
    if not date(2000, 1, 1) <= found <= today:
        errors["assessed_on"] = [Message("must be a day that is not in the future")]
    return found


def _unit(session: Session, code: str, errors: dict[str, list[Message]]) -> int | None:
    if not code:
        return None
    unit_id = session.scalar(select(Unit.id).where(Unit.code == code))
    if unit_id is None:
        errors["unit"] = [Message("is not on the roster")]
    return unit_id


def _results(text: str, errors: dict[str, list[Message]]) -> list[dict[str, str]]:
    lines = [line.strip() for line in text.replace("，", ",").splitlines() if line.strip()]
    rows = []
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.split(",", 3)] + [""] * 3
        if not cells[0] or not cells[1] or len(line) > 500:
            errors["results"] = [
                Message("Line %(line)s: %(text)s",
                        {"line": number, "text": Message("give an indicator and its value")})
            ]  # fmt: skip
        rows.append(dict(zip(("indicator", "value", "of", "remark"), cells, strict=False)))
    if not lines or len(lines) > MOST_ROWS:
        errors["results"] = [Message("give 1 to %(most)s lines", {"most": MOST_ROWS})]
    return rows


def attach(
    session: Session, actor: Identity, assessment_id: str, blob: Blob, name: str, *, now: datetime
) -> None:
    """Attach the report itself, once."""
    require(actor, Permission.ASSESSMENT_MANAGE)
    row = get(session, assessment_id)
    if row.file_sha256:
        raise Conflict(
            "file-attached",
            Message("A report is attached already."),
            Message("Withdraw the assessment and publish it anew to exchange the report."),
        )
    if media_type(name) is None:
        raise Invalid(
            "file-kind",
            Message("A report of this kind is not taken."),
            Message("Attach one of: %(kinds)s.", {"kinds": ", ".join(MEDIA_TYPES)}),
            fields={
                "file": [Message("must be one of: %(words)s", {"words": ", ".join(MEDIA_TYPES)})]
            },
        )
    row.file_name, row.file_sha256, row.file_bytes = name[:200], blob.sha256, blob.size
    _note(session, actor, audit.AuditTag.ASSESSMENT_PUBLISHED, row, now)


def media_type(name: str) -> str | None:
    """The type of a report by its name; None for kinds that are not taken."""
    return MEDIA_TYPES.get(name.rpartition(".")[2].lower())


def withdraw(session: Session, actor: Identity, assessment_id: str, *, now: datetime) -> None:
    """Take an assessment back; it is no longer shown, the trail keeps that it was."""
    require(actor, Permission.ASSESSMENT_MANAGE)
    row = get(session, assessment_id)
    row.withdrawn_at = now
    _note(session, actor, audit.AuditTag.ASSESSMENT_WITHDRAWN, row, now)


def get(session: Session, assessment_id: str) -> Assessment:
    """One published assessment."""
    row = session.get(Assessment, assessment_id)
    if row is None or row.withdrawn_at is not None:
        raise missing("assessment")
    return row


def listed(
    session: Session, *, unit_id: int | None = None, span: tuple[date, date] | None = None
) -> list[tuple[Assessment, str]]:
    """Published assessments with the unit's name (empty: the city), the newest first."""
    query = (
        select(Assessment, Unit.name)
        .outerjoin(Unit, Unit.id == Assessment.unit_id)
        .where(Assessment.withdrawn_at.is_(None))
        .order_by(Assessment.assessed_on.desc(), Assessment.id)
    )
    if unit_id is not None:
        query = query.where(Assessment.unit_id == unit_id)
    if span is not None:
        query = query.where(Assessment.assessed_on.between(*span))
    return [(row, name or "") for row, name in session.execute(query.limit(2_000))]


def _note(session: Session, actor: Identity, tag: Any, row: Assessment, now: datetime) -> None:
    audit.record(
        session, actor, tag, "assessment", row.id, now=now, unit_id=row.unit_id,
        source=row.source, file_sha256=row.file_sha256,
    )  # fmt: skip
