"""Overview, jobs and calendar of the administration: ``/admin``."""

from collections import Counter
from typing import Any

from flask import Blueprint, flash, redirect
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Permission, can
from catalog.errors import RuleError
from catalog.models import Adjustment, AuditHead, CalendarDay, Dataset, Job, Unit, User
from catalog.outbox import JobName
from catalog.pages.asking import (  # fmt: skip
    PAGE_SIZE,
    choice_argument,
    field_errors,
    form_text,
    numbered,
    page_number,
    today,
)
from catalog.pages.render import here, page, word
from catalog.pages.staff import need
from catalog.services import calendar_notices, calendars, facts, openness_upkeep, trail_subjects
from catalog.services.trail_subjects import Subject
from schemas.records import Message
from schemas.vocabularies import AdjustmentState, JobState, Role

blueprint = Blueprint("pages-admin", __name__)
ROLES = (Role.ADMINISTRATOR, Role.AUDITOR)
SECRET = {"secret_key", "signing_key", "database_url", "storage_url", "mail_url"}
"""Settings that may carry a password; their values are never shown."""
JOBS: dict[JobName, Message] = {
    JobName.EXAMINE_VERSION: Message("Examine a delivery"),
    JobName.FETCH_VERSION: Message("Fetch a file"),
    JobName.BUILD_FORMATS: Message("Make the other formats of a large table"),
    JobName.RUN_HARVEST: Message("Read a source"),
    JobName.SKETCH_TABLES: Message("Look for tables that share keys"),
    JobName.CHECK_AVAILABILITY: Message("Check that public files and links answer"),
    JobName.COMPARE_OPENNESS: Message("Count the openness ledger again and compare"),
    JobName.FREEZE_PERIOD: Message("Freeze the results of a period"),
    JobName.SEND_LETTERS: Message("Send letters"),
    JobName.NIGHTLY: Message("Daily work"),
}


@blueprint.get("/admin")
def index() -> Response:
    """What the platform holds, what waits, whether its parts are well."""
    need(*ROLES)
    with http.reading() as session:
        failed = _count(session, Job, Job.state == JobState.FAILED)
        provisional = _count(session, Unit, Unit.provisional)
        return page(
            "admin/index.html",
            tiles=[
                {"label": _("Units"), "value": _count(session, Unit), "url": "/admin/units"},
                {"label": _("Units with a provisional code"), "value": provisional,
                 "url": "/admin/units?provisional=1"},
                {"label": _("Entries of the directory"), "value": _count(session, Dataset),
                 "url": "/openness/entries"},
                *_accounts(session),
                {"label": _("Failed jobs"), "value": failed, "url": "/admin/jobs?state=failed"},
            ],
            checks=_checks(session, failed, provisional),
            adjustments=_waiting(session),
            runs=[],
            settings=_settings(),
        )  # fmt: skip


def _accounts(session: Session) -> list[dict[str, Any]]:
    """People are for administrators alone; an auditor would be refused behind the link."""
    if not can(http.actor(), Permission.USER_MANAGE):
        return []
    return [{"label": _("Accounts"), "value": _count(session, User), "url": "/admin/users"}]


def _count(session: Session, model: Any, *where: Any) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def _checks(session: Session, failed: int, provisional: int) -> list[dict[str, Any]]:
    until = calendars.certain_until(session)
    waiting = _count(session, Job, Job.state == JobState.WAITING)
    head = session.scalar(select(AuditHead.sequence).where(AuditHead.id == 1)) or 0
    return [
        {"text": Message("The official calendar reaches until %(day)s.", {"day": until.isoformat()}),
         "state": "ok" if (until - today()).days > 30 else "warn", "url": "/admin/calendar"},
        {"text": Message("%(count)s jobs failed.", {"count": failed}),
         "state": "warn" if failed else "ok", "url": "/admin/jobs?state=failed"},
        {"text": Message("%(count)s jobs wait.", {"count": waiting}), "state": "ok",
         "url": "/admin/jobs?state=waiting"},
        {"text": Message("%(count)s units have a provisional code.", {"count": provisional}),
         "state": "warn" if provisional else "ok", "url": "/admin/units?provisional=1"},
        {"text": Message("The audit trail holds %(count)s events.", {"count": f"{head:,}"}),
         "state": "ok", "url": "/admin/audit"},
        _ledger(session),
    ]  # fmt: skip


def _ledger(session: Session) -> dict[str, Any]:
    """Whether the counts that are kept were found to be those of the facts."""
    state = openness_upkeep.state(session, http.actor())
    if state is None or (state.ready and state.compared_at is None):
        text = Message("The ledger of openness has not been compared with the facts yet.")
        return {"text": text, "state": "ok", "url": None}
    if not state.ready:
        text = Message("The ledger of openness is not used: it is to be made from the facts.")
        url = "/admin/audit?action=openness:differs" if state.differences else None
        if state.differences:
            text = Message(
                "The ledger of openness differs from the facts in %(count)s places; it is not used "
                "until it is made again.",
                {"count": f"{state.differences:,}"},
            )
        return {"text": text, "state": "warn", "url": url}
    compared = facts.day(state.compared_at) if state.compared_at else today()
    text = Message(
        "The ledger of openness was the same as the facts on %(day)s.",
        {"day": compared.isoformat()},
    )
    return {"text": text, "state": "ok", "url": None}


def _waiting(session: Session) -> list[dict[str, Any]]:
    found = session.scalars(
        select(Adjustment)
        .where(Adjustment.state == AdjustmentState.DRAFT)
        .order_by(Adjustment.drafted_at)
    )
    return [
        {"id": one.id, "kind": one.changes[0]["kind"], "no": one.changes[0]["number"],
         "name": one.changes[0]["item"].get("name", ""), "by": one.drafted_by_name,
         "drafted": one.drafted_at}
        for one in found
    ]  # fmt: skip


def _settings() -> list[tuple[str, str, str]]:
    settings = http.runtime().settings
    return [
        (
            f"GONGKAI_{name.upper()}",
            "•••" if name in SECRET else str(getattr(settings, name)),
            field.description or "",
        )
        for name, field in type(settings).model_fields.items()
    ]


@blueprint.get("/admin/jobs")
def jobs() -> Response:
    """Jobs, newest first."""
    need(*ROLES)
    state = choice_argument("state", list(JobState))
    at = page_number()
    with http.reading() as session:
        query = select(Job).where(Job.state == state) if state else select(Job)
        states: Counter[str] = Counter(
            dict(session.execute(select(Job.state, func.count()).group_by(Job.state)).all())
        )
        total = states[state] if state else sum(states.values())
        found = session.scalars(
            query.order_by(Job.created_at.desc(), Job.id)
            .offset((at - 1) * PAGE_SIZE)
            .limit(PAGE_SIZE)
        ).all()
        names = trail_subjects.named(session, filter(None, map(_subject_of, found)))
    return page(
        "admin/jobs.html",
        jobs=[_job(one, names.get(_subject_of(one) or ("", ""))) for one in found],
        counts={one.value: states[one] for one in JobState},
        states=[("", _("All"), here(state=None, page=None))]
        + [(one.value, word("job", one), here(state=one.value, page=None)) for one in JobState],
        state=state,
        page=numbered(total, PAGE_SIZE, at),
        can_change=False,
    )


def _subject_of(one: Job) -> tuple[str, str] | None:
    """Kind and identifier of what a job works on."""
    kinds = {"version_id": "version", "run_id": "run"}
    return next(
        ((kind, str(one.args[name])) for name, kind in kinds.items() if one.args.get(name)), None
    )


def _job(one: Job, subject: Subject | None) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": JOBS[JobName(one.name)],
        "subject": subject.title if subject else "",
        "subject_url": subject.url if subject else "",
        "state": one.state,
        "progress": one.progress,
        "message": one.error or None,
        "attempt": one.attempts,
        "max_attempts": one.max_attempts,
        "created": one.created_at,
        "finished": one.finished_at,
        "by": "",
    }


def _calendar(
    *, errors: dict[str, Message] | None = None, rows: str = "", source: str = "", status_code: int = 200
) -> Response:  # fmt: skip
    with http.reading() as session:
        days = session.scalars(
            select(CalendarDay).where(CalendarDay.day >= today()).order_by(CalendarDay.day)
        ).all()
        until = calendars.certain_until(session)
    return page(
        "admin/calendar.html",
        status_code=status_code,
        certain_until=until,
        days=[
            {"day": one.day, "worked": one.is_workday, "name": one.name, "source": one.source}
            for one in days
        ],
        can_change=can(http.actor(), Permission.CALENDAR_MANAGE),
        errors=errors or {},
        rows=rows,
        source=source,
    )


@blueprint.get("/admin/calendar")
def calendar() -> Response:
    """The days that differ from Monday to Friday."""
    need(*ROLES)
    return _calendar()


@blueprint.post("/admin/calendar")
def import_calendar() -> Response:
    """Enter the days of an official notice; provisional deadlines are counted again."""
    actor = need(*ROLES)
    text, source = form_text("rows"), form_text("source")
    try:
        with http.transaction() as session:
            done = calendars.import_days(
                session, actor, calendar_notices.rows(text), source=source, now=http.now(),
                review_days=http.runtime().settings.review_working_days,
            )  # fmt: skip
    except RuleError as error:
        if error.status != 422:
            raise
        errors = {"rows": _first_line(error)}
        return _calendar(errors=errors, rows=text, source=source, status_code=422)
    moved = done.moved_notices + done.moved_reviews + done.moved_requests
    flash(
        _(
            "%(days)s days imported; %(moved)s deadlines have a new day.",
            days=done.days,
            moved=moved,
        ),
        "ok",
    )
    return redirect("/admin/calendar", 303)


def _first_line(error: RuleError) -> Message:
    """The first refused line, counted from 1."""
    name, sentence = next(iter(field_errors(error).items()))
    parts = name.split(".")
    if len(parts) < 3 or not parts[1].isdigit():
        return sentence
    return Message("Line %(line)s: %(text)s", {"line": int(parts[1]) + 1, "text": sentence})
