"""What is marked in a delivery that failed, in the words of the reader."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from catalog import wording
from catalog.auth import Identity, Permission, require
from catalog.errors import Conflict
from catalog.models import Examination
from catalog.services import deliveries, examinations
from catalog.settings import Settings
from datasets.collecting.marked import Mark, Marking, fields_named
from schemas import report_words
from schemas.records import ExaminationRequest, Message

MOST_CELLS = 400_000
"""Cells of a table whose workbook is handed back whole; a larger one gets the list of errors."""
SECONDS = 120
HEADING = (
    Message("No."),
    Message("Row"),
    Message("Field"),
    Message("What is wrong"),
    Message("What you can do"),
)


@dataclass(frozen=True, slots=True)
class Order:
    """All that is needed to make a marked workbook; the bytes are stored under ``sha256``."""

    sha256: str
    request: ExaminationRequest
    marking: Marking
    file_name: str


def order(
    session: Session, actor: Identity, version_id: str, *, language: str, settings: Settings
) -> Order:
    """What to mark in a delivery whose table has errors.

    The workbook holds the delivery as it was sent, closed columns and all: only those who may
    deliver the table again may have it.
    """
    version = deliveries.get_version(session, actor, version_id)
    require(actor, Permission.VERSION_ADD, version.resource.dataset)
    found = version.examination
    if found is None or found.problems or not found.report or found.valid:
        raise Conflict(
            "nothing-to-mark",
            Message("This delivery has no list of errors to mark."),
            Message("A marked workbook is made of a delivery that was read and has errors."),
        )
    request = examinations.recipe(version)
    stem = (version.file_name or version.id).rpartition(".")[0] or version.id
    marked = wording.say(Message("marked"), language)
    limits = examinations.limits(settings)
    return Order(
        sha256=version.sha256,
        request=replace(request, limits=replace(limits, seconds=min(SECONDS, limits.seconds))),
        marking=_marking(found, language),
        file_name=f"{stem}-{marked}.xlsx",
    )


def _marking(found: Examination, language: str) -> Marking:
    task: Mapping[str, Any] = next(iter(found.report.get("tasks", [])), {})
    labels = tuple(str(label) for label in task.get("labels", []))
    fields = {str(field["name"]): field for field in found.table_schema.get("fields", [])}
    marks = tuple(_mark(error, labels, fields, language) for error in task.get("errors", []))
    count = found.report.get("stats", {}).get("errors", len(marks))
    summary = Message(
        "%(count)s errors; the first %(shown)s are listed and marked."
        if count > len(marks)
        else "%(count)s errors.",
        {"count": count, "shown": len(marks)},
    )
    return Marking(
        marks=marks,
        labels=labels,
        heading=tuple(wording.say(one, language) for one in HEADING),
        summary=wording.say(summary, language),
        sheet=found.sheet,
        whole=found.rows * found.columns <= MOST_CELLS,
        table_schema=found.table_schema,
    )


def _mark(
    error: Mapping[str, Any],
    labels: tuple[str, ...],
    fields: Mapping[str, Mapping[str, Any]],
    language: str,
) -> Mark:
    name = str(error.get("fieldName") or error.get("label") or "")
    wrong, remedy = report_words.told(error, fields.get(name), language)
    said = wording.spoken(error["gongkai:message"], language) if "gongkai:message" in error else ""
    return Mark(
        wrong=said or wording.say(wrong, language),
        remedy=wording.say(remedy, language),
        row=error.get("rowNumber"),
        column=error.get("fieldNumber"),
        fields=(name,) if name else fields_named(str(error.get("note", "")), labels),
    )
